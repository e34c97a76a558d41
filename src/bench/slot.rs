//! What one job does in one round of one case.

use super::bandwidth::{Differs, Memory, Sweep};
use super::cycle::{Cycle, Refused, Samples, Times, unanswered};
use super::figures::BenchStep;
use crate::sys::clock::Stamp;
use crate::sys::fd::poll::Deadline;
use crate::sys::mem::mapping::Mapping;
use crate::sys::process::affinity;
use crate::sys::{Errno, bench};
use crate::uapi::dma_buf;
use std::os::fd::AsFd;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

/// A thread, with what it needs for all of the run.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) samples: Samples,
    memory: Memory,
    cpu: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoundLimit {
    /// After this many lives of a buffer.
    Iterations(u64),
    /// When this many nanoseconds are over, and not before one life.
    Time(u64),
    /// After the given number of lives, or when the given number of nanoseconds is over.
    Either(u64, u64),
}

pub(super) struct Slot<'a> {
    pub(super) cycle: Cycle<'a>,
    pub(super) until: RoundLimit,
    /// Set by whoever finds that the run is to end.
    pub(super) stop: &'a AtomicBool,
    /// All jobs make each sweep at the same time.
    pub(super) barrier: &'a Barrier,
    /// Takes samples whose room is needed.
    pub(super) overflow: &'a (dyn Fn(&[Times]) + Sync),
    /// Looks whether the budget still has a buffer; called now and then while there is none.
    pub(super) recheck: &'a (dyn Fn() + Sync),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Refused(Refused),
    Differs,
    NotPinned(usize, Errno),
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Nanoseconds of all passes of each of [`Sweep::ALL`].
pub(super) type Sweeps = [u64; 5];

/// The sweeps of a round take turns: one is short, and something may come between.
pub(super) type Swept = [Sweeps; 3];

/// Nanoseconds between two looks for a signal.
const LOOK: u64 = 50_000_000;

/// The loop around what is measured.
pub(crate) struct Lives<'a> {
    pub until: RoundLimit,
    /// Set by whoever finds that it is to end.
    pub stop: &'a AtomicBool,
    /// Takes samples whose room is needed.
    pub overflow: &'a (dyn Fn(&[Times]) + Sync),
    pub begin: Stamp,
}

impl Lives<'_> {
    /// Does `once` again and again; its times are in `samples` at the end. `look` is called now and then.
    #[inline]
    pub(crate) fn go_through<E>(
        &self,
        samples: &mut Samples,
        look: &mut dyn FnMut(),
        mut once: impl FnMut() -> Result<Times, E>,
    ) -> Result<(), E> {
        let (mut count, mut looked) = (0_u64, self.begin);
        loop {
            if samples.push(once()?) {
                (self.overflow)(samples.all());
            }
            count += 1;
            let now = Stamp::now();
            if now.since(looked) > LOOK {
                look();
                looked = now;
            }
            let is_late = |nanoseconds| now.since(self.begin) >= nanoseconds;
            let is_over = match self.until {
                RoundLimit::Iterations(wanted) => count >= wanted,
                RoundLimit::Time(nanoseconds) => is_late(nanoseconds),
                RoundLimit::Either(wanted, nanoseconds) => count >= wanted || is_late(nanoseconds),
            };
            if is_over || self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
    }
}

impl std::fmt::Debug for Lives<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lives").field("until", &self.until).finish_non_exhaustive()
    }
}

impl Job {
    /// Makes a job whose memory is not all there once the `deadline` has passed.
    pub(super) fn new(size: u64, cpu: Option<usize>, deadline: Option<Deadline>) -> Result<Self, Errno> {
        Ok(Self { samples: Samples::new(), memory: Memory::new(size, deadline)?, cpu })
    }

    pub(super) fn pin(&self) -> Result<(), Trouble> {
        let Some(cpu) = self.cpu else { return Ok(()) };
        affinity::keep_on(&[cpu]).map_err(|errno| Trouble::NotPinned(cpu, errno))
    }
}

impl Slot<'_> {
    /// Sweeps, then goes through lives until it is time. `look` is called now and then; the samples are in `job`.
    /// Returns the sweeps, unless there is no mapping or the run was stopped.
    ///
    /// # Errors
    /// Fails with what the kernel refused; nothing is left of that buffer.
    pub(super) fn run(&self, job: &mut Job, look: &mut dyn FnMut()) -> Result<Option<Swept>, Trouble> {
        let begin = Stamp::now();
        job.samples.clear();
        let swept = if self.cycle.mapped { self.sweep(&mut job.memory, look) } else { Ok(None) };
        // Whoever failed must not keep the others waiting: no barrier follows.
        let swept = swept?;
        if self.stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.live(&mut job.samples, begin, look)?;
        Ok(swept)
    }

    fn live(&self, samples: &mut Samples, begin: Stamp, look: &mut dyn FnMut()) -> Result<(), Trouble> {
        let Self { cycle, until, stop, overflow, recheck, .. } = self;
        let mut look = || {
            look();
            recheck();
        };
        Ok(Lives { until: *until, stop, overflow, begin }.go_through(samples, &mut look, || cycle.once())?)
    }

    /// Every job comes to the barrier before each sweep of each turn, whatever happens to it.
    fn sweep(&self, memory: &mut Memory, look: &mut dyn FnMut()) -> Result<Option<Swept>, Trouble> {
        let size = self.cycle.size;
        let at = |step| move |errno| Refused { step, errno };
        let buffer = bench::heap_alloc(self.cycle.heap, size, self.cycle.fd_flags, self.cycle.request)
            .map_err(at(BenchStep::Allocate));
        let ready = buffer.and_then(|(buffer, _)| {
            let (mapping, _) =
                Mapping::touched(buffer.as_fd(), size, unanswered(size)).map_err(at(BenchStep::Touch))?;
            bench::buffer_sync(buffer.as_fd(), dma_buf::SYNC_START | dma_buf::SYNC_RW)
                .map_err(at(BenchStep::SyncStart))?;
            Ok((buffer, mapping))
        });
        let mut state = ready.as_ref().map(|_| ()).map_err(|refused| Trouble::from(*refused));
        let mut swept = Swept::default();
        memory.shift();
        for turn in &mut swept {
            for (time, sweep) in turn.iter_mut().zip(Sweep::ALL) {
                look();
                self.barrier.wait();
                if let (Ok(()), Ok((_, mapping)), false) = (state, &ready, self.stop.load(Ordering::Relaxed)) {
                    match memory.sweep(sweep, mapping, size) {
                        Ok(nanoseconds) => *time = nanoseconds,
                        Err(Differs) => state = Err(Trouble::Differs),
                    }
                }
            }
        }
        state?;
        let (buffer, _mapping) = ready?;
        bench::buffer_sync(buffer.as_fd(), dma_buf::SYNC_END | dma_buf::SYNC_RW).map_err(at(BenchStep::SyncEnd))?;
        Ok((!self.stop.load(Ordering::Relaxed)).then_some(swept))
    }
}
