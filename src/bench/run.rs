//! The rounds.

use super::bandwidth::passes;
use super::cycle::{Refused, Times};
use super::figures::{Bandwidth, Figure, QUANTILES, Run, Step};
use super::plan::{Amount, FD_FLAGS, Plan};
use super::slot::{Job, Slot, Swept, Trouble, Until};
use super::statistics::{median, median_time};
use crate::error::Error;
use crate::heap::guard::Volunteer;
use crate::heap::{Abi, Heap, Request, allocate};
use crate::machine::{Root, simulation};
use crate::measure::{Clock, Latency};
use crate::sys::file::errno_of;
use crate::sys::{Errno, system};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread::{self, Builder};

/// Who looks on.
pub trait Watcher {
    /// A heap and a size are next. Called with nothing being measured.
    fn next(&mut self, heap: &str, size: u64);
    /// Whether the run shall end: asked some times a second.
    fn is_interrupted(&mut self) -> bool;
}

/// A heap and a size, and what is known of them so far.
#[derive(Debug)]
pub(super) struct Case {
    heap: usize,
    pub(super) size: u64,
    pub(super) v12: bool,
    pub(super) mapped: bool,
    times: Vec<Latency>,
    rounds: [Vec<f64>; 8],
    rates: [Vec<(f64, f64)>; 3],
}

impl Case {
    /// Bytes that a case takes for its figures, more or less.
    pub(super) const MEMORY: u64 = 8 * 280 * 1024;

    pub(super) fn new(heap: usize, size: u64, v12: bool, mapped: bool) -> Self {
        let times = Step::ALL.iter().map(|_| Latency::new()).collect();
        Self { heap, size, v12, mapped, times, rounds: Default::default(), rates: Default::default() }
    }

    fn record(&mut self, times: &[Times]) {
        for one in times {
            self.times.iter_mut().zip(one).for_each(|(latency, time)| latency.record(*time));
        }
    }

    /// A job's sweeps count as so many passes.
    fn record_swept(&mut self, swept: &[Swept]) {
        for [_, fill, _, copy, verify] in swept {
            for (latency, time) in self.times[Step::LATENCIES.len()..].iter_mut().zip([fill, copy, verify]) {
                latency.record_many(*time, passes(self.size));
            }
        }
    }

    /// A round that was gone through to its end.
    fn end_round(&mut self, jobs: &[Job], swept: &[Swept]) {
        for (index, values) in self.rounds[..Step::LATENCIES.len()].iter_mut().enumerate() {
            let mut times: Vec<u64> = jobs.iter().flat_map(|job| job.samples.all().iter().map(|t| t[index])).collect();
            values.extend(median_time(&mut times).map(|time| time as f64));
        }
        // All jobs together: the sum of what each moves in a second.
        let rate =
            |sweep: usize| swept.iter().map(|times| self.size as f64 * 1e9 / times[sweep].max(1) as f64).sum::<f64>();
        for (index, (own, baseline)) in [(1, 0), (3, 2), (4, 2)].into_iter().enumerate() {
            if !swept.is_empty() {
                let (own, baseline) = (rate(own), rate(baseline));
                self.rates[index].push((own, baseline));
                self.rounds[Step::LATENCIES.len() + index].push(own / baseline);
            }
        }
    }

    fn figures(&self, heap: &str) -> Vec<Figure> {
        let one = |(index, step): (usize, Step)| {
            // A step that is not made has no times.
            let unknown = Latency::default();
            let times = if self.mapped || !step.is_mapped() { &self.times[index] } else { &unknown };
            Figure {
                heap: heap.to_owned(),
                size: self.size,
                step,
                times: times.summary(),
                curve: QUANTILES.iter().map(|quantile| times.quantile(*quantile)).collect(),
                rounds: if times.count() > 0 { self.rounds[index].clone() } else { Vec::new() },
                bandwidth: index.checked_sub(Step::LATENCIES.len()).and_then(|index| self.bandwidth(index)),
            }
        };
        Step::ALL.into_iter().enumerate().map(one).collect()
    }

    fn bandwidth(&self, index: usize) -> Option<Bandwidth> {
        let of = |value: fn(&(f64, f64)) -> f64| median(&self.rates[index].iter().map(value).collect::<Vec<_>>());
        Some(Bandwidth {
            bytes: self.times[Step::LATENCIES.len() + index].count().saturating_mul(self.size),
            rate: of(|(own, _)| *own)? as u64,
            baseline: of(|(_, baseline)| *baseline)? as u64,
            ratio: of(|(own, baseline)| own / baseline)?,
        })
    }
}

/// A run that can begin.
#[derive(Debug)]
pub struct Prepared {
    plan: Plan,
    heaps: Vec<Heap>,
    cases: Vec<Case>,
    jobs: Vec<Job>,
    unmapped: Vec<(String, Errno)>,
    clock: Clock,
    _volunteer: Option<Volunteer>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What was measured until then.
    pub run: Run,
    /// Whether that is all.
    pub complete: bool,
    /// Why it is not, unless it was interrupted.
    pub failure: Option<Error>,
}

impl Prepared {
    pub(super) fn new(
        plan: Plan,
        heaps: Vec<Heap>,
        cases: Vec<Case>,
        jobs: Vec<Job>,
        unmapped: Vec<(String, Errno)>,
        clock: Clock,
        volunteer: Option<Volunteer>,
    ) -> Self {
        Self { plan, heaps, cases, jobs, unmapped, clock, _volunteer: volunteer }
    }

    /// Heaps whose buffers cannot be mapped, with the kernel's answer: they have latencies only.
    #[must_use]
    pub fn unmapped(&self) -> &[(String, Errno)] {
        &self.unmapped
    }

    /// The clock that it is measured by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How often [`Watcher::next`] will be called.
    #[must_use]
    pub fn slots(&self) -> u64 {
        let rounds = self.plan.rounds() + usize::from(self.plan.warmup > 0);
        (rounds * self.cases.len()) as u64
    }

    /// Measures.
    #[must_use]
    pub fn run(mut self, root: &Root, watcher: &mut dyn Watcher) -> Outcome {
        let rounds = self.plan.rounds();
        let mut done = 0;
        let outcome = self.all_rounds(root, watcher, rounds, &mut done);
        let figures = self.cases.iter().flat_map(|case| case.figures(self.heaps[case.heap].name()));
        let (kernel, machine) = system::kernel();
        let run = Run {
            kernel,
            machine,
            simulated: simulation::is_simulated(),
            figures: figures.collect(),
            clock: self.clock,
            jobs: self.plan.jobs,
            cpus: self.plan.cpus,
            rounds: done,
        };
        Outcome { run, complete: done == rounds, failure: outcome.err() }
    }

    fn all_rounds(
        &mut self,
        root: &Root,
        watcher: &mut dyn Watcher,
        rounds: usize,
        done: &mut usize,
    ) -> Result<(), Error> {
        if let Some(job) = self.jobs.first() {
            job.pin().map_err(|trouble| self.explain(root, 0, trouble))?;
        }
        if self.plan.warmup > 0 && !self.round(root, watcher, None)? {
            return Ok(());
        }
        for round in 0..rounds {
            if !self.round(root, watcher, Some(round))? {
                return Ok(());
            }
            *done += 1;
        }
        Ok(())
    }

    /// One round of all cases; that of the warm-up has no number. False if it was interrupted.
    fn round(&mut self, root: &Root, watcher: &mut dyn Watcher, round: Option<usize>) -> Result<bool, Error> {
        let until = self.until(round);
        for index in 0..self.cases.len() {
            if watcher.is_interrupted() {
                return Ok(false);
            }
            watcher.next(self.heaps[self.cases[index].heap].name(), self.cases[index].size);
            if !self.slot(root, watcher, index, until, round.is_some())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The share of a round.
    fn until(&self, round: Option<usize>) -> Until {
        let rounds = self.plan.rounds() as u64;
        match (round, self.plan.amount) {
            (None, _) => Until::Iterations(self.plan.warmup),
            (Some(round), Amount::Iterations(count)) => {
                Until::Iterations(count / rounds + u64::from((round as u64) < count % rounds))
            }
            (Some(_), Amount::Duration(duration)) => {
                let share = duration.as_nanos() / u128::from(rounds) / self.cases.len().max(1) as u128;
                Until::Time(u64::try_from(share).unwrap_or(u64::MAX))
            }
        }
    }

    fn slot(
        &mut self,
        root: &Root,
        watcher: &mut dyn Watcher,
        index: usize,
        until: Until,
        counts: bool,
    ) -> Result<bool, Error> {
        let (stop, barrier) = (AtomicBool::new(false), Barrier::new(self.jobs.len()));
        let case = &mut self.cases[index];
        let cycle = case.cycle(&self.heaps[case.heap]);
        let shared = Mutex::new(case);
        let overflow = |times: &[Times]| {
            if counts {
                shared.lock().unwrap_or_else(PoisonError::into_inner).record(times);
            }
        };
        let slot = Slot { cycle, until, stop: &stop, barrier: &barrier, overflow: &overflow };
        let mut look = || {
            if watcher.is_interrupted() {
                stop.store(true, Ordering::Relaxed);
            }
        };
        let answers = together(&slot, &mut self.jobs, &mut look);
        let case = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_stopped = stop.load(Ordering::Relaxed);
        let answers = answers?;
        if counts {
            self.jobs.iter().for_each(|job| case.record(job.samples.recent()));
        }
        let swept = match answers.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(swept) => swept.into_iter().flatten().collect::<Vec<Swept>>(),
            Err(trouble) => return Err(self.explain(root, index, trouble)),
        };
        if counts {
            case.record_swept(&swept);
            if !is_stopped {
                case.end_round(&self.jobs, &swept);
            }
        }
        Ok(!is_stopped)
    }

    fn explain(&self, root: &Root, case: usize, trouble: Trouble) -> Error {
        let Case { heap, size, v12, .. } = &self.cases[case];
        let heap = &self.heaps[*heap];
        let object = format!("{size} bytes from {}", heap.name());
        let Refused { step, errno } = match trouble {
            Trouble::Refused(refused) => refused,
            Trouble::Differs => return Error::refused("verify", object, "it does not hold what it was filled with"),
            Trouble::NotPinned(cpu, errno) => return Error::errno("pin to", format!("CPU {cpu}"), errno),
        };
        let operation = match step {
            Step::Allocate => {
                let abi = if *v12 { Abi::V12 } else { Abi::Mainline };
                let request = Request { len: *size, fd_flags: FD_FLAGS, heap_flags: 0, abi };
                return allocate::explain(root, heap, &request, None, errno);
            }
            _ if errno == Errno::EFAULT => {
                return Error::refused("access", object, "the memory does not answer (SIGBUS)");
            }
            Step::SyncStart => "start access to",
            Step::SyncEnd => "end access to",
            Step::Touch | Step::Close | Step::Fill | Step::Copy | Step::Verify => "map",
        };
        Error::errno(operation, object, errno)
    }
}

/// What is on the stack of a job is small.
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
                        .with_hint("fewer --jobs need fewer threads"));
                }
            }
        }
        gate.store(OPEN, Ordering::Release);
        let mut answers = vec![slot.run(first, look)];
        answers.extend(threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))));
        Ok(answers)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_gives_a_median_a_ratio_and_rates_of_all_jobs() {
        let mut case = Case::new(0, 1 << 20, false, true);
        let mut jobs = vec![Job::new(4096, None).unwrap(), Job::new(4096, None).unwrap()];
        for (job, times) in jobs.iter_mut().zip([[1, 10, 100, 1000, 5], [3, 30, 300, 3000, 7]]) {
            job.samples.push(times);
        }
        // Memset, fill, memcpy, copy, verify.
        let swept = [[1_000, 2_000, 1_000, 4_000, 8_000]; 2];
        jobs.iter().for_each(|job| case.record(job.samples.recent()));
        case.record_swept(&swept);
        case.end_round(&jobs, &swept);
        let figures = case.figures("camera");
        assert_eq!(figures.iter().map(|figure| figure.step).collect::<Vec<_>>(), Step::ALL);
        assert_eq!((figures[0].times.count, figures[0].times.min, figures[0].times.max), (2, 1, 3));
        assert_eq!(figures[1].rounds, [10.0]);
        let fill = figures[5].bandwidth.unwrap();
        assert_eq!(
            fill,
            Bandwidth { bytes: 2 << 20, rate: 2 * 524_288_000_000, baseline: 2 * 1_048_576_000_000, ratio: 0.5 }
        );
        assert_eq!(figures[5].times.count, 2);
        assert_eq!(figures[6].bandwidth.unwrap().ratio, 0.25);
        assert_eq!(figures[7].rounds, [0.125]);
    }

    #[test]
    fn what_is_not_mapped_has_no_figures_of_its_memory() {
        let mut case = Case::new(0, 4096, false, false);
        let mut jobs = vec![Job::new(4096, None).unwrap()];
        jobs[0].samples.push([1, 0, 2, 3, 4]);
        case.record(jobs[0].samples.recent());
        case.end_round(&jobs, &[]);
        let figures = case.figures("secure");
        let measured: Vec<Step> =
            figures.iter().filter(|figure| figure.is_measured()).map(|figure| figure.step).collect();
        assert_eq!(measured, [Step::Allocate, Step::SyncStart, Step::SyncEnd, Step::Close]);
        assert!(figures[1].rounds.is_empty() && figures[5].bandwidth.is_none());
    }
}
