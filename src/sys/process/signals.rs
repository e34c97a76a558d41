//! Signals as something to wait for, and putting them back for a command.

use crate::sys::fd::poll;
use crate::sys::process::startup;
use crate::sys::{Errno, Result};
use nix::sys::signal::{SigEvent, SigSet, SigevNotify, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// The signals that end a process without a handler and do not report a fault of its own: where something is to be
/// cleaned up, all of them are taken.
pub(crate) const ENDING: &[i32] = &[
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGXCPU,
    libc::SIGIO,
    libc::SIGPWR,
];

/// The signals that a parent passes on to its child.
pub(crate) const PASSED_ON: &[i32] =
    &[libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2];

/// The time of this process is up, as [`crate::sys::process::alarm`] has set it.
pub(crate) const ALARM: i32 = libc::SIGALRM;

/// Someone wrote to a pipe whose reader is gone.
pub(crate) const PIPE: i32 = libc::SIGPIPE;

/// Stops a process, whatever it does against it.
pub(crate) const STOP: i32 = libc::SIGSTOP;

/// Ends a process, whatever it does against it.
pub(crate) const KILL: i32 = libc::SIGKILL;

pub(crate) const CHILD: i32 = libc::SIGCHLD;

/// Signals that keep their effect on this process: those that report a fault of its own. SIGKILL and SIGSTOP cannot be
/// taken.
const ITS_OWN: [i32; 8] = [
    libc::SIGKILL,
    libc::SIGSTOP,
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGSYS,
];
/// Signals that do nothing to a process that has no handler, or let it go on.
const HARMLESS: [i32; 4] = [libc::SIGCHLD, libc::SIGURG, libc::SIGWINCH, libc::SIGCONT];
/// Signals that stop a process that has no handler.
const STOPPING: [i32; 3] = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];
/// `_NSIG` of every architecture that is supported.
const LAST: i32 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caught {
    pub signal: i32,
    /// Whether another process sent it, rather than the kernel (as for a key of the terminal, which the whole foreground
    /// job gets) or this process itself (by writing to a pipe that nobody reads).
    pub from_process: bool,
}

/// The effect of a signal on a process that has no handler for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    None,
    Stop,
    End,
}

/// Signals that are blocked and come through a descriptor instead.
#[derive(Debug)]
pub(crate) struct Signals {
    fd: SignalFd,
    before: SigSet,
    /// The signals that were asked for and are ignored.
    ignored: Vec<i32>,
    ignores_pipes: bool,
}

impl Signals {
    /// Takes those of `numbers` that are not ignored: an ignored signal stays ignored, but for SIGCHLD, without which
    /// nothing is heard of children.
    pub(crate) fn take(numbers: &[i32]) -> Result<Self> {
        let ignored = ignored(numbers.iter().copied());
        // A blocked signal is delivered even if it is ignored (sig_ignored in kernel/signal.c).
        let taken = numbers.iter().copied().filter(|number| *number == CHILD || !ignored.contains(number));
        Self::of(set_of(taken), ignored)
    }

    /// Takes every signal that a command can be sent in this process's place, ignored ones as well.
    pub(crate) fn take_all() -> Result<Self> {
        Self::of(set_of((1..=LAST).filter(|signal| !ITS_OWN.contains(signal))), ignored(1..=LAST))
    }

    fn of(set: SigSet, ignored: Vec<i32>) -> Result<Self> {
        let fd = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let mut before = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&set), Some(&mut before))?;
        // With SIGCHLD ignored the kernel throws the status of children away.
        if set.contains(Signal::SIGCHLD) && ignored.contains(&CHILD) {
            // SAFETY: SIG_DFL installs no handler, so no code of ours runs in signal context.
            unsafe { nix::sys::signal::signal(Signal::SIGCHLD, nix::sys::signal::SigHandler::SigDfl) }?;
        }
        Ok(Self { fd, before, ignored, ignores_pipes: false })
    }

    /// Ignores SIGPIPE too, so a reader that goes away is EPIPE for the writer, and cannot end this process before it
    /// has cleaned up.
    ///
    /// It is not blocked, as the others are: then it would come at [`put_back`](Self::put_back).
    pub(crate) fn ignoring_broken_pipes(mut self) -> Result<Self> {
        // SAFETY: SIG_IGN installs no handler, so no code of ours runs in signal context.
        unsafe { nix::sys::signal::signal(Signal::SIGPIPE, nix::sys::signal::SigHandler::SigIgn) }?;
        self.ignores_pipes = true;
        Ok(self)
    }

    /// A signal that has come, if one has.
    pub(crate) fn next(&self) -> Result<Option<Caught>> {
        let info = self.fd.read_signal()?;
        Ok(info.map(|info| Caught {
            signal: info.ssi_signo as i32,
            from_process: info.ssi_code <= 0 && info.ssi_pid != std::process::id(),
        }))
    }

    /// Whether one has come that was not taken yet.
    pub(crate) fn have_come(&self) -> bool {
        poll::is_readable(self.as_fd())
    }

    /// Returns what `caught` would have done to this process.
    pub(crate) fn effect(&self, caught: Caught) -> Effect {
        match caught.signal {
            signal if self.ignored.contains(&signal) || HARMLESS.contains(&signal) => Effect::None,
            signal if STOPPING.contains(&signal) => Effect::Stop,
            // Its own writes to a pipe or a file fail instead.
            libc::SIGPIPE | libc::SIGXFSZ if !caught.from_process => Effect::None,
            _ => Effect::End,
        }
    }

    /// Gives the signals back what they had, for a command that is executed or for this process. One that came and was
    /// not taken by [`next`](Self::next) does now what it does.
    pub(crate) fn put_back(&self) -> Result<()> {
        if self.ignores_pipes {
            startup::restore_sigpipe()?;
        }
        if self.ignored.contains(&CHILD) {
            // SAFETY: SIG_IGN installs no handler.
            unsafe { nix::sys::signal::signal(Signal::SIGCHLD, nix::sys::signal::SigHandler::SigIgn) }?;
        }
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None)
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Runs `body` without a signal in between: what comes in the meantime does afterwards what it does. Nothing but
/// SIGKILL and faults of this thread's own end it half-way. For the only thread, as others take signals as well.
pub(crate) fn put_off<T>(body: impl FnOnce() -> T) -> T {
    let mut before = SigSet::empty();
    // Where it cannot be done, which sigprocmask(2) does not know for these arguments, `body` is as good as without.
    let is_blocked = sigprocmask(SigmaskHow::SIG_BLOCK, Some(&SigSet::all()), Some(&mut before)).is_ok();
    let answer = body();
    if is_blocked {
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    }
    answer
}

/// Lists those of `numbers` that this process ignores. The C library has two or three of its own, of which it says
/// EINVAL.
fn ignored(numbers: impl Iterator<Item = i32>) -> Vec<i32> {
    numbers.filter(|number| is_ignored(*number) == Ok(true)).collect()
}

fn is_ignored(number: i32) -> Result<bool> {
    // SAFETY: an all-zero sigaction is a valid value of this plain C structure; with a null new action
    // the call only writes the present one into it.
    let (answer, action) = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        (libc::sigaction(number, std::ptr::null(), &raw mut action), action)
    };
    Errno::result(answer)?;
    Ok(action.sa_sigaction == libc::SIG_IGN && !(number == libc::SIGXFSZ && startup::ignores_file_size_signal()))
}

/// A set with signals that nix has no name for as well.
fn set_of(numbers: impl IntoIterator<Item = i32>) -> SigSet {
    // SAFETY: an all-zero sigset_t is a valid value of this plain C structure on every C library, and the
    // two functions change nothing but it; a number that they do not know is EINVAL. The result was
    // initialised by sigemptyset(3), which is all that the constructor asks for.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for number in numbers {
            libc::sigaddset(&raw mut set, number);
        }
        SigSet::from_sigset_t_unchecked(set)
    }
}

/// The name of a signal, as its header spells it: `SIGINT`.
pub(crate) fn name(number: i32) -> String {
    Signal::try_from(number).map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().to_owned())
}

/// kill(2): sends a signal to a process.
pub(crate) fn send(process: u32, signal: i32) -> Result<()> {
    let process = libc::pid_t::try_from(process).map_err(|_| Errno::ESRCH)?;
    // SAFETY: kill(2) takes two numbers and touches no memory of this process.
    Errno::result(unsafe { libc::kill(process, signal) }).map(drop)
}

pub(crate) fn stop() -> Result<()> {
    raise(libc::SIGSTOP)
}

fn raise(number: i32) -> Result<()> {
    // SAFETY: raise(3) takes a number. Every signal has its default disposition here, or is ignored, so no code of ours
    // runs in signal context.
    Errno::result(unsafe { libc::raise(number) }).map(drop)
}

/// Ends this process by `number`, so its parent sees by what it was ended, or what ended its command. Returns the
/// status to exit with where the signal does not do it.
pub(crate) fn die_by(number: i32) -> u8 {
    let _ = try_to_die_by(number);
    128_u8.saturating_add(u8::try_from(number).unwrap_or(0))
}

fn try_to_die_by(number: i32) -> Result<()> {
    // A command may have left a core file; a second one, of this process, would only mislead.
    nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0)?;
    if !matches!(number, libc::SIGKILL | libc::SIGSTOP) {
        // SAFETY: SIG_DFL installs no handler, so no code of ours runs in signal context.
        Errno::result(unsafe { libc::signal(number, libc::SIG_DFL) } as libc::c_long)?;
    }
    sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&set_of([number])), None)?;
    raise(number)
}

/// Continues this process again and again: whoever stops it stops it for `longest`, as SIGCONT continues a process when it
/// is generated (`prepare_signal` of kernel/signal.c). A timer sends the next one when this one has been received, so
/// signals must be received as data.
pub(crate) fn outlast_stops(longest: Duration) -> Result<()> {
    let event = SigEvent::new(SigevNotify::SigevSignal { signal: Signal::SIGCONT, si_value: 0 });
    let mut timer = Timer::new(ClockId::CLOCK_MONOTONIC, event)?;
    timer.set(Expiration::Interval(longest.into()), TimerSetTimeFlags::empty())?;
    // It goes with the process.
    std::mem::forget(timer);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_was_taken_does_nothing_unless_it_would_have_ended_or_stopped_this_process() {
        let signals = Signals {
            fd: SignalFd::new(&SigSet::empty()).unwrap(),
            before: SigSet::empty(),
            ignored: vec![libc::SIGHUP],
            ignores_pipes: false,
        };
        let effect = |signal, from_process| signals.effect(Caught { signal, from_process });
        for signal in [libc::SIGTERM, libc::SIGUSR1, libc::SIGPIPE, libc::SIGXFSZ, 40] {
            assert_eq!(effect(signal, true), Effect::End, "{signal}");
        }
        for (signal, from_process) in [(libc::SIGHUP, true), (libc::SIGURG, true), (libc::SIGPIPE, false)] {
            assert_eq!(effect(signal, from_process), Effect::None, "{signal}");
        }
        assert_eq!(effect(libc::SIGTSTP, false), Effect::Stop);
    }
}
