//! What is to be done, and whether it may be.

use super::failure::SHORT;
use super::held::SLOT_BYTES;
use crate::error::{Error, Hint};
use crate::heap::budget::guard::{Guard, Warn};
use crate::heap::budget::request::{MemoryOwner, MemoryRequest};
use crate::heap::{AllocationRequest, Place, budget::own_memory};
use crate::host::Root;
use crate::host::memory::SystemMemory;
use crate::sys::process::rlimit;
use crate::sys::system;
use std::time::Duration;

/// The default number of slots of all jobs together.
const SLOTS: u64 = 64;
/// The most slots where bytes are the bound.
const MOST_SLOTS: u64 = 4096;
/// The most slots: a process has no more descriptors (`sysctl_nr_open` in fs/file.c), unless root allows it.
const MOST_HELD: u64 = 1 << 20;
/// Descriptors of a job beside its buffers: its socket, its pipe, duplicates that are shared.
const FILES_OF_A_JOB: u64 = 16;

/// How much is held at the most, by all jobs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    Count(u64),
    /// This many bytes.
    Bytes(u64),
}

#[derive(Debug)]
pub(crate) struct StressPlan {
    pub places: Vec<Place>,
    /// Heap flags and structure of every request.
    pub request: AllocationRequest,
    /// The steps depend on it.
    pub seed: u64,
    pub jobs: usize,
    /// The smallest and the largest size of a buffer, bytes.
    pub sizes: (u64, u64),
    /// How much is held; `None` is 64 buffers and at most half of the budget.
    pub hold: Option<Hold>,
    /// The time after which it ends.
    pub duration: Option<Duration>,
    /// The steps of each job after which it ends.
    pub iterations: Option<u64>,
    /// The time between two reports.
    pub report: Duration,
    /// Whether to go beyond the budget.
    pub force: bool,
    /// Receives each step.
    pub trace: Option<fn(&str)>,
    /// Who hears of what the user should know.
    pub warn: Warn,
}

/// A reason why a plan is impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    FewerThanJobs {
        count: u64,
        jobs: u64,
    },
    MoreThan {
        count: u64,
        most: u64,
    },
    TooFewBytes {
        bytes: u64,
        largest: u64,
        jobs: u64,
    },
    /// The smallest is larger than the largest.
    Sizes(u64, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) slots: usize,
    pub(super) bytes: u64,
}

impl StressPlan {
    /// Whether each job may hold a buffer.
    pub(crate) fn check(&self) -> Result<(), Misfit> {
        let jobs = self.jobs as u64;
        let largest = self.largest();
        match self.hold {
            Some(Hold::Count(count)) if count < jobs => Err(Misfit::FewerThanJobs { count, jobs }),
            Some(Hold::Count(count)) if count > MOST_HELD => Err(Misfit::MoreThan { count, most: MOST_HELD }),
            Some(Hold::Bytes(bytes)) if bytes / jobs < largest => Err(Misfit::TooFewBytes { bytes, largest, jobs }),
            _ if self.sizes.0 > self.sizes.1 => Err(Misfit::Sizes(self.sizes.0, self.sizes.1)),
            _ => Ok(()),
        }
    }

    /// The largest buffer as the kernel rounds it.
    fn largest(&self) -> u64 {
        self.sizes.1.checked_next_multiple_of(system::page_size()).unwrap_or(u64::MAX)
    }

    pub(super) fn share(&self, root: &Root, guard: &Guard) -> Share {
        let jobs = self.jobs as u64;
        let each = |slots: u64, bytes: u64| Share { slots: (slots / jobs).max(1) as usize, bytes: bytes / jobs };
        match self.hold {
            Some(Hold::Count(count)) => each(count, u64::MAX),
            Some(Hold::Bytes(bytes)) => {
                // As many as there would be if all were small, within reason.
                let slots = (bytes / self.sizes.0.max(system::page_size())).clamp(jobs, MOST_SLOTS.max(jobs));
                each(slots, bytes)
            }
            None => {
                let half = guard.budget_of_heaps(root, system::page_size()).bytes() / 2;
                each(SLOTS.max(jobs), half.max(self.largest().saturating_mul(jobs)))
            }
        }
    }

    /// Refuses what the machine has no memory for, before anything is asked for.
    pub(super) fn check_memory(&self, root: &Root, guard: &Guard, share: Share) -> Result<(), Error> {
        let worst = match self.hold {
            Some(Hold::Bytes(_)) => share.bytes,
            _ => self.largest().saturating_mul(share.slots as u64).min(share.bytes),
        };
        let (jobs, page_size) = (self.jobs as u64, system::page_size());
        let memory = SystemMemory::of(root);
        // One heap can have all of it.
        let place = self.places.iter().find(|place| !own_memory::has(root, place, memory.as_ref()));
        let buffers = place.map(|place| MemoryRequest { of: MemoryOwner::Heap(place), size: worst, count: jobs });
        let slots = MemoryRequest { of: MemoryOwner::Process, size: share.slots as u64 * SLOT_BYTES, count: jobs };
        let requests: Vec<MemoryRequest<'_>> = buffers.into_iter().chain([slots]).collect();
        guard.check(root, &requests, page_size).map_err(|refusal| refusal.with_hint(Hint::HoldLess))
    }

    /// Raises the limit of open files as far as necessary.
    pub(super) fn make_room(&self, share: Share) {
        const SPARE: u64 = 64;
        let jobs = self.jobs as u64;
        // A limit that cannot be raised shows itself as EMFILE, which is counted.
        debug_assert!(SHORT.contains(&crate::sys::Errno::EMFILE));
        let _ = rlimit::raise_open_files(jobs * (share.slots as u64 + FILES_OF_A_JOB) + SPARE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::RequestAbi;

    fn plan(jobs: usize, hold: Option<Hold>) -> StressPlan {
        StressPlan {
            places: Vec::new(),
            request: AllocationRequest { len: 0, fd_flags: 0, heap_flags: 0, abi: RequestAbi::Auto },
            seed: 0,
            jobs,
            sizes: (system::page_size(), 1 << 20),
            hold,
            duration: None,
            iterations: None,
            report: Duration::ZERO,
            force: false,
            trace: None,
            warn: |_| (),
        }
    }

    fn guard() -> Guard {
        Guard::for_children(&Root::machine(), &[], false, |_| ())
    }

    #[test]
    fn every_job_holds_a_buffer_or_it_is_refused() {
        assert_eq!(plan(4, Some(Hold::Count(3))).check(), Err(Misfit::FewerThanJobs { count: 3, jobs: 4 }));
        assert!(matches!(plan(4, Some(Hold::Bytes(3 << 20))).check(), Err(Misfit::TooFewBytes { jobs: 4, .. })));
        assert_eq!(plan(4, Some(Hold::Count(4))).check(), Ok(()));
        let share = plan(3, Some(Hold::Count(10))).share(&Root::machine(), &guard());
        assert_eq!(share, Share { slots: 3, bytes: u64::MAX / 3 });
        let share = plan(2, Some(Hold::Bytes(4 << 20))).share(&Root::machine(), &guard());
        assert_eq!(share.bytes, 2 << 20);
        assert!(plan(4, Some(Hold::Count(MOST_HELD))).check().is_ok());
        let too_many = plan(4, Some(Hold::Count(MOST_HELD + 1)));
        assert_eq!(too_many.check(), Err(Misfit::MoreThan { count: 1_048_577, most: 1_048_576 }));
        assert!(plan(2, None).share(&Root::machine(), &guard()).slots == 32);
    }

    #[test]
    fn sizes_have_an_order() {
        let plan = StressPlan { sizes: (2 << 20, 1 << 20), ..plan(1, None) };
        assert_eq!(plan.check(), Err(Misfit::Sizes(2 << 20, 1 << 20)));
    }
}
