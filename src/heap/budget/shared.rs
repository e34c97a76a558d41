//! One budget for all that this process asks of its heaps, however many of them and of its threads there are.

use super::guard::Guard;
use super::own_memory;
use super::request::OVERHEAD;
use super::{Cost, MemoryBudget};
use crate::heap::Place;
use crate::host::Root;
use crate::host::memory::SystemMemory;
use crate::sys::system;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The budget that is left, compared with what the machine has at that moment, as others take memory at the same time.
#[derive(Debug)]
pub(crate) struct SharedBudget<'a> {
    root: &'a Root,
    guard: &'a Guard,
    /// For each heap, whether it is asked for anything.
    refuses_itself: Vec<bool>,
    account: Mutex<Account>,
}

/// A request that may be sent. Until this is dropped, what it takes may not show on the machine and is set aside.
#[derive(Debug)]
pub(crate) struct Reservation<'a> {
    account: &'a Mutex<Account>,
    cost: Cost,
}

#[derive(Debug, Default)]
struct Account {
    /// The rest of what the machine had when it was looked at last.
    left: Cost,
    /// Set aside by reservations.
    reserved: Cost,
}

impl<'a> SharedBudget<'a> {
    /// Creates the budget for requests to the heaps at `places`.
    pub(crate) fn new(root: &'a Root, guard: &'a Guard, places: &[Place]) -> Self {
        let memory = SystemMemory::of(root);
        let refuses_itself = |place| guard.is_forced() || own_memory::has(root, place, memory.as_ref());
        Self { root, guard, refuses_itself: places.iter().map(refuses_itself).collect(), account: Mutex::default() }
    }

    /// Sets aside what a buffer of `size` bytes takes from the heap that is the `heap`th of the places; `None` where it may
    /// not be asked for.
    pub(crate) fn reserve(&self, heap: usize, size: u64) -> Option<Reservation<'_>> {
        let page_size = system::page_size();
        let size = size.checked_next_multiple_of(page_size).unwrap_or(size);
        let mut account = locked(&self.account);
        let cost = if self.refuses_itself.get(heap) == Some(&true) {
            Cost::default()
        } else {
            let charged = if self.guard.charges() { size } else { 0 };
            Cost { machine: size.saturating_add(OVERHEAD), cgroup: charged.saturating_add(OVERHEAD) }
        };
        let is_granted = account.take(cost, || self.guard.budget(self.root, true, page_size));
        is_granted.then(|| Reservation { account: &self.account, cost })
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let mut account = locked(self.account);
        account.reserved = account.reserved.less(self.cost);
    }
}

/// Nothing panics while it is locked.
fn locked(account: &Mutex<Account>) -> MutexGuard<'_, Account> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Account {
    /// Most requests are let through without a look at the machine: a look is good for a quarter of what it finds.
    fn take(&mut self, cost: Cost, look: impl FnOnce() -> MemoryBudget) -> bool {
        const PARTS: u64 = 4;
        if !self.left.covers(cost) {
            let found = look().cost().less(self.reserved);
            if !found.covers(cost) {
                return false;
            }
            self.left = Cost {
                machine: (found.machine / PARTS).max(cost.machine),
                cgroup: (found.cgroup / PARTS).max(cost.cgroup),
            };
        }
        self.left = self.left.less(cost);
        self.reserved = self.reserved.plus(cost);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::budget::BudgetShare;
    use crate::host::memory::MemorySource;
    use crate::host::memory_cgroup::{CgroupLimits, Level};

    const PAGE: u64 = 4096;

    /// Makes the budget of a machine that leaves this much, and a cgroup that does, if there is one.
    fn budget(machine: u64, cgroup: Option<u64>) -> MemoryBudget {
        let memory = SystemMemory {
            total: 1 << 30,
            available: 0,
            cma_total: None,
            cma_free: None,
            source: MemorySource::Meminfo,
        };
        let memory = SystemMemory { available: machine + memory.reserve(PAGE), ..memory };
        let limits = cgroup.map(|left| CgroupLimits { levels: vec![Level::leaving(left)], ..CgroupLimits::default() });
        MemoryBudget::new(Some(memory), limits, BudgetShare::Whole, PAGE)
    }

    /// Counts how many buffers of this cost are granted, and after how many looks, if each shows on the machine at
    /// once.
    fn granted(cost: Cost, mut machine: u64, mut cgroup: Option<u64>) -> (usize, usize) {
        let (mut account, mut looks) = (Account::default(), 0);
        let granted = std::iter::from_fn(|| {
            let granted = account.take(cost, || {
                looks += 1;
                budget(machine, cgroup)
            });
            account.reserved = Cost::default();
            machine = machine.saturating_sub(cost.machine);
            cgroup = cgroup.map(|left| left.saturating_sub(cost.cgroup));
            granted.then_some(())
        });
        (granted.count(), looks)
    }

    #[test]
    fn the_machine_is_looked_at_seldom_and_its_budget_never_exceeded() {
        let (count, looks) = granted(Cost { machine: 1000, cgroup: 0 }, 1_000_000, None);
        assert_eq!(count, 1000);
        assert!(looks < 40, "{looks}");
        assert!(!Account::default().take(Cost { machine: 1000, cgroup: 0 }, || budget(999, None)));
    }

    #[test]
    fn charged_bytes_end_at_the_cgroup_limit() {
        let (count, looks) = granted(Cost { machine: 1000, cgroup: 1000 }, 1_000_000, Some(100_000));
        assert_eq!(count, 100);
        assert!(looks < 40, "{looks}");
        let (count, _) = granted(Cost { machine: 1000, cgroup: 10 }, 1_000_000, Some(9_000));
        assert_eq!(count, 900);
    }

    /// The machine shows none of it while the requests are on their way.
    #[test]
    fn many_heaps_and_threads_together_are_not_granted_more_than_one() {
        const HEAPS: usize = 8;
        let directory = tempfile::tempdir().unwrap();
        let meminfo = "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n";
        std::fs::create_dir(directory.path().join("proc")).unwrap();
        std::fs::write(directory.path().join("proc/meminfo"), meminfo).unwrap();
        let root = Root::at(directory.path()).unwrap();
        let place = |number| {
            let name = format!("system{number}");
            Place { path: format!("/dev/dma_heap/{name}").into(), name, by_alias: false }
        };
        let places: Vec<Place> = (0..HEAPS).map(place).collect();
        let guard = Guard::for_children(&root, &places, false, |_| ());
        let budget = guard.budget_of_heaps(&root, system::page_size()).bytes();
        let shared = SharedBudget::new(&root, &guard, &places);
        for size in [1 << 20, budget / 2] {
            let granted = std::thread::scope(|scope| {
                let take = |heap| std::iter::from_fn(|| shared.reserve(heap, size)).take(1000).collect::<Vec<_>>();
                let takers: Vec<_> = (0..HEAPS).map(|heap| scope.spawn(move || take(heap))).collect();
                takers.into_iter().flat_map(|taker| taker.join().unwrap()).collect::<Vec<_>>()
            });
            let bytes = granted.len() as u64 * size;
            assert!(bytes <= budget && bytes > budget / 4, "{bytes} of {budget} in buffers of {size}");
        }
        assert!(shared.reserve(0, budget / 2).is_some(), "what was set aside is there again");
    }
}
