//! Nothing else on the machine is killed by an allocation.
//!
//! The system heap checks no size (`system_heap_allocate`): it takes page after page until the OOM
//! killer runs. So before any request is sent, what it needs is compared with what may be taken.

use crate::error::Error;
use crate::machine::memory::{Memory, Source};
use crate::machine::{Root, cma};
use crate::size::Human;
use crate::sys::{Errno, file::errno_of};
use std::fs;
use std::path::Path;

/// What one heap is going to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand<'a> {
    /// The heap.
    pub heap: &'a str,
    /// Bytes of one buffer, as requested.
    pub size: u64,
    /// Buffers held at the same time.
    pub count: u64,
}

impl Demand<'_> {
    /// What the kernel would take: `count` times the size rounded up to pages. A size that wraps to 0
    /// when it is rounded takes nothing, because the kernel rejects it (EINVAL). `None` where the
    /// product is beyond 64 bits.
    #[must_use]
    pub fn bytes(&self, page_size: u64) -> Option<u64> {
        self.size.checked_next_multiple_of(page_size).unwrap_or(0).checked_mul(self.count)
    }
}

/// Refuses demands that together exceed the machine's budget, with what the kernel needs for each buffer.
/// Heaps with a CMA area of their own are not counted: such a heap refuses by itself, without harm.
///
/// # Errors
/// The refusal, with the numbers that it rests on.
pub fn check(root: &Root, demands: &[Demand<'_>], page_size: u64) -> Result<(), Error> {
    let Some(first) = demands.first() else { return Ok(()) };
    let memory = Memory::of(root);
    let fits =
        |total: Option<u64>| total.is_some_and(|total| memory.is_some_and(|memory| total <= memory.budget(page_size)));
    if fits(Sum::of(demands.iter(), page_size).total()) {
        return Ok(());
    }
    let guarded: Vec<&Demand<'_>> = demands.iter().filter(|demand| !cma::is_area(root, demand.heap)).collect();
    let sum = Sum::of(guarded.iter().copied(), page_size);
    if guarded.is_empty() || fits(sum.total()) {
        return Ok(());
    }
    let why = memory.map_or_else(
        || "this machine does not tell how much memory it has".to_owned(),
        |memory| explain(&memory, page_size),
    );
    let overhead = sum.overhead.filter(|_| fits(sum.bytes));
    Err(refuse(guarded.first().copied().unwrap_or(first), sum.bytes, overhead, why))
}

/// What demands need together; `None` where that is beyond 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    bytes: Option<u64>,
    /// Of the kernel's own. A single buffer's is within the reserve.
    overhead: Option<u64>,
}

impl Sum {
    fn of<'a>(demands: impl Iterator<Item = &'a Demand<'a>> + Clone, page_size: u64) -> Self {
        let bytes = demands.clone().try_fold(0_u64, |sum, demand| sum.checked_add(demand.bytes(page_size)?));
        let count = demands.clone().try_fold(0_u64, |sum, demand| sum.checked_add(demand.count));
        let singles = demands.count() as u64;
        Self { bytes, overhead: count.and_then(|count| count.saturating_sub(singles).checked_mul(OVERHEAD)) }
    }

    fn total(self) -> Option<u64> {
        self.bytes?.checked_add(self.overhead?)
    }
}

fn refuse(first: &Demand<'_>, total: Option<u64>, overhead: Option<u64>, why: String) -> Error {
    let more = overhead.map(|bytes| format!(" and {} of the kernel's own for them", Human(bytes))).unwrap_or_default();
    let wanted = match total {
        Some(bytes) => format!("{bytes} bytes ({}){more}", Human(bytes)),
        None => format!("{} buffers of {} bytes, which is beyond 64 bits,", first.count, first.size),
    };
    Error::refused("allocate from", first.heap, format!("{wanted} not requested: {why}"))
        .with_hint("the kernel does not refuse, it would kill processes; --force sends the request all the same")
}

fn explain(memory: &Memory, page_size: u64) -> String {
    let source = match memory.source {
        Source::Meminfo => "MemAvailable",
        Source::Sysinfo => "no /proc/meminfo, so free memory of sysinfo(2)",
    };
    let cma =
        memory.cma_free.filter(|free| *free > 0).map(|free| format!(" - {} CmaFree", Human(free))).unwrap_or_default();
    format!(
        "the budget is {} bytes ({}: {source} {}{cma} - {} reserve)",
        memory.budget(page_size),
        Human(memory.budget(page_size)),
        Human(memory.available),
        Human(memory.reserve(page_size))
    )
}

/// Memory of the kernel's own for a buffer, bytes: `dma_buf`, `file`, `inode`, the table of its pages.
/// 1.4 to 3 KiB were measured on Linux 6.12.
pub const OVERHEAD: u64 = 4 * 1024;

/// Many requests one after the other, each of which is compared with the budget of its moment, as others
/// take memory meanwhile. Most are let through without a look at the machine: a look is good for a share
/// of what it finds.
#[derive(Debug)]
pub struct Allowance {
    left: u64,
    share: u64,
}

impl Allowance {
    /// One of `takers` that do this at the same time.
    #[must_use]
    pub const fn new(takers: u64) -> Self {
        Self { left: 0, share: takers.saturating_mul(4) }
    }

    /// Whether a buffer of `size` bytes may be asked for.
    #[must_use]
    pub fn grants(&mut self, root: &Root, size: u64, page_size: u64) -> bool {
        let size = size.checked_next_multiple_of(page_size).unwrap_or(size);
        self.take(size.saturating_add(OVERHEAD), || Memory::of(root).map_or(0, |memory| memory.budget(page_size)))
    }

    fn take(&mut self, cost: u64, budget: impl FnOnce() -> u64) -> bool {
        if self.left < cost {
            let budget = budget();
            if budget < cost {
                return false;
            }
            self.left = (budget / self.share.max(1)).max(cost);
        }
        self.left -= cost;
        true
    }
}

/// While this lives, the OOM killer takes this process first (`oom_score_adj` 1000).
#[derive(Debug)]
pub struct Volunteer {
    before: String,
}

const SCORE: &str = "/proc/self/oom_score_adj";

impl Volunteer {
    /// Volunteers. A process may always raise its score and go back to where it was.
    ///
    /// # Errors
    /// The errno of reading or writing the score; ENOENT without /proc.
    pub fn step_forward() -> Result<Self, Errno> {
        let path = Path::new(SCORE);
        let before = fs::read_to_string(path).map_err(|error| errno_of(&error))?;
        fs::write(path, "1000").map_err(|error| errno_of(&error))?;
        Ok(Self { before })
    }
}

impl Drop for Volunteer {
    fn drop(&mut self) {
        // Nothing can be done about a failure, and it harms nobody but this process.
        let _ = fs::write(SCORE, self.before.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(size: u64, count: u64) -> Demand<'static> {
        Demand { heap: "system", size, count }
    }

    #[test]
    fn a_demand_is_rounded_to_pages_and_multiplied() {
        assert_eq!(demand(1, 3).bytes(4096), Some(3 * 4096));
        assert_eq!(demand(4097, 1).bytes(65_536), Some(65_536));
        assert_eq!(demand(1 << 40, 1 << 30).bytes(4096), None);
    }

    #[test]
    fn many_small_buffers_take_memory_of_the_kernel_too() {
        let sum = Sum::of([demand(4096, 1000), demand(1, 1)].iter(), 4096);
        assert_eq!(sum, Sum { bytes: Some(1001 * 4096), overhead: Some(999 * OVERHEAD) });
        assert_eq!(Sum::of([demand(1, u64::MAX)].iter(), 4096).total(), None);
        // The kernel refuses these itself, at once and without harm.
        assert_eq!(Sum::of([demand(u64::MAX, 1)].iter(), 4096).total(), Some(0));
    }

    #[test]
    fn an_allowance_is_looked_up_seldom_and_never_exceeds_the_budget() {
        let (mut allowance, mut budget, mut looks) = (Allowance::new(1), 1_000_000_u64, 0);
        let granted = std::iter::from_fn(|| {
            let granted = allowance.take(1000, || {
                looks += 1;
                budget
            });
            budget = budget.saturating_sub(1000);
            granted.then_some(())
        });
        assert_eq!(granted.count(), 1000);
        assert!(looks < 40, "{looks}");
        assert!(!Allowance::new(2).take(1000, || 999));
    }

    #[test]
    fn only_a_length_that_wraps_is_free_of_charge() {
        assert_eq!(demand(u64::MAX, 1000).bytes(4096), Some(0));
        assert_eq!(demand(u64::MAX - 4094, 1).bytes(4096), Some(0));
        assert_eq!(demand(u64::MAX - 4095, 1).bytes(4096), Some(u64::MAX - 4095));
        assert_eq!(demand(u64::MAX - 4095, 1).bytes(65_536), Some(0));
    }
}
