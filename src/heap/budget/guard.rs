//! Nothing else on the machine is killed by an allocation.
//!
//! The system heap checks no size (`system_heap_allocate`): it takes page after page until the OOM
//! killer runs. So before any request is sent, what it needs is compared with what may be taken; and should that be wrong,
//! because others take memory at the same moment, this process is the first to be killed.

use super::own_memory;
use super::request::{MemoryOwner, MemoryRequest, TotalRequest};
use super::{Bound, BudgetShare, Cost, MemoryBudget};
use crate::error::{Error, Hint};
use crate::heap::Place;
use crate::host::Root;
use crate::host::accounting::Accounting;
use crate::host::memory::SystemMemory;
use crate::host::memory_cgroup::{Hierarchies, Level};
use crate::host::udmabuf;
use crate::size::{Human, counted};
use crate::sys::process::victim;
use crate::sys::system;
use crate::sys::{Errno, errno_name};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Called for each warning to the user.
pub(crate) type Warn = fn(&Error);

/// Watches over what a verb allocates.
#[derive(Debug)]
pub(crate) struct Guard {
    accounting: Accounting,
    /// Whether buffers are charged to the cgroup that allocates them: those of one of the heaps are enough.
    charges: bool,
    share: BudgetShare,
    force: bool,
    hierarchies: OnceLock<Hierarchies>,
    warn: Warn,
    has_warned: AtomicBool,
}

impl Guard {
    /// Makes this process the OOM killer's first victim. Where it cannot be, `warn` is called, and half of the budget
    /// counts. With `force` nothing is refused.
    pub(crate) fn new(root: &Root, places: &[Place], force: bool, warn: Warn) -> Self {
        Self::with(root, places, force, warn, victim::volunteer)
    }

    /// Does what [`Guard::new`] does, for children of this process: each of them must [`victim::volunteer`].
    pub(crate) fn for_children(root: &Root, places: &[Place], force: bool, warn: Warn) -> Self {
        Self::with(root, places, force, warn, victim::check_possible)
    }

    fn with(root: &Root, places: &[Place], force: bool, warn: Warn, volunteer: fn() -> Result<(), Errno>) -> Self {
        let accounting = Accounting::of(root);
        let charges = accounting.charges() || places.iter().any(|place| udmabuf::is_at(root, &place.path));
        Self {
            accounting,
            charges,
            share: share(volunteer(), warn),
            force,
            hierarchies: OnceLock::new(),
            warn,
            has_warned: AtomicBool::new(false),
        }
    }

    /// Refuses requests that together exceed the budget, with what the kernel needs for each buffer. What a heap with memory
    /// of its own is asked for does not count: such a heap refuses by itself, without harm.
    ///
    /// # Errors
    /// The refusal, with the numbers that it rests on.
    pub(crate) fn check(&self, root: &Root, requests: &[MemoryRequest<'_>], page_size: u64) -> Result<(), Error> {
        if self.force {
            return Ok(());
        }
        let sum = |requests: &[MemoryRequest<'_>]| TotalRequest::of(requests, self.charges, page_size);
        let mut guarded = requests.to_vec();
        let is_charged = sum(requests).cost().is_none_or(|cost| cost.cgroup > 0);
        let budget = self.budget(root, is_charged, page_size);
        if !sum(requests).is_covered(&budget) {
            guarded.retain(|request| match request.of {
                MemoryOwner::Heap(place) => !own_memory::has(root, place, budget.memory.as_ref()),
                MemoryOwner::Process => true,
            });
        }
        let Some(first) = guarded.first() else { return Ok(()) };
        let needed = sum(&guarded);
        if needed.is_covered(&budget) {
            self.warn_of_limits(&budget, needed.cost().unwrap_or_default());
            return Ok(());
        }
        Err(self.refuse(first, needed, &budget))
    }

    /// Returns what is available at this moment for heaps that do not refuse by themselves.
    pub(crate) fn budget_of_heaps(&self, root: &Root, page_size: u64) -> MemoryBudget {
        self.budget(root, self.charges, page_size)
    }

    /// Returns what is available at this moment, for what is charged to a cgroup or for what is not.
    pub(super) fn budget(&self, root: &Root, is_charged: bool, page_size: u64) -> MemoryBudget {
        let limits = is_charged.then(|| self.hierarchies.get_or_init(|| Hierarchies::of(root)).limits(root));
        MemoryBudget::new(SystemMemory::of(root), limits, self.share, page_size)
    }

    /// Whether buffers are charged to the cgroup that allocates them.
    pub(super) fn charges(&self) -> bool {
        self.charges
    }

    /// Whether nothing is refused.
    pub(crate) fn is_forced(&self) -> bool {
        self.force
    }

    /// Says once what the user should know though nothing is refused.
    fn warn_of_limits(&self, budget: &MemoryBudget, needed: Cost) {
        let Some(limits) = &budget.limits else { return };
        let slow = limits.levels.iter().find(|level| level.swift().is_some_and(|left| needed.cgroup > left));
        if (limits.unread.is_empty() && slow.is_none()) || self.has_warned.swap(true, Ordering::Relaxed) {
            return;
        }
        for (path, errno) in &limits.unread {
            let error = Error::errno("read", path.display(), *errno);
            let is_usage =
                ["memory.current", "memory.usage_in_bytes", "memory.stat"].iter().any(|name| path.ends_with(name));
            (self.warn)(&if is_usage {
                error
            } else {
                error.with_hint("a memory limit that cannot be read is not part of the budget; beyond it the kernel kills this process first")
            });
        }
        if let Some(level) = slow {
            let object = format!("cgroup {}", level.path.display());
            let high = Human(level.high.unwrap_or(0));
            (self.warn)(&Error::refused("allocate in", object, format!("slow beyond its memory.high of {high}")));
        }
    }

    fn refuse(&self, first: &MemoryRequest<'_>, needed: TotalRequest, budget: &MemoryBudget) -> Error {
        let more =
            needed.excess_overhead(budget).map(|bytes| format!(" plus {} of kernel memory for them", Human(bytes)));
        let wanted = match needed.bytes {
            Some(bytes) => format!("{bytes} bytes ({}){}", Human(bytes), more.unwrap_or_default()),
            None => format!("{} of {} bytes, which is beyond 64 bits,", counted(first.count, "buffer"), first.size),
        };
        let why = self.explain(budget, needed.cost().unwrap_or(Cost { machine: u64::MAX, cgroup: 0 }));
        Error::refused("allocate from", first.object(), format!("{wanted} refused: {why}")).with_hint(Hint::Force)
    }

    /// Says which limit `cost` would exceed.
    fn explain(&self, budget: &MemoryBudget, cost: Cost) -> String {
        let Some(memory) = &budget.memory else {
            return "the amount of memory is unknown".to_owned();
        };
        let (bytes, terms) = match budget.binding(cost) {
            Bound::Machine => (budget.machine(), of_machine(memory)),
            Bound::Cgroup(level) => (budget.cgroup(), of_cgroup(level)),
        };
        let half = if budget.share == BudgetShare::Half { "half of " } else { "" };
        let mut text = format!("exceeds the memory budget of {bytes} bytes ({}: {half}{terms})", Human(bytes));
        let limits = budget.limits.as_ref();
        if limits.is_some_and(|limits| limits.is_partial) {
            text.push_str("; limits of cgroups above it cannot be seen from here");
        }
        for (path, errno) in limits.iter().flat_map(|limits| &limits.unread) {
            text.push_str(&format!("; {} cannot be read ({})", path.display(), errno_name(*errno)));
        }
        if let (Bound::Cgroup(_), Accounting::Unknown(errno)) = (budget.binding(cost), self.accounting) {
            text.push_str(&format!(
                "; whether the kernel charges buffers to it cannot be read ({})",
                errno_name(errno)
            ));
        }
        text
    }
}

/// The budget of a process that is going to allocate what is charged or not, seen from one that does not.
pub(crate) fn foreseen_budget(root: &Root, is_charged: bool) -> MemoryBudget {
    let share = if root.is_machine() { BudgetShare::foreseen() } else { BudgetShare::Whole };
    MemoryBudget::of(root, is_charged, share, system::page_size())
}

/// Makes this process the OOM killer's first victim, until it becomes another program; how much of the budget it may then
/// use. `warn` is called where that cannot be.
pub(crate) fn become_victim(warn: Warn) -> BudgetShare {
    share(victim::volunteer(), warn)
}

/// Does what [`become_victim`] does, for children of this process, each of which must [`victim::volunteer`].
pub(crate) fn make_children_victims(warn: Warn) -> BudgetShare {
    share(victim::check_possible(), warn)
}

fn share(volunteered: Result<(), Errno>, warn: Warn) -> BudgetShare {
    match volunteered {
        Ok(()) => BudgetShare::Whole,
        Err(errno) => {
            warn(&Error::errno("write", victim::SCORE, errno).with_hint(
                "the OOM killer may choose another process before this one, so only half of the memory budget is used",
            ));
            BudgetShare::Half
        }
    }
}

fn of_machine(memory: &SystemMemory) -> String {
    let cma =
        memory.cma_free.filter(|free| *free > 0).map(|free| format!(" - {} CmaFree", Human(free))).unwrap_or_default();
    let reserve = Human(memory.reserve(system::page_size()));
    format!("{} {}{cma} - {reserve} reserve", memory.source, Human(memory.available))
}

fn of_cgroup(level: &Level) -> String {
    format!(
        "cgroup {}: {} {} - {} in use - {} reserve",
        level.path.display(),
        level.limit_name(),
        Human(level.max.unwrap_or(0)),
        Human(level.used()),
        Human(level.reserve())
    )
}

#[cfg(test)]
mod tests;
