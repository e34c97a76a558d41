//! A child process, and the channel to it. The only fork(2) of the program.

use crate::sys::fd::poll;
use crate::sys::fd::poll::{Deadline, Interest};
use crate::sys::process::channel::Channel;
use crate::sys::process::filter;
use crate::sys::process::signals::{self, Signals};
use crate::sys::process::wait::{self, ExitStatus};
use crate::sys::{Errno, Result};
use nix::sys::signal::Signal;
use nix::unistd::{ForkResult, getpid, getppid};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// A running child, which is sent `S` and sends `R`.
#[derive(Debug)]
pub(crate) struct Child<S, R> {
    id: u32,
    pub channel: Channel<S, R>,
    /// It dies with this process, and when this is dropped.
    is_bound: bool,
    has_ended: bool,
}

impl<S: Serialize, R: DeserializeOwned> Child<S, R> {
    /// A child that does `body` and ends with the status that it answers.
    ///
    /// EBUSY once this process has another thread: a lock that such a thread holds would stay locked in the child for
    /// ever.
    pub(crate) fn start(body: impl FnOnce(Channel<R, S>) -> u8) -> Result<Self> {
        // Without these calls the parent could not end it, or would never learn that it has ended.
        filter::check(&["close", "kill", "recvfrom", "recvmsg", "sendmsg", "wait4"])?;
        if has_threads() { Err(Errno::EBUSY) } else { Self::fork(body) }
    }

    /// Starts as [`start`](Self::start) does, for something that may crash, hang or be killed: the child dies with this
    /// process, and when this is dropped.
    pub(crate) fn start_bound(body: impl FnOnce(Channel<R, S>)) -> Result<Self> {
        let parent = getpid();
        let mut child = Self::start(|channel| {
            die_with_parent();
            if getppid() == parent {
                body(channel);
            }
            0
        })?;
        child.is_bound = true;
        Ok(child)
    }

    /// Starts as [`start`](Self::start) does, in a test, whose process has threads: `body` takes no lock that one of
    /// them may hold.
    #[cfg(test)]
    pub(crate) fn start_in_test(body: impl FnOnce(Channel<R, S>) -> u8) -> Result<Self> {
        Self::fork(body)
    }

    fn fork(body: impl FnOnce(Channel<R, S>) -> u8) -> Result<Self> {
        let (ours, theirs) = Channel::pair()?;
        // SAFETY: the process has one thread. The kernel has said so (`start`); where it may not be asked, it holds
        // because this program starts threads only where it forks no more. So the child's copy of the memory is
        // consistent, and it may do whatever its parent may. In a test that is the promise of `start_in_test`; the C
        // library makes the locks of its allocator whole.
        match unsafe { nix::unistd::fork() }? {
            ForkResult::Parent { child } => {
                Ok(Self { id: child.as_raw() as u32, channel: ours, is_bound: false, has_ended: false })
            }
            ForkResult::Child => {
                // Neither return nor unwinding may leave this block: the frames above belong to the parent.
                let _exit = ExitAtOnce;
                drop(ours);
                exit_now(body(theirs))
            }
        }
    }

    /// Waits for a message from the child, or for it to end. ETIMEDOUT once `deadline` has passed.
    pub(crate) fn receive_until(&self, deadline: Deadline) -> Result<Option<R>> {
        self.receive_unless(None, deadline)
    }

    /// Waits as [`receive_until`](Self::receive_until) does. EINTR once one of `signals` has come, which is not taken.
    pub(crate) fn receive_unless(&self, signals: Option<&Signals>, deadline: Deadline) -> Result<Option<R>> {
        let mut awaited = vec![(self.channel.as_fd(), Interest::Read)];
        awaited.extend(signals.map(|signals| (signals.as_fd(), Interest::Read)));
        match deadline.wait_for_one(&awaited)?.get(1) {
            Some(true) => Err(Errno::EINTR),
            _ => self.channel.receive(),
        }
    }
}

impl<S, R> Child<S, R> {
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Returns how it ended, if it has. ECHILD: that is not known, as SIGCHLD is ignored.
    pub(crate) fn end(&mut self) -> Result<Option<ExitStatus>> {
        let end = wait::end_of(self.id);
        self.has_ended = end != Ok(None);
        end
    }

    /// Waits for its end. `None`: how it ended is not known.
    pub(crate) fn wait(&mut self) -> Option<ExitStatus> {
        self.has_ended = true;
        wait::await_end(self.id).ok().flatten()
    }

    /// Returns how it ended, if that was before `deadline`. A status that was thrown away, since SIGCHLD is ignored,
    /// counts as 0: whether a child has done its work is known from its messages.
    pub(crate) fn end_until(&mut self, deadline: Deadline) -> Option<ExitStatus> {
        let mut pause = Duration::from_micros(50);
        loop {
            match self.end() {
                Ok(None) if !deadline.has_passed() => {
                    poll::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(20));
                }
                Err(_) => return Some(ExitStatus::Exited(0)),
                Ok(end) => return end,
            }
        }
    }

    /// Kills it; whether it is gone then. Otherwise it hangs in the kernel, and is left to itself.
    pub(crate) fn kill(&mut self) -> bool {
        /// How long a killed process may take.
        const REAPING: Duration = Duration::from_secs(5);
        let _ = signals::send(self.id, signals::KILL);
        let is_gone = self.end_until(Deadline::after(REAPING)).is_some();
        self.has_ended = true;
        is_gone
    }
}

impl<S, R> Drop for Child<S, R> {
    fn drop(&mut self) {
        if self.is_bound && !self.has_ended {
            self.kill();
        }
    }
}

/// Has this process killed when its parent ends. Lost when it becomes a program that gains privileges.
pub(crate) fn die_with_parent() {
    // Every supported kernel has this prctl.
    let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
}

/// unshare(2) of nothing but the fact: only the single member of a group of threads may leave it, for which nothing
/// happens (`check_unshare_flags` in kernel/fork.c). A filter of system calls that forbids to ask answers EPERM or ENOSYS.
fn has_threads() -> bool {
    /// A thread that was joined is a member for a moment more: pthread_join(3) returns once the kernel has cleared its
    /// number (`mm_release`), and it leaves the group later (`release_task`).
    const LEAVING: Duration = Duration::from_millis(200);
    let begin = Instant::now();
    loop {
        // SAFETY: unshare(2) touches no memory, and CLONE_THREAD changes nothing where it succeeds.
        let answer = Errno::result(unsafe { libc::unshare(libc::CLONE_THREAD) });
        let is_member_of_a_group = answer == Err(Errno::EINVAL);
        if !is_member_of_a_group || begin.elapsed() > LEAVING {
            return is_member_of_a_group;
        }
        poll::sleep(Duration::from_micros(100));
    }
}

/// Ends this process, without running anything of its parent's.
fn exit_now(status: u8) -> ! {
    // SAFETY: _exit(2) takes a number and does not return.
    unsafe { libc::_exit(status.into()) }
}

/// Reached by a panic only, whose message has been written.
struct ExitAtOnce;

impl Drop for ExitAtOnce {
    fn drop(&mut self) {
        exit_now(101)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_was_joined_is_no_thread() {
        // It closes many files of its own on its way out, after its number was cleared.
        let leave_slowly = || {
            // SAFETY: unshare(2) touches no memory; from now on this thread has a table of its own.
            assert_eq!(unsafe { libc::unshare(libc::CLONE_FILES) }, 0);
            let files: Vec<_> = (0..500).map_while(|_| std::fs::File::open("/dev/null").ok()).collect();
            std::mem::forget(files);
        };
        let child = Child::<(), bool>::start_in_test(|channel| {
            let is_alone = (0..50).all(|_| {
                let thread = std::thread::Builder::new().stack_size(1 << 16).spawn(leave_slowly);
                thread.is_ok_and(|thread| thread.join().is_ok()) && !has_threads()
            });
            u8::from(channel.send(&is_alone).is_err())
        });
        let deadline = Deadline::after(Duration::from_secs(60));
        assert_eq!(child.unwrap().receive_until(deadline), Ok(Some(true)));
    }
}
