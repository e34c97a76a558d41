//! The threads that receive calls and answer them.
//!
//! Answering can mean to wait for what a command controls: a page of its memory that is never delivered
//! (userfaultfd), a file system that it serves itself (FUSE). Nothing limits that time. So calls are
//! answered by threads, one as long as it gets on, and another one looks after them: when all have been
//! busy with one call each for [`PATIENCE`], it starts as many more. Those that are too many end.

use super::handlers;
use super::supervisor::Supervisor;
use super::syscall::unsupported::UnsupportedPrograms;
use crate::sys::Errno;
use crate::sys::fd::file;
use crate::sys::fd::poll::{self, Interest, Timer};
use crate::sys::sim::seccomp::{Notification, SeccompListener};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a thread may be busy with one call until others are started.
const PATIENCE: Duration = Duration::from_millis(100);
/// Bytes of a thread's stack: two paths, two links and what std needs for files.
const STACK: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct Workers {
    supervisor: Supervisor,
    unsupported: UnsupportedPrograms,
    listener: SeccompListener,
    /// Becomes readable when a buffer that is counted has ended.
    ended_buffers: OwnedFd,
    threads: Mutex<Vec<Arc<WorkerProgress>>>,
    /// Threads that wait for a call.
    idle: AtomicUsize,
    /// How many threads may wait for a call, one, or as many as were started because all others were stuck: they are to
    /// stay although there is no call for them yet.
    most_idle: AtomicUsize,
    /// Runs while calls come in, to check the threads.
    watchdog: Timer,
    watchdog_armed: AtomicBool,
}

#[derive(Debug, Default)]
struct WorkerProgress {
    /// One more whenever it begins or ends a call: odd while it is busy.
    steps: AtomicU64,
    /// `steps` when it was looked at last.
    seen: AtomicU64,
}

/// The state of the threads.
#[derive(Clone, Copy, Debug, Default)]
struct WorkerSurvey {
    threads: usize,
    /// Threads that are busy with the same call as at the last look.
    stuck: usize,
    /// Whether any has done something since, or is busy.
    active: bool,
}

impl Workers {
    pub(super) fn new(
        supervisor: Supervisor,
        unsupported: UnsupportedPrograms,
        listener: SeccompListener,
    ) -> Result<Arc<Self>, Errno> {
        let ended_buffers = supervisor.heaps.ended_buffers()?;
        let watchdog = Timer::after(PATIENCE)?;
        Ok(Arc::new(Self {
            supervisor,
            unsupported,
            listener,
            ended_buffers,
            threads: Mutex::default(),
            idle: AtomicUsize::new(0),
            most_idle: AtomicUsize::new(1),
            watchdog,
            watchdog_armed: AtomicBool::new(true),
        }))
    }

    /// Serves until the last process that has the filter is gone. Returns whether the command was refused and killed.
    /// Threads may be left that wait for ever; they end with the process.
    pub(super) fn run(self: &Arc<Self>) -> Result<bool, Errno> {
        let end = self.start().and_then(|()| self.supervise());
        // A thread that waits for ever keeps all of this.
        self.supervisor.vfs.backing.remove();
        end.map(|()| self.unsupported.has_refused_the_command())
    }

    fn supervise(self: &Arc<Self>) -> Result<(), Errno> {
        loop {
            let sources = [
                (self.listener.as_fd(), Interest::HangUp),
                (self.ended_buffers.as_fd(), Interest::Read),
                (self.watchdog.as_fd(), Interest::Read),
            ];
            let ready = poll::wait(&sources)?;
            let [hung_up, ended, time] = ready[..] else { return Err(Errno::EPROTO) };
            if hung_up {
                return Ok(());
            }
            if ended {
                self.supervisor.heaps.collect();
            }
            if time {
                self.check_threads()?;
            }
        }
    }

    /// Starts more threads where all that there are get nowhere.
    fn check_threads(self: &Arc<Self>) -> Result<(), Errno> {
        // Only what has run out can be read without waiting.
        file::read(self.watchdog.as_fd(), &mut [0; 8])?;
        let survey = self.survey();
        let all_stuck = survey.stuck == survey.threads;
        self.most_idle.store(if all_stuck { survey.stuck.max(1) } else { 1 }, Ordering::SeqCst);
        if all_stuck {
            for _ in 0..survey.stuck.max(1) {
                if self.start().is_err() {
                    // There is no room for a thread; the next look tries again.
                    break;
                }
            }
        }
        if survey.active || all_stuck {
            return self.watchdog.again(PATIENCE);
        }
        self.watchdog_armed.store(false, Ordering::SeqCst);
        // A call that began before it could see that.
        if self.survey().active { self.arm_watchdog() } else { Ok(()) }
    }

    fn survey(&self) -> WorkerSurvey {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let mut survey = WorkerSurvey { threads: threads.len(), ..WorkerSurvey::default() };
        for progress in threads.iter() {
            let steps = progress.steps.load(Ordering::SeqCst);
            let is_new = progress.seen.swap(steps, Ordering::Relaxed) != steps;
            let is_busy = steps % 2 == 1;
            survey.stuck += usize::from(is_busy && !is_new);
            survey.active |= is_busy || is_new;
        }
        survey
    }

    /// Looks at the threads after [`PATIENCE`], if that is not about to happen.
    fn arm_watchdog(&self) -> Result<(), Errno> {
        if self.watchdog_armed.load(Ordering::SeqCst) || self.watchdog_armed.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        self.watchdog.again(PATIENCE)
    }

    fn start(self: &Arc<Self>) -> Result<(), Errno> {
        let progress = Arc::new(WorkerProgress::default());
        let (workers, own) = (Arc::clone(self), Arc::clone(&progress));
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(progress);
        let serve = move || {
            workers.serve(&own);
            workers.forget(&own);
        };
        let started = std::thread::Builder::new().stack_size(STACK).spawn(serve);
        if started.is_err() {
            let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            threads.pop();
        }
        started.map(drop).map_err(|error| file::errno_of(&error))
    }

    fn forget(&self, own: &Arc<WorkerProgress>) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|progress| !Arc::ptr_eq(progress, own));
    }

    /// Receives and answers until enough others wait for a call.
    fn serve(self: &Arc<Self>, progress: &WorkerProgress) {
        loop {
            let others = self.idle.fetch_add(1, Ordering::SeqCst);
            let received = (others < self.most_idle.load(Ordering::SeqCst)).then(|| self.listener.receive());
            self.idle.fetch_sub(1, Ordering::SeqCst);
            match received {
                Some(Ok(notification)) => {
                    progress.steps.fetch_add(1, Ordering::SeqCst);
                    // A timer that cannot be set is one that is never waited for.
                    let _ = self.arm_watchdog();
                    self.finish(notification);
                    progress.steps.fetch_add(1, Ordering::SeqCst);
                }
                // The call went away (ENOENT, EINTR), or no process is left that could make one.
                Some(Err(_)) if !poll::has_hung_up(self.listener.as_fd()) => {}
                Some(Err(_)) | None => return,
            }
        }
    }

    /// Answers a call; at once, or in a thread of its own when it is due.
    fn finish(self: &Arc<Self>, notification: Notification) {
        let Some(delay) = handlers::delay(&self.supervisor, &notification) else { return self.answer(&notification) };
        let workers = Arc::clone(self);
        let late = move || {
            poll::sleep(delay);
            workers.answer(&notification);
        };
        // Where there is no room for a thread, other callers wait as well.
        if std::thread::Builder::new().stack_size(STACK).spawn(late).is_err() {
            poll::sleep(delay);
            self.answer(&notification);
        }
    }

    fn answer(&self, notification: &Notification) {
        let unsupported = self.unsupported.refuse(&self.listener, notification);
        let answer = unsupported.unwrap_or_else(|| handlers::answer(&self.supervisor, &self.listener, notification));
        // A caller that has been killed needs none.
        let _ = self.listener.send(notification.id, answer);
    }
}
