//! A child process for something that may crash, hang or be killed.

use crate::sys::process::reap::{Change, Interest, change_of};
use crate::sys::process::signals::Number;
use crate::sys::{Errno, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{ForkResult, Pid, getpid, getppid};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

/// How long a killed child may take to be gone, before it is left to itself.
const REAPING: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself, with this status.
    Exited(i32),
    Killed(Number),
    /// By us, because its time was up.
    TimedOut,
    /// Not at all, although it was killed: it hangs in the kernel.
    Stuck,
}

/// A running child and the pipe that it writes to. Dropped, it is killed and reaped.
#[derive(Debug)]
pub(crate) struct Child {
    pid: Option<Pid>,
    output: OwnedFd,
}

/// Runs `body` in a child; its argument is the pipe that the parent reads.
///
/// Refused with EINVAL once this process has another thread: a lock that such a thread holds would stay
/// locked in the child for ever. The child dies with its parent.
pub(crate) fn fork(body: impl FnOnce(OwnedFd)) -> Result<Child> {
    if has_threads() {
        return Err(Errno::EINVAL);
    }
    let (output, input) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;
    let parent = getpid();
    // SAFETY: this process has a single thread (asked of the kernel above), so the child's copy of the
    // memory is consistent and it may do whatever its parent could.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(Child { pid: Some(child), output }),
        ForkResult::Child => {
            // Neither return nor unwinding may leave this block: the frames above belong to the parent.
            let _exit = ExitAtOnce;
            drop(output);
            let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
            if getppid() == parent {
                body(input);
            }
            // SAFETY: _exit ends the process and touches nothing of it.
            unsafe { libc::_exit(0) }
        }
    }
}

/// unshare(2) of nothing but the fact: EINVAL tells of another thread (`check_unshare_flags`). A filter
/// that forbids the call tells nothing; then the callers' word counts, who start threads in children only.
fn has_threads() -> bool {
    // SAFETY: for a process with one thread CLONE_THREAD alone changes nothing.
    Errno::result(unsafe { libc::unshare(libc::CLONE_THREAD) }) == Err(Errno::EINVAL)
}

struct ExitAtOnce;

impl Drop for ExitAtOnce {
    fn drop(&mut self) {
        // SAFETY: as above; reached by a panic only, whose message has been written.
        unsafe { libc::_exit(101) }
    }
}

impl Child {
    /// Reads what the child writes until it ends or `limit` has passed.
    pub(crate) fn wait(mut self, limit: Duration) -> (Vec<u8>, Ending) {
        let deadline = Instant::now() + limit;
        let (bytes, in_time) = self.read(deadline);
        let Some(pid) = self.pid.take() else { return (bytes, Ending::Stuck) };
        let ending = if in_time {
            // A child that has closed the pipe is about to end, or to hang without it.
            reap(pid, deadline.saturating_duration_since(Instant::now()).max(Duration::from_secs(1)))
        } else {
            None
        };
        let ending = ending.unwrap_or_else(|| {
            let _ = kill(pid, Signal::SIGKILL);
            reap(pid, REAPING).map_or(Ending::Stuck, |_| Ending::TimedOut)
        });
        (bytes, ending)
    }

    fn read(&self, deadline: Instant) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        let mut block = [0; 4096];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = PollTimeout::try_from(left.as_millis()).unwrap_or(PollTimeout::MAX);
            match poll(&mut [PollFd::new(self.output.as_fd(), PollFlags::POLLIN)], timeout) {
                Err(Errno::EINTR) => continue,
                Ok(0) | Err(_) => return (bytes, false),
                Ok(_) => {}
            }
            match nix::unistd::read(&self.output, &mut block) {
                Err(Errno::EINTR) => {}
                Ok(0) | Err(_) => return (bytes, true),
                Ok(count) => bytes.extend_from_slice(block.get(..count).unwrap_or_default()),
            }
        }
    }
}

impl AsFd for Child {
    /// The pipe that it writes to.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Some(pid) = self.pid.take() {
            let _ = kill(pid, Signal::SIGKILL);
            let _ = reap(pid, REAPING);
        }
    }
}

/// Waits for the end of `pid`; `None` if it does not come in time.
fn reap(pid: Pid, limit: Duration) -> Option<Ending> {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_micros(50);
    loop {
        match change_of(Some(pid.as_raw() as u32), Interest::EndedAlready) {
            Ok(Some((_, Change::Exited(status)))) => return Some(Ending::Exited(status.into())),
            Ok(Some((_, Change::Killed(signal)))) => return Some(Ending::Killed(Number(signal))),
            Ok(_) if Instant::now() < deadline => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            // Somebody else reaped it: how it ended is not known any more.
            Err(Errno::ECHILD) => return Some(Ending::Exited(0)),
            _ => return None,
        }
    }
}

/// Writes all of `bytes` to the parent. A parent that is gone is no error: this process dies with it.
pub(crate) fn tell(pipe: &OwnedFd, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match nix::unistd::write(pipe, bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(Errno::EINTR) => {}
            Err(_) => return,
        }
    }
}
