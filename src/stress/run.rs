//! The run: children, threads, reports, and the end.

use super::failure::Failure;
use super::left::{Before, Mark};
use super::partner::{Partner, spawn};
use super::peer::PeerProcess;
use super::plan::StressPlan;
use super::shared::{Progress, RunState, RunTotals};
use super::step::Choices;
use super::worker::{Setting, Worker};
use crate::error::Error;
use crate::heap::Heap;
use crate::heap::budget::guard::Guard;
use crate::heap::budget::shared::SharedBudget;
use crate::host::Root;
use crate::host::memory::SystemMemory;
use crate::sys::fd::file;
use crate::sys::fd::poll::{self, Deadline, Interest, Timer};
use crate::sys::process::signals::Signals;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::Ordering::Relaxed;
use std::thread::Scope;
use std::time::Instant;

#[derive(Debug)]
pub(crate) struct StressOutcome {
    /// The figures of all of it.
    pub total: Progress,
    /// Everything that was not as it should be.
    pub failures: Vec<Failure>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// Buffers that were held at the end and freed without another look, since the time was up.
    pub unchecked: u64,
}

/// Who hears how a run goes.
pub(crate) trait Reporter {
    /// Returns where reports are written to. None is made while that takes nothing, so nobody who does not read can
    /// keep a run from ending.
    fn outlet(&self) -> BorrowedFd<'_>;
    /// Reports the figures of an interval.
    fn report(&mut self, progress: &Progress) -> Result<(), Error>;
}

/// Runs `plan` and informs `reporter` of its progress.
///
/// # Errors
/// Fails if it cannot begin, and if `reporter` does, which ends it.
pub(crate) fn run(
    root: &Root,
    plan: &StressPlan,
    signals: &Signals,
    reporter: &mut dyn Reporter,
) -> Result<StressOutcome, Error> {
    let deadline = plan.duration.map(Deadline::after);
    let before = Before::now()?;
    let mark = Mark::fresh()?;
    // Nothing of the run is open any more when what is left is looked for.
    let mut outcome = {
        let heaps =
            plan.places.iter().map(|place| Heap::open(root, place, plan.force)).collect::<Result<Vec<_>, _>>()?;
        let guard = Guard::new(root, &plan.places, plan.force, plan.warn);
        let share = plan.share(root, &guard);
        plan.make_room(share);
        plan.check_memory(root, &guard, share)?;
        let budget = SharedBudget::new(root, &guard, &plan.places);

        let shared = RunState::default();
        let choices = Choices { seed: plan.seed, slots: share.slots, heaps: heaps.len(), sizes: plan.sizes };
        let setting = Setting {
            root,
            heaps: &heaps,
            budget: &budget,
            request: plan.request,
            choices,
            share,
            iterations: plan.iterations,
            deadline,
            trace: plan.trace,
            mark: &mark,
            shared: &shared,
        };

        let peers = PeerProcess::start_all(plan.jobs)?;
        let watch = Watch { root, plan, signals, shared: &shared, start: Instant::now() };
        let mut total = RunTotals::default();
        let signal = std::thread::scope(|scope| {
            let ended = start(scope, &setting, peers);
            let kept = ended.and_then(|ended| watch.keep(&ended, &mut total, reporter));
            shared.stop();
            kept
        })?;

        let _rest = shared.take(&mut total);
        let total = watch.with_machine_figures(total.progress());
        let unchecked = shared.unchecked.load(Relaxed);
        StressOutcome { total, failures: shared.take_failures(), signal, unchecked }
    };
    let left = before.left(root, &mark).into_iter();
    outcome.failures.extend(left.map(|error| *Box::<Failure>::from(error)));
    Ok(outcome)
}

/// Starts the jobs. What is answered is at its end when all of them are.
fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    setting: &'scope Setting<'scope>,
    peers: Vec<PeerProcess>,
) -> Result<OwnedFd, Error> {
    let failed = |errno| Error::errno("make", "a pipe", errno);
    let (ended, running) = file::pipe().map_err(failed)?;
    for (job, peer) in peers.into_iter().enumerate() {
        let running = running.try_clone().map_err(|error| failed(file::errno_of(&error)))?;
        let worker = Worker::new(setting, job, Partner::start(scope)?, peer)?;
        spawn(scope, move || {
            worker.work();
            drop(running);
        })?;
    }
    Ok(ended)
}

/// The work of the main thread while the jobs run.
struct Watch<'a> {
    root: &'a Root,
    plan: &'a StressPlan,
    signals: &'a Signals,
    shared: &'a RunState,
    start: Instant,
}

impl Watch<'_> {
    /// Reports until the jobs have ended, whatever ends them.
    fn keep(&self, ended: &OwnedFd, total: &mut RunTotals, reporter: &mut dyn Reporter) -> Result<Option<i32>, Error> {
        let failed = |errno| Error::errno("wait for", "the jobs", errno);
        let pace = Timer::after(self.plan.report).map_err(failed)?;
        // Whether it is time for a report that has not been made.
        let mut is_due = false;
        let mut last = self.start;
        let mut end = None;
        loop {
            let ready = {
                let next = if is_due { (reporter.outlet(), Interest::Write) } else { (pace.as_fd(), Interest::Read) };
                let signals = (self.signals.as_fd(), Interest::Read);
                poll::wait(&[(ended.as_fd(), Interest::Read), signals, next]).map_err(failed)?
            };
            let is_ready = |index: usize| ready.get(index) == Some(&true);
            if is_ready(1) {
                if let Some(caught) = self.signals.next().map_err(failed)? {
                    end = Some(caught.signal);
                    self.shared.stop();
                    // What is held is looked at once more; a second signal ends that.
                    self.signals.put_back().map_err(failed)?;
                }
            }
            if is_ready(0) {
                return Ok(end);
            }
            match (is_ready(2), is_due) {
                (true, true) => {
                    let interval = last.elapsed();
                    last = Instant::now();
                    let progress = Progress { interval, ..self.shared.take(total) };
                    reporter.report(&self.with_machine_figures(progress))?;
                    pace.again(self.plan.report).map_err(failed)?;
                    is_due = false;
                }
                (true, false) => is_due = true,
                (false, _) => {}
            }
        }
    }

    /// Adds the time and what the machine says of its memory.
    fn with_machine_figures(&self, progress: Progress) -> Progress {
        let elapsed = self.start.elapsed();
        let memory = SystemMemory::of(self.root);
        Progress {
            elapsed,
            interval: if progress.is_total { elapsed } else { progress.interval },
            available: memory.map(|memory| memory.available),
            cma_free: memory.and_then(|memory| memory.cma_free),
            ..progress
        }
    }
}
