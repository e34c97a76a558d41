//! What jobs have in common: the figures, the first failure, the sign to stop.

use super::failure::{Failure, SHORT};
use crate::error::Error;
use crate::stats::{Latency, Summary};
use crate::sys::Errno;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The figures of an interval, or of the whole run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// Whether it is the whole run.
    pub is_total: bool,
    pub elapsed: Duration,
    /// The length of the interval.
    pub interval: Duration,
    pub operations: u64,
    /// Buffers that were allocated in it.
    pub allocations: u64,
    /// Bytes that were filled in it.
    pub filled: u64,
    /// Bytes that were compared in it.
    pub verified: u64,
    /// Requests that were not sent in it, because they would have gone beyond the budget.
    pub guarded: u64,
    /// How long the allocations took.
    pub latency: Summary,
    /// Buffers that are held at its end.
    pub held: u64,
    pub held_bytes: u64,
    /// MemAvailable at its end, if known, bytes.
    pub available: Option<u64>,
    /// CmaFree at its end, if known, bytes.
    pub cma_free: Option<u64>,
    /// Refusals in it that mean a shortage, by errno.
    pub errors: Vec<(Errno, u64)>,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) operations: AtomicU64,
    pub(super) allocations: AtomicU64,
    pub(super) filled: AtomicU64,
    pub(super) verified: AtomicU64,
    pub(super) guarded: AtomicU64,
}

/// The state that all jobs share.
#[derive(Debug, Default)]
pub(super) struct RunState {
    stop: AtomicBool,
    pub(super) counters: Counters,
    pub(super) held: AtomicU64,
    pub(super) held_bytes: AtomicU64,
    pub(super) unchecked: AtomicU64,
    latency: Mutex<Latency>,
    errors: Mutex<BTreeMap<i32, u64>>,
    failures: Mutex<Vec<Failure>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that panicked ends the program; until then its figures are as good as any.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RunState {
    pub(super) fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Relaxed)
    }

    pub(super) fn fail(&self, failure: Box<Failure>) {
        locked(&self.failures).push(*failure);
        self.stop();
    }

    pub(super) fn take_failures(&self) -> Vec<Failure> {
        std::mem::take(&mut locked(&self.failures))
    }

    pub(super) fn count_latency(&self, nanoseconds: u64) {
        locked(&self.latency).record(nanoseconds);
    }

    pub(super) fn count_error(&self, errno: Errno) {
        *locked(&self.errors).entry(errno as i32).or_default() += 1;
    }

    /// Counts a shortage and answers nothing; other errors stay what they are.
    pub(super) fn tolerate<T>(&self, result: Result<T, Error>) -> Result<Option<T>, Error> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => match error.kernel_errno().filter(|errno| SHORT.contains(errno)) {
                Some(errno) => {
                    self.count_error(errno);
                    Ok(None)
                }
                None => Err(error),
            },
        }
    }

    /// The figures since the last call, which are then reset. Adds them to `total`.
    pub(super) fn take(&self, total: &mut RunTotals) -> Progress {
        let counters = &self.counters;
        let taken = |counter: &AtomicU64| counter.swap(0, Relaxed);
        let latency = {
            let mut latency = locked(&self.latency);
            let summary = latency.summary();
            total.latency.add(&latency);
            latency.clear();
            summary
        };
        let errors = std::mem::take(&mut *locked(&self.errors));
        for (errno, count) in &errors {
            *total.errors.entry(*errno).or_default() += count;
        }
        let progress = Progress {
            operations: taken(&counters.operations),
            allocations: taken(&counters.allocations),
            filled: taken(&counters.filled),
            verified: taken(&counters.verified),
            guarded: taken(&counters.guarded),
            latency,
            held: self.held.load(Relaxed),
            held_bytes: self.held_bytes.load(Relaxed),
            errors: listed(&errors),
            ..Progress::default()
        };
        total.operations += progress.operations;
        total.allocations += progress.allocations;
        total.filled += progress.filled;
        total.verified += progress.verified;
        total.guarded += progress.guarded;
        progress
    }
}

/// The sums of all intervals.
#[derive(Debug, Default)]
pub(super) struct RunTotals {
    operations: u64,
    allocations: u64,
    filled: u64,
    verified: u64,
    guarded: u64,
    latency: Latency,
    errors: BTreeMap<i32, u64>,
}

impl RunTotals {
    pub(super) fn progress(&self) -> Progress {
        Progress {
            is_total: true,
            operations: self.operations,
            allocations: self.allocations,
            filled: self.filled,
            verified: self.verified,
            guarded: self.guarded,
            latency: self.latency.summary(),
            errors: listed(&self.errors),
            ..Progress::default()
        }
    }
}

fn listed(errors: &BTreeMap<i32, u64>) -> Vec<(Errno, u64)> {
    errors.iter().map(|(errno, count)| (Errno::from_raw(*errno), *count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_add_up() {
        let shared = RunState::default();
        let mut total = RunTotals::default();
        for round in 1..=3_u64 {
            shared.counters.operations.fetch_add(round, Relaxed);
            shared.count_latency(round * 1000);
            shared.count_error(Errno::ENOMEM);
            let progress = shared.take(&mut total);
            assert_eq!((progress.operations, progress.latency.count, progress.latency.max), (round, 1, round * 1000));
            assert_eq!(progress.errors, [(Errno::ENOMEM, 1)]);
        }
        let progress = total.progress();
        assert_eq!((progress.operations, progress.latency.count, progress.latency.min), (6, 3, 1000));
        assert_eq!(progress.errors, [(Errno::ENOMEM, 3)]);
    }

    #[test]
    fn a_shortage_is_counted_and_anything_else_is_not() {
        let shared = RunState::default();
        let short = Error::errno("map", "x", Errno::ENOMEM);
        assert!(shared.tolerate::<()>(Err(short)).unwrap().is_none());
        assert!(shared.tolerate::<()>(Err(Error::errno("map", "x", Errno::EINVAL))).is_err());
        assert!(shared.tolerate::<()>(Err(Error::refused("map", "x", "no"))).is_err());
        assert_eq!(shared.take(&mut RunTotals::default()).errors, [(Errno::ENOMEM, 1)]);
    }
}
