//! What is to be measured.

use crate::heap::Place;
use crate::heap::budget::guard::Warn;
use crate::sys::fd::poll::Deadline;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// This many buffers of each heap and size, in each job.
    Iterations(u64),
    /// So long altogether, with what comes before the first round. A buffer that lives then comes to its end.
    Duration(Duration),
}

/// Rounds that a run goes through, unless there are fewer iterations.
const ROUNDS: u64 = 20;

#[derive(Clone, Debug)]
pub(crate) struct BenchPlan {
    pub places: Vec<Place>,
    /// Bytes of a buffer.
    pub sizes: Vec<u64>,
    pub amount: Amount,
    /// Buffers of each heap and size, in each job, that do not count.
    pub warmup: u64,
    /// Threads, with a buffer each.
    pub jobs: usize,
    /// CPUs to keep them on, in turns.
    pub cpus: Vec<usize>,
    /// Whether to go beyond the memory budget, and to open nodes that cannot be verified.
    pub force: bool,
    /// Who hears of what the user should know.
    pub warn: Warn,
}

impl BenchPlan {
    /// Returns how many rounds there are.
    pub(crate) fn rounds(&self) -> usize {
        match self.amount {
            Amount::Iterations(count) => count.clamp(1, ROUNDS) as usize,
            Amount::Duration(_) => ROUNDS as usize,
        }
    }

    /// When a run that begins now is over, if a time says so.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        match self.amount {
            Amount::Iterations(_) => None,
            Amount::Duration(duration) => Some(Deadline::after(duration)),
        }
    }
}
