//! Attending to children: signals as a descriptor, reaping, waiting for several things at once.

use super::{Errno, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, kill, raise, signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Makes this process the one that orphaned descendants are given to.
pub fn become_subreaper() -> Result<()> {
    nix::sys::prctl::set_child_subreaper(true)
}

/// Signals that are received as data instead of acting on this process.
#[derive(Debug)]
pub struct Signals {
    source: SignalFd,
    before: SigSet,
}

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Which.
    pub signal: i32,
    /// Whether a process sent it, rather than the kernel (as for Ctrl-C on the terminal).
    pub from_process: bool,
}

impl Signals {
    /// Signals that a wrapper passes on. Those that stop a job keep their effect, so that the whole job
    /// stops; those that report a fault of this process do, too.
    const PASSED_ON: [Signal; 10] = [
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGTERM,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGALRM,
        Signal::SIGWINCH,
        Signal::SIGPWR,
        Signal::SIGVTALRM,
    ];

    /// Takes the signals over, with SIGCHLD, and remembers the mask that was set before.
    pub fn take() -> Result<Self> {
        let mut set: SigSet = Self::PASSED_ON.into_iter().collect();
        set.add(Signal::SIGCHLD);
        let mut blocked = set;
        // A file size limit of the command is no reason for this process to die: EFBIG tells as much.
        blocked.add(Signal::SIGXFSZ);
        let mut before = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&blocked), Some(&mut before))?;
        let source = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok(Self { source, before })
    }

    /// Puts the mask back: what a command shall find.
    pub fn put_back(&self) -> Result<()> {
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None)
    }

    /// The next signal that came, if any.
    pub fn next(&self) -> Result<Option<Received>> {
        Ok(self
            .source
            .read_signal()?
            .map(|info| Received { signal: info.ssi_signo as i32, from_process: info.ssi_code <= 0 }))
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl Received {
    /// Whether a child has changed its state.
    #[must_use]
    pub fn is_child(&self) -> bool {
        self.signal == Signal::SIGCHLD as i32
    }
}

/// How a child has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It ended with this status.
    Exited(u8),
    /// A signal ended it.
    Killed(i32),
    /// A signal stopped it.
    Stopped(i32),
}

/// The next child that has changed, without waiting for one. `None`: none has, or there is none.
pub fn next_change() -> Option<(u32, Change)> {
    loop {
        let status = match waitpid(None, Some(WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED)) {
            Ok(WaitStatus::StillAlive) => return None,
            Ok(status) => status,
            Err(Errno::EINTR) => continue,
            Err(_) => return None,
        };
        match status {
            WaitStatus::Exited(child, status) => return Some((child.as_raw() as u32, Change::Exited(status as u8))),
            WaitStatus::Signaled(child, signal, _) => {
                return Some((child.as_raw() as u32, Change::Killed(signal as i32)));
            }
            WaitStatus::Stopped(child, signal) => return Some((child.as_raw() as u32, Change::Stopped(signal as i32))),
            _ => {}
        }
    }
}

/// kill(2) with a signal that was received.
pub fn send_signal(process: u32, number: i32) -> Result<()> {
    kill(Pid::from_raw(process as libc::pid_t), Signal::try_from(number)?)
}

/// Stops this process as its child was stopped, and continues the child when this process goes on.
pub fn stop_with(child: u32) -> Result<()> {
    raise(Signal::SIGSTOP)?;
    kill(Pid::from_raw(child as libc::pid_t), Signal::SIGCONT)
}

/// Ends this process by `number`, so that its parent sees what ended the command. Returns if it cannot.
pub fn die_by(number: i32) -> Result<()> {
    let signal_number = Signal::try_from(number)?;
    // The command may have left a core file; a second one, of this process, would only mislead.
    nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0)?;
    if !matches!(signal_number, Signal::SIGKILL | Signal::SIGSTOP) {
        // SAFETY: SIG_DFL installs no handler, so no code of ours runs in signal context.
        unsafe { signal(signal_number, SigHandler::SigDfl) }?;
    }
    let set: SigSet = [signal_number].into_iter().collect();
    sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&set), None)?;
    raise(signal_number)
}

/// What is ready of what was waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// There is something to read.
    pub readable: bool,
    /// The other side is gone.
    pub hung_up: bool,
}

/// Waits until one of `sources` is ready or `timeout` is over; `None` waits for ever.
pub fn wait_for<const N: usize>(sources: [BorrowedFd<'_>; N], timeout: Option<Duration>) -> Result<[Ready; N]> {
    let mut fds = sources.map(|fd| PollFd::new(fd, PollFlags::POLLIN));
    let timeout = match timeout {
        None => PollTimeout::NONE,
        // Rounded up, so that what is due at the end is due.
        Some(duration) => PollTimeout::try_from(duration.as_millis().saturating_add(1)).unwrap_or(PollTimeout::MAX),
    };
    match poll(&mut fds, timeout) {
        Ok(_) => {}
        Err(Errno::EINTR) => return Ok([Ready::default(); N]),
        Err(errno) => return Err(errno),
    }
    Ok(fds.map(|fd| {
        let events = fd.revents().unwrap_or(PollFlags::empty());
        Ready { readable: events.contains(PollFlags::POLLIN), hung_up: events.contains(PollFlags::POLLHUP) }
    }))
}
