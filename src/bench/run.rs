//! The rounds.

use super::case::{BenchCase, FD_FLAGS};
use super::clock::Clock;
use super::cycle::{Refused, Times};
use super::figures::{BenchStep, Figure};
use super::plan::{Amount, BenchPlan};
use super::slot::{Job, RoundLimit, Slot, Swept, Trouble};
use crate::error::{Error, Hint};
use crate::heap::budget::guard::Guard;
use crate::heap::budget::request::{MemoryOwner, MemoryRequest};
use crate::heap::{AllocationRequest, Heap, RequestAbi, alloc};
use crate::host::Root;
use crate::sys::bench::TimedRequest;
use crate::sys::fd::file::errno_of;
use crate::sys::fd::poll::Deadline;
use crate::sys::{Errno, system};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::Duration;

pub(crate) trait Watcher {
    /// A heap and a size are next. Called with nothing being measured.
    fn next(&mut self, heap: &str, size: u64);
    /// Whether the run is to end: asked some times a second.
    fn is_interrupted(&mut self) -> bool;
}

#[derive(Debug)]
pub(crate) struct PreparedBench {
    pub(super) plan: BenchPlan,
    pub(super) deadline: Option<Deadline>,
    pub(super) heaps: Vec<Heap>,
    pub(super) cases: Vec<BenchCase>,
    pub(super) jobs: Vec<Job>,
    pub(super) unmapped: Vec<(String, Errno)>,
    pub(super) clock: Clock,
    pub(super) guard: Guard,
}

#[derive(Debug)]
pub(crate) struct BenchOutcome {
    /// The figures measured until then.
    pub figures: Vec<Figure>,
    /// Rounds that were gone through to their end.
    pub rounds: usize,
    /// Whether that is all. Where a time was given, it is if everything was measured at least once.
    pub complete: bool,
    /// Why it is not, unless it was interrupted or the time was up.
    pub failure: Option<Error>,
}

impl PreparedBench {
    /// Heaps whose buffers cannot be mapped, with the kernel's answer: they have latencies only.
    pub(crate) fn unmapped(&self) -> &[(String, Errno)] {
        &self.unmapped
    }

    /// The clock that it is measured by.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns how often [`Watcher::next`] will be called.
    pub(crate) fn slots(&self) -> u64 {
        let rounds = self.plan.rounds() + usize::from(self.plan.warmup > 0);
        (rounds * self.cases.len()) as u64
    }

    pub(crate) fn run(mut self, root: &Root, watcher: &mut dyn Watcher) -> BenchOutcome {
        let mut rounds = 0;
        let outcome = self.run_all_rounds(root, watcher, &mut rounds);
        let figures = self.cases.iter().flat_map(|case| case.figures(self.heaps[case.heap].name())).collect();
        let is_enough = rounds == self.plan.rounds() || (rounds > 0 && self.is_late());
        BenchOutcome { figures, rounds, complete: is_enough && outcome.is_ok(), failure: outcome.err() }
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline.has_passed())
    }

    fn run_all_rounds(&mut self, root: &Root, watcher: &mut dyn Watcher, done: &mut usize) -> Result<(), Error> {
        if let Some(job) = self.jobs.first() {
            job.pin().map_err(|trouble| self.explain(root, 0, trouble))?;
        }
        if self.plan.warmup > 0 && !self.run_round(root, watcher, None)? {
            return Ok(());
        }
        for round in 0..self.plan.rounds() {
            if !self.run_round(root, watcher, Some(round))? {
                return Ok(());
            }
            *done += 1;
        }
        Ok(())
    }

    /// Runs one round of all cases; that of the warm-up has no number. False if it was interrupted or the time was up.
    fn run_round(&mut self, root: &Root, watcher: &mut dyn Watcher, round: Option<usize>) -> Result<bool, Error> {
        for index in 0..self.cases.len() {
            if watcher.is_interrupted() || self.is_late() {
                return Ok(false);
            }
            watcher.next(self.heaps[self.cases[index].heap].name(), self.cases[index].size);
            if !self.run_slot(root, watcher, index, round)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The share of a round, for one case.
    fn until(&self, round: Option<usize>) -> RoundLimit {
        let rounds = self.plan.rounds() as u64;
        let share = |duration: Duration| {
            // The warm-up has one as well.
            let shares = u128::from(rounds + u64::from(self.plan.warmup > 0)) * self.cases.len().max(1) as u128;
            let left = self.deadline.map_or(u64::MAX, |deadline| deadline.nanoseconds_left());
            u64::try_from(duration.as_nanos() / shares).unwrap_or(u64::MAX).min(left)
        };
        match (round, self.plan.amount) {
            (None, Amount::Iterations(_)) => RoundLimit::Iterations(self.plan.warmup),
            (None, Amount::Duration(duration)) => RoundLimit::Either(self.plan.warmup, share(duration)),
            (Some(round), Amount::Iterations(count)) => {
                RoundLimit::Iterations(count / rounds + u64::from((round as u64) < count % rounds))
            }
            (Some(_), Amount::Duration(duration)) => RoundLimit::Time(share(duration)),
        }
    }

    /// Runs one round of one case; that of the warm-up has no number and does not count. False if it was stopped.
    fn run_slot(
        &mut self,
        root: &Root,
        watcher: &mut dyn Watcher,
        index: usize,
        round: Option<usize>,
    ) -> Result<bool, Error> {
        let (deadline, until, counts) = (self.deadline, self.until(round), round.is_some());
        let (stop, barrier) = (AtomicBool::new(false), Barrier::new(self.jobs.len()));
        let case = &mut self.cases[index];
        let (guard, place, size) = (&self.guard, &self.plan.places[case.heap], case.size);
        let check = |count| {
            let request = MemoryRequest { of: MemoryOwner::Heap(place), size, count };
            guard.check(root, &[request], system::page_size())
        };
        check(self.jobs.len() as u64)?;
        let refusal = Mutex::new(None);
        // Between two lives a job has no buffer; the others may have theirs.
        let recheck = || {
            if let Err(error) = check(1) {
                stop.store(true, Ordering::Relaxed);
                *refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        };

        let cycle = case.cycle(&self.heaps[case.heap]);
        let shared = Mutex::new(case);
        let overflow = |times: &[Times]| {
            if counts {
                shared.lock().unwrap_or_else(PoisonError::into_inner).record(times);
            }
        };
        let slot = Slot { cycle, until, stop: &stop, barrier: &barrier, overflow: &overflow, recheck: &recheck };

        let mut look = || {
            if watcher.is_interrupted() || deadline.is_some_and(|deadline| deadline.has_passed()) {
                stop.store(true, Ordering::Relaxed);
            }
        };

        let answers = together(&slot, &mut self.jobs, &mut look);
        let case = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_stopped = stop.load(Ordering::Relaxed);
        let answers = answers?;
        if let Some(refusal) = refusal.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(refusal);
        }

        if counts {
            for job in &self.jobs {
                case.record(job.samples.recent());
            }
        }
        let swept = match answers.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(swept) => swept.into_iter().flatten().collect::<Vec<Swept>>(),
            Err(trouble) => return Err(self.explain(root, index, trouble)),
        };
        if counts {
            case.record_swept(swept.iter().flatten());
            if !is_stopped {
                case.end_round(&self.jobs, &swept);
            }
        }
        Ok(!is_stopped)
    }

    fn explain(&self, root: &Root, case: usize, trouble: Trouble) -> Error {
        let BenchCase { heap, size, request, .. } = &self.cases[case];
        let heap = &self.heaps[*heap];
        let object = format!("{size} bytes from {}", heap.name());
        let Refused { step, errno } = match trouble {
            Trouble::Refused(refused) => refused,
            Trouble::Differs => return Error::refused("verify", object, "its contents differ from the fill pattern"),
            Trouble::NotPinned(cpu, errno) => return Error::errno("pin to", format!("CPU {cpu}"), errno),
        };
        let operation = match step {
            BenchStep::Allocate => {
                let abi = match request {
                    TimedRequest::Mainline => RequestAbi::Mainline,
                    TimedRequest::V12 => RequestAbi::V12,
                    TimedRequest::Udmabuf => RequestAbi::Auto,
                };
                let request = AllocationRequest { len: *size, fd_flags: FD_FLAGS, heap_flags: 0, abi };
                return alloc::explain(root, heap, &request, None, errno);
            }
            BenchStep::SyncStart => "start access to",
            BenchStep::SyncEnd => "end access to",
            BenchStep::Touch | BenchStep::Close | BenchStep::Fill | BenchStep::Copy | BenchStep::Verify => "map",
        };
        Error::errno(operation, object, errno)
    }
}

/// A job keeps little on its stack.
const STACK: usize = 128 * 1024;

/// The gate that jobs wait at until all are there.
const CLOSED: u8 = 0;
const OPEN: u8 = 1;
const CANCELLED: u8 = 2;

type Answers = Vec<Result<Option<Swept>, Trouble>>;

/// Runs `slot` in all jobs at once. The first one is done here, the only one where there is one.
fn together(slot: &Slot<'_>, jobs: &mut [Job], look: &mut dyn FnMut()) -> Result<Answers, Error> {
    let Some((first, others)) = jobs.split_first_mut() else { return Ok(Vec::new()) };
    let gate = AtomicU8::new(CLOSED);
    thread::scope(|scope| {
        let mut threads = Vec::with_capacity(others.len());
        for job in others {
            let gate = &gate;
            let started = Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
                let pinned = job.pin();
                while gate.load(Ordering::Acquire) == CLOSED {
                    thread::yield_now();
                }
                // Whatever became of it, the others count on it at their barrier.
                let answer = match gate.load(Ordering::Acquire) {
                    OPEN => slot.run(job, &mut || {}),
                    _ => Ok(None),
                };
                pinned.and(answer)
            });
            match started {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    gate.store(CANCELLED, Ordering::Release);
                    return Err(Error::errno("start", "a thread for a job", errno_of(&error))
                        .with_hint(Hint::FewerJobs("threads")));
                }
            }
        }
        gate.store(OPEN, Ordering::Release);
        let mut answers = vec![slot.run(first, look)];
        answers.extend(threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))));
        Ok(answers)
    })
}
