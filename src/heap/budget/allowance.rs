//! Many requests one after the other, each of which is compared with the budget of its moment, as others
//! take memory at the same time.

use super::guard::Guard;
use super::own_memory;
use super::request::OVERHEAD;
use super::{Budget, Cost};
use crate::heap::Place;
use crate::host::Root;
use crate::host::memory::Memory;

/// What may still be asked of a heap. Most requests are let through without a look at the machine: a look is good for a
/// share of what it finds.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: Cost,
    share: u64,
    /// What of the heap's own memory was not asked for yet.
    spared: u64,
}

impl Allowance {
    /// That of one of `takers` that do this at the same time, for the heap at `place`.
    #[must_use]
    pub(crate) fn new(root: &Root, guard: &Guard, place: &Place, takers: u64) -> Self {
        let spared =
            if guard.is_forced() { u64::MAX } else { own_memory::spared(root, place, Memory::of(root).as_ref()) };
        Self { left: Cost::default(), share: takers.saturating_mul(4).max(1), spared }
    }

    /// Whether a buffer of `size` bytes may be asked for.
    #[must_use]
    pub(crate) fn grants(&mut self, root: &Root, guard: &Guard, size: u64, page_size: u64) -> bool {
        let size = size.checked_next_multiple_of(page_size).unwrap_or(size);
        if self.spared == u64::MAX {
            return true;
        }
        if let Some(spared) = self.spared.checked_sub(size) {
            self.spared = spared;
            return true;
        }
        let charged = if guard.charges() { size } else { 0 };
        let cost = Cost { machine: size.saturating_add(OVERHEAD), cgroup: charged.saturating_add(OVERHEAD) };
        self.take(cost, || guard.budget(root, true, page_size))
    }

    fn take(&mut self, cost: Cost, budget: impl FnOnce() -> Budget) -> bool {
        if self.left.machine < cost.machine || self.left.cgroup < cost.cgroup {
            let budget = budget();
            if !budget.covers(cost) {
                return false;
            }
            self.left = Cost {
                machine: (budget.machine() / self.share).max(cost.machine),
                cgroup: (budget.cgroup() / self.share).max(cost.cgroup),
            };
        }
        self.left.machine -= cost.machine;
        self.left.cgroup -= cost.cgroup;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::budget::Share;
    use crate::host::memory::Source;
    use crate::host::memory_cgroup::{Level, Limits};

    const PAGE: u64 = 4096;

    /// What a machine leaves, and a cgroup, if there is one.
    fn budget(machine: u64, cgroup: Option<u64>) -> Budget {
        let memory = Memory { total: 1 << 30, available: 0, cma_total: None, cma_free: None, source: Source::Meminfo };
        let memory = Memory { available: machine + memory.reserve(PAGE), ..memory };
        let limits = cgroup.map(|left| Limits { levels: vec![Level::leaving(left)], ..Limits::default() });
        Budget::new(Some(memory), limits, Share::Whole, PAGE)
    }

    fn allowance(takers: u64) -> Allowance {
        Allowance { left: Cost::default(), share: takers * 4, spared: 0 }
    }

    /// How many buffers that cost so much are granted, and after how many looks.
    fn granted(cost: Cost, mut machine: u64, mut cgroup: Option<u64>) -> (usize, usize) {
        let (mut allowance, mut looks) = (allowance(1), 0);
        let granted = std::iter::from_fn(|| {
            let granted = allowance.take(cost, || {
                looks += 1;
                budget(machine, cgroup)
            });
            machine = machine.saturating_sub(cost.machine);
            cgroup = cgroup.map(|left| left.saturating_sub(cost.cgroup));
            granted.then_some(())
        });
        (granted.count(), looks)
    }

    #[test]
    fn an_allowance_is_looked_up_seldom_and_never_exceeds_the_budget() {
        let (count, looks) = granted(Cost { machine: 1000, cgroup: 0 }, 1_000_000, None);
        assert_eq!(count, 1000);
        assert!(looks < 40, "{looks}");
        assert!(!allowance(2).take(Cost { machine: 1000, cgroup: 0 }, || budget(999, None)));
    }

    #[test]
    fn what_is_charged_ends_where_the_cgroup_does() {
        let (count, looks) = granted(Cost { machine: 1000, cgroup: 1000 }, 1_000_000, Some(100_000));
        assert_eq!(count, 100);
        assert!(looks < 40, "{looks}");
        let (count, _) = granted(Cost { machine: 1000, cgroup: 10 }, 1_000_000, Some(9_000));
        assert_eq!(count, 900);
    }
}
