//! Waiting: for descriptors, and for a time that is a descriptor.

use super::{Errno, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// What a descriptor is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Something can be read, or the other end is gone.
    Read,
    /// Something can be written, or the other end is gone.
    Write,
}

/// Waits until at least one descriptor is ready; answers for each whether it is.
pub fn wait(fds: &[(BorrowedFd<'_>, Interest)]) -> Result<Vec<bool>> {
    wait_at_most(fds, None)
}

/// As [`wait()`], but no longer than `most`, if that is given: then none is ready. A signal may begin it anew.
pub fn wait_at_most(fds: &[(BorrowedFd<'_>, Interest)], most: Option<Duration>) -> Result<Vec<bool>> {
    // What does not fit is 24 days long.
    let most = most.map_or(PollTimeout::NONE, |most| PollTimeout::try_from(most).unwrap_or(PollTimeout::MAX));
    let mut polled: Vec<PollFd<'_>> = fds
        .iter()
        .map(|(fd, interest)| {
            PollFd::new(*fd, if *interest == Interest::Read { PollFlags::POLLIN } else { PollFlags::POLLOUT })
        })
        .collect();
    loop {
        match poll(&mut polled, most) {
            Err(Errno::EINTR) => {}
            other => {
                other?;
                break;
            }
        }
    }
    Ok(polled.iter().map(|fd| fd.revents().is_none_or(|events| !events.is_empty())).collect())
}

/// Whether a page can be written, or the other end is gone, without waiting for it.
#[must_use]
pub fn is_writable(fd: BorrowedFd<'_>) -> bool {
    poll(&mut [PollFd::new(fd, PollFlags::POLLOUT)], PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
}

/// Whether something can be read, or the other end is gone, without waiting for it.
pub fn is_readable(fd: BorrowedFd<'_>) -> Result<bool> {
    match poll(&mut [PollFd::new(fd, PollFlags::POLLIN)], PollTimeout::ZERO) {
        Err(Errno::EINTR) => Ok(false),
        answer => answer.map(|ready| ready > 0),
    }
}

/// A point in time, ready to be read when it has come. The clock stands still while the machine is
/// suspended, as that of sleep(1).
#[derive(Debug)]
pub struct Timer(TimerFd);

impl Timer {
    /// From now on.
    pub fn after(duration: Duration) -> Result<Self> {
        let timer = Self(TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_CLOEXEC)?);
        timer.again(duration)?;
        Ok(timer)
    }

    /// Sets it anew, from now on: it needs no descriptor more, which there may not be.
    pub fn again(&self, duration: Duration) -> Result<()> {
        // 0 would mean never.
        let duration = duration.max(Duration::from_nanos(1));
        // 68 years are as good as more, and fit a time_t of 32 bits.
        let duration = duration.min(Duration::from_secs(i32::MAX as u64));
        self.0.set(Expiration::OneShot(duration.into()), TimerSetTimeFlags::empty())
    }
}

impl AsFd for Timer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
