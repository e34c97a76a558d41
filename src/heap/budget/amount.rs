//! What heaps that do not refuse by themselves may take before something else is killed.

use crate::host::Root;
use crate::host::memory::SystemMemory;
use crate::host::memory_cgroup::{CgroupLimits, Hierarchies, Level};
use crate::sys::process::victim;

/// How much of what is left a process may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BudgetShare {
    /// All: should it be too much, the OOM killer takes this process.
    Whole,
    /// Half: it may take another.
    Half,
}

impl BudgetShare {
    /// Returns the share of a process that becomes the first victim before it allocates, if it can.
    pub(crate) fn foreseen() -> Self {
        if victim::check_possible().is_ok() { Self::Whole } else { Self::Half }
    }

    const fn of(self, bytes: u64) -> u64 {
        match self {
            Self::Whole => bytes,
            Self::Half => bytes / 2,
        }
    }
}

/// Bytes that are charged, and to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    pub machine: u64,
    /// The part charged to the cgroup of this process.
    pub cgroup: u64,
}

impl Cost {
    pub(super) fn covers(self, other: Self) -> bool {
        other.machine <= self.machine && other.cgroup <= self.cgroup
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let Self { machine, cgroup } = other;
        Self { machine: self.machine.saturating_add(machine), cgroup: self.cgroup.saturating_add(cgroup) }
    }

    pub(super) fn less(self, other: Self) -> Self {
        let Self { machine, cgroup } = other;
        Self { machine: self.machine.saturating_sub(machine), cgroup: self.cgroup.saturating_sub(cgroup) }
    }
}

/// The limit that more would exceed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound<'a> {
    Machine,
    Cgroup(&'a Level),
}

#[derive(Clone, Debug)]
pub(crate) struct MemoryBudget {
    /// The machine's memory; `None` where nothing says how much it has.
    pub memory: Option<SystemMemory>,
    /// The limits of cgroups, where anything is charged to them.
    pub limits: Option<CgroupLimits>,
    pub share: BudgetShare,
    page_size: u64,
}

impl MemoryBudget {
    pub(crate) fn new(
        memory: Option<SystemMemory>,
        limits: Option<CgroupLimits>,
        share: BudgetShare,
        page_size: u64,
    ) -> Self {
        Self { memory, limits, share, page_size }
    }

    /// The budget for what is charged to the cgroup of this process if `is_charged`, as it is at this moment.
    pub(crate) fn of(root: &Root, is_charged: bool, share: BudgetShare, page_size: u64) -> Self {
        let limits = is_charged.then(|| Hierarchies::of(root).limits(root));
        Self::new(SystemMemory::of(root), limits, share, page_size)
    }

    /// Returns what may be taken from the machine.
    pub(crate) fn machine(&self) -> u64 {
        self.share.of(self.memory.map_or(0, |memory| memory.budget(self.page_size)))
    }

    /// Returns what may be charged; as much as there can be where no cgroup limits it.
    pub(crate) fn cgroup(&self) -> u64 {
        let left = self.limits.as_ref().and_then(CgroupLimits::tightest).and_then(Level::left);
        left.map_or(u64::MAX, |left| self.share.of(left))
    }

    /// Returns what may be taken, if all of it is charged where that is asked about.
    pub(crate) fn bytes(&self) -> u64 {
        self.machine().min(self.cgroup())
    }

    /// The largest cost that it covers.
    pub(crate) fn cost(&self) -> Cost {
        Cost { machine: self.machine(), cgroup: self.cgroup() }
    }

    pub(crate) fn covers(&self, cost: Cost) -> bool {
        self.cost().covers(cost)
    }

    /// Returns the limit that more would exceed.
    pub(crate) fn bound(&self) -> Bound<'_> {
        match self.limits.as_ref().and_then(CgroupLimits::tightest) {
            Some(level) if self.cgroup() < self.machine() => Bound::Cgroup(level),
            _ => Bound::Machine,
        }
    }

    /// Returns the limit that `cost`, which is not covered, exceeds.
    pub(crate) fn binding(&self, cost: Cost) -> Bound<'_> {
        match self.limits.as_ref().and_then(CgroupLimits::tightest) {
            Some(level)
                if cost.cgroup > self.cgroup()
                    && (cost.machine <= self.machine() || self.cgroup() < self.machine()) =>
            {
                Bound::Cgroup(level)
            }
            _ => Bound::Machine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::memory::MemorySource;

    const MEBIBYTE: u64 = 1 << 20;
    const PAGE: u64 = 4096;

    fn budget(left: Option<u64>, share: BudgetShare) -> MemoryBudget {
        let total = 1024 * MEBIBYTE;
        let memory =
            SystemMemory { total, available: total, cma_total: None, cma_free: None, source: MemorySource::Meminfo };
        let limits = left.map(|left| CgroupLimits { levels: vec![Level::leaving(left)], ..CgroupLimits::default() });
        MemoryBudget::new(Some(memory), limits, share, PAGE)
    }

    #[test]
    fn the_smaller_of_both_binds() {
        let machine = budget(None, BudgetShare::Whole).bytes();
        let tight = budget(Some(4 * MEBIBYTE), BudgetShare::Whole);
        assert_eq!(tight.bytes(), 4 * MEBIBYTE);
        assert!(matches!(tight.bound(), Bound::Cgroup(level) if level.path.ends_with("job")));
        let loose = budget(Some(2048 * MEBIBYTE), BudgetShare::Whole);
        assert_eq!(loose.bytes(), machine);
        assert!(matches!(loose.bound(), Bound::Machine));
        assert_eq!(budget(Some(4 * MEBIBYTE), BudgetShare::Half).bytes(), 2 * MEBIBYTE);
        assert_eq!(budget(None, BudgetShare::Half).bytes(), machine / 2);
    }

    #[test]
    fn only_what_is_charged_has_to_fit_into_a_cgroup() {
        let tight = budget(Some(4 * MEBIBYTE), BudgetShare::Whole);
        let cost = |machine, cgroup| Cost { machine: machine * MEBIBYTE, cgroup: cgroup * MEBIBYTE };
        assert!(tight.covers(cost(100, 4)) && tight.covers(cost(100, 0)));
        assert!(!tight.covers(cost(100, 5)) && !tight.covers(cost(2000, 0)));
        assert!(matches!(tight.binding(cost(100, 5)), Bound::Cgroup(_)));
        assert!(matches!(tight.binding(cost(2000, 0)), Bound::Machine));
        // Both are in the way, and the cgroup is the tighter one.
        assert!(matches!(tight.binding(cost(2000, 2000)), Bound::Cgroup(_)));
    }

    #[test]
    fn a_machine_that_says_nothing_has_nothing_to_give() {
        let nothing = MemoryBudget::new(None, None, BudgetShare::Whole, PAGE);
        assert!(!nothing.covers(Cost { machine: 1, cgroup: 0 }) && nothing.covers(Cost::default()));
    }
}
