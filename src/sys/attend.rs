//! Attending to children: signals as a descriptor, passing them on, waiting for several things at once.

use super::reap::{Interest, change_of};
use super::{Errno, Result, signals};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::time::TimeSpec;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

pub use super::reap::Change;

/// Makes this process the one that orphaned descendants are given to.
pub fn become_subreaper() -> Result<()> {
    nix::sys::prctl::set_child_subreaper(true)
}

/// Signals that are received as data instead of acting on this process.
#[derive(Debug)]
pub struct Signals {
    source: SignalFd,
    before: SigSet,
    children_ignored: bool,
    ignored: Vec<i32>,
}

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Which.
    pub signal: i32,
    /// Whether another process sent it, rather than the kernel (as for Ctrl-C on the terminal, which the
    /// whole foreground job gets) or this process itself (by writing to a pipe that nobody reads).
    pub from_process: bool,
}

/// Signals that keep their effect on this process: those that report a fault of its own. SIGKILL and
/// SIGSTOP cannot be taken.
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
/// Those that do nothing to a process that has no handler, or let it go on.
const HARMLESS: [i32; 4] = [libc::SIGCHLD, libc::SIGURG, libc::SIGWINCH, libc::SIGCONT];
/// Those that stop a process that has no handler.
const STOPPING: [i32; 3] = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];
/// `_NSIG` of every architecture that is simulated on.
const LAST: i32 = 64;

impl Signals {
    /// Takes over every signal that can be passed on, with SIGCHLD, and remembers the mask and what was
    /// ignored before.
    pub fn take() -> Result<Self> {
        let set = set_of((1..=LAST).filter(|signal| !ITS_OWN.contains(signal)));
        let mut before = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&set), Some(&mut before))?;
        let source = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        // The C library has two or three signals of its own, of which it says EINVAL.
        let ignored = (1..=LAST).filter(|signal| signals::is_ignored(*signal) == Ok(true)).collect();
        let children_ignored = signals::keep_children()?;
        Ok(Self { source, before, children_ignored, ignored })
    }

    /// Puts back what a command shall find.
    pub fn put_back(&self) -> Result<()> {
        if self.children_ignored {
            signals::ignore_children()?;
        }
        sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None)
    }

    /// The next signal that came, if any.
    pub fn next(&self) -> Result<Option<Received>> {
        Ok(self.source.read_signal()?.map(|info| Received {
            signal: info.ssi_signo as i32,
            from_process: info.ssi_code <= 0 && info.ssi_pid != std::process::id(),
        }))
    }

    /// What `received` would have done to this process.
    #[must_use]
    pub fn effect(&self, received: Received) -> Effect {
        match received.signal {
            signal if self.ignored.contains(&signal) || HARMLESS.contains(&signal) => Effect::None,
            signal if STOPPING.contains(&signal) => Effect::Stop,
            // Its own writes to a pipe or a file fail instead.
            libc::SIGPIPE | libc::SIGXFSZ if !received.from_process => Effect::None,
            _ => Effect::End,
        }
    }
}

/// What a signal does to a process that has no handler for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// It stops.
    Stop,
    /// It ends.
    End,
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
        self.signal == libc::SIGCHLD
    }
}

/// A set with signals that nix has no name for, too.
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

/// The next child that has changed, without waiting for one. `None`: none has. ECHILD: there is none.
pub fn next_change() -> Result<Option<(u32, Change)>> {
    change_of(None, Interest::ChangedAlready)
}

/// Waits for the end of a child. `None`: how it ended was told before.
#[must_use]
pub fn end_of(child: u32) -> Option<Change> {
    change_of(Some(child), Interest::End).ok().flatten().map(|(_, change)| change)
}

/// kill(2) with a signal that was received.
pub fn send_signal(process: u32, number: i32) -> Result<()> {
    // SAFETY: kill(2) takes two numbers and touches no memory of this process.
    Errno::result(unsafe { libc::kill(process as libc::pid_t, number) }).map(drop)
}

/// Stops this process, as its child was stopped. The signal that lets it go on is passed on like others.
pub fn stop() -> Result<()> {
    raise(libc::SIGSTOP)
}

fn raise(number: i32) -> Result<()> {
    // SAFETY: raise(3) takes a number. Every signal has its default disposition here, or is ignored, so that
    // no code of ours runs in signal context.
    Errno::result(unsafe { libc::raise(number) }).map(drop)
}

/// Ends this process by `number`, so that its parent sees what ended the command. Returns if it cannot.
pub fn die_by(number: i32) -> Result<()> {
    // The command may have left a core file; a second one, of this process, would only mislead.
    nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0)?;
    if !matches!(number, libc::SIGKILL | libc::SIGSTOP) {
        // SAFETY: SIG_DFL installs no handler, so no code of ours runs in signal context.
        Errno::result(unsafe { libc::signal(number, libc::SIG_DFL) } as libc::c_long)?;
    }
    sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&set_of([number])), None)?;
    raise(number)
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
    // poll(2) counts milliseconds, which is too coarse for what is due sooner.
    match ppoll(&mut fds, timeout.map(TimeSpec::from_duration), None) {
        Ok(_) => {}
        Err(Errno::EINTR) => return Ok([Ready::default(); N]),
        Err(errno) => return Err(errno),
    }
    Ok(fds.map(|fd| {
        let events = fd.revents().unwrap_or(PollFlags::empty());
        Ready { readable: events.contains(PollFlags::POLLIN), hung_up: events.contains(PollFlags::POLLHUP) }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_was_taken_does_nothing_unless_it_would_have_ended_or_stopped_this_process() {
        let signals = Signals {
            source: SignalFd::new(&SigSet::empty()).unwrap(),
            before: SigSet::empty(),
            children_ignored: false,
            ignored: vec![libc::SIGHUP],
        };
        let effect = |signal, from_process| signals.effect(Received { signal, from_process });
        for signal in [libc::SIGTERM, libc::SIGUSR1, libc::SIGPIPE, libc::SIGXFSZ, 40] {
            assert_eq!(effect(signal, true), Effect::End, "{signal}");
        }
        for (signal, from_process) in [(libc::SIGHUP, true), (libc::SIGURG, true), (libc::SIGPIPE, false)] {
            assert_eq!(effect(signal, from_process), Effect::None, "{signal}");
        }
        assert_eq!(effect(libc::SIGTSTP, false), Effect::Stop);
    }
}
