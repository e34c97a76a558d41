//! Signals as something to wait for, and putting them back for a command.

use super::{Errno, Result, startup};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::{AsFd, BorrowedFd};

/// SIGHUP, SIGINT, SIGQUIT, SIGTERM: what a person or a supervisor sends to end a process.
pub const ENDING: &[i32] = &[libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM];

/// What a parent passes on to its child.
pub const PASSED_ON: &[i32] = &[libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2];

/// Somebody wrote to a pipe whose reader is gone.
pub const PIPE: i32 = libc::SIGPIPE;

/// Stops a process, whatever it does against it.
pub const STOP: i32 = libc::SIGSTOP;

/// Ends a process, whatever it does against it.
pub const KILL: i32 = libc::SIGKILL;

/// Lets a stopped process go on.
pub const CONTINUE: i32 = libc::SIGCONT;

/// A child has ended.
pub const CHILD: i32 = libc::SIGCHLD;

/// SIGINT and SIGQUIT come from a terminal to every process of its foreground group.
pub const FROM_A_TERMINAL: &[i32] = &[libc::SIGINT, libc::SIGQUIT, libc::SIGHUP];

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caught {
    /// Its number.
    pub signal: i32,
    /// Whether the kernel sent it by itself, as it does for a key of a terminal, and no process did.
    pub by_kernel: bool,
}

/// Signals that are blocked and come through a descriptor instead.
#[derive(Debug)]
pub struct Signals {
    fd: SignalFd,
    before: SigSet,
    ignores_pipes: bool,
}

impl Signals {
    /// Takes those of `numbers` that are not ignored: an ignored signal stays ignored.
    pub fn take(numbers: &[i32]) -> Result<Self> {
        let mut set = SigSet::empty();
        for number in numbers {
            // A blocked signal is delivered even if it is ignored (sig_ignored in kernel/signal.c).
            if *number == CHILD || !is_ignored(*number)? {
                set.add(Signal::try_from(*number)?);
            }
        }
        let fd = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let mut before = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&set), Some(&mut before))?;
        Ok(Self { fd, before, ignores_pipes: false })
    }

    /// Ignores SIGPIPE too, so that a reader that goes away is EPIPE for who writes, and cannot end this process before
    /// it has cleaned up.
    ///
    /// It is not blocked, as the others are: then it would come at [`put_back`](Self::put_back).
    pub fn ignoring_broken_pipes(mut self) -> Result<Self> {
        // SAFETY: SIG_IGN installs no handler, so no code of ours runs in signal context.
        unsafe { nix::sys::signal::signal(Signal::SIGPIPE, nix::sys::signal::SigHandler::SigIgn) }?;
        self.ignores_pipes = true;
        Ok(self)
    }

    /// A signal that has come, if one has.
    pub fn next(&self) -> Result<Option<Caught>> {
        let info = self.fd.read_signal()?;
        Ok(info.map(|info| Caught { signal: info.ssi_signo as i32, by_kernel: info.ssi_code == libc::SI_KERNEL }))
    }

    /// Gives the signals the mask back that they had. One that came and was not taken by
    /// [`next`](Self::next) does now what it does.
    pub fn put_back(&self) -> Result<()> {
        if self.ignores_pipes {
            startup::restore_sigpipe()?;
        }
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None)
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Runs `body` without a signal in between: what comes meanwhile does afterwards what it does. Nothing but SIGKILL and
/// faults of this thread's own end it half-way. For the only thread, as others take signals, too.
pub fn put_off<T>(body: impl FnOnce() -> T) -> T {
    let mut before = SigSet::empty();
    // Where it cannot be done, which sigprocmask(2) does not know for these arguments, `body` is as good as without.
    let is_blocked = sigprocmask(SigmaskHow::SIG_BLOCK, Some(&SigSet::all()), Some(&mut before)).is_ok();
    let answer = body();
    if is_blocked {
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    }
    answer
}

/// Whether a signal is ignored.
pub(super) fn is_ignored(number: i32) -> Result<bool> {
    // SAFETY: an all-zero sigaction is a valid value of this plain C structure; with a null new action
    // the call only writes the present one into it.
    let (answer, action) = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        (libc::sigaction(number, std::ptr::null(), &raw mut action), action)
    };
    Errno::result(answer)?;
    Ok(action.sa_sigaction == libc::SIG_IGN)
}

/// Lets ended children be waited for: with SIGCHLD ignored the kernel throws their status away. Answers
/// whether it was ignored.
pub fn keep_children() -> Result<bool> {
    let ignored = is_ignored(CHILD)?;
    if ignored {
        // SAFETY: SIG_DFL installs no handler, so no code of ours runs in signal context.
        unsafe { nix::sys::signal::signal(Signal::SIGCHLD, nix::sys::signal::SigHandler::SigDfl) }?;
    }
    Ok(ignored)
}

/// Ignores SIGCHLD again, for a command whose caller ignored it.
pub fn ignore_children() -> Result<()> {
    // SAFETY: SIG_IGN installs no handler.
    unsafe { nix::sys::signal::signal(Signal::SIGCHLD, nix::sys::signal::SigHandler::SigIgn) }.map(drop)
}

/// The number of a signal, shown as its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub i32);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&name(self.0))
    }
}

/// The name of a signal, as its header spells it: `SIGINT`.
#[must_use]
pub fn name(number: i32) -> String {
    Signal::try_from(number).map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().to_owned())
}

/// Sends a signal to a process.
pub fn send(process: u32, signal: i32) -> Result<()> {
    let process = nix::unistd::Pid::from_raw(i32::try_from(process).map_err(|_| Errno::ESRCH)?);
    nix::sys::signal::kill(process, Signal::try_from(signal)?)
}

/// Ends this process by `signal`, so that its parent sees by what. Answers only if that fails.
pub fn die_by(signal: i32) -> Errno {
    let result = Signal::try_from(signal).and_then(|signal| {
        let mut set = SigSet::empty();
        set.add(signal);
        nix::sys::signal::raise(signal)?;
        set.thread_unblock()
    });
    result.err().unwrap_or(Errno::EINVAL)
}
