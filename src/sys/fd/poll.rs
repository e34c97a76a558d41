//! Waiting: for descriptors, and for a time that is a descriptor.

use crate::sys::{Errno, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// The readiness that a descriptor is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Something can be read, or the other end is gone.
    Read,
    /// Something can be written, or the other end is gone.
    Write,
    HangUp,
}

impl Interest {
    const fn events(self) -> PollFlags {
        match self {
            Self::Read => PollFlags::POLLIN,
            Self::Write => PollFlags::POLLOUT,
            // The kernel says so without being asked.
            Self::HangUp => PollFlags::empty(),
        }
    }

    /// Whether this is what came. An error counts, but where the end alone is waited for.
    fn is_met(self, came: PollFlags) -> bool {
        if self == Self::HangUp { came.contains(PollFlags::POLLHUP) } else { !came.is_empty() }
    }
}

/// Waits until at least one descriptor is ready. Returns for each whether it is.
pub(crate) fn wait(fds: &[(BorrowedFd<'_>, Interest)]) -> Result<Vec<bool>> {
    wait_at_most(fds, None)
}

/// Waits as [`wait()`] does, but no longer than `most`, if that is given: then none is ready. A signal may restart it.
pub(crate) fn wait_at_most(fds: &[(BorrowedFd<'_>, Interest)], most: Option<Duration>) -> Result<Vec<bool>> {
    // What does not fit is 24 days long.
    let most = most.map_or(PollTimeout::NONE, |most| PollTimeout::try_from(most).unwrap_or(PollTimeout::MAX));
    let mut polled: Vec<PollFd<'_>> = fds.iter().map(|(fd, interest)| PollFd::new(*fd, interest.events())).collect();
    loop {
        match poll(&mut polled, most) {
            Err(Errno::EINTR) => {}
            other => {
                other?;
                break;
            }
        }
    }
    let came = polled.iter().map(|fd| fd.revents().unwrap_or(PollFlags::all()));
    Ok(came.zip(fds).map(|(came, (_, interest))| interest.is_met(came)).collect())
}

/// A point in time up to which something may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    end: Instant,
    /// How long it was away when it was set.
    pub after: Duration,
}

impl Deadline {
    /// `after` from now.
    pub(crate) fn after(after: Duration) -> Self {
        let now = Instant::now();
        // What cannot be added is as good as the longest time that can.
        let end = now.checked_add(after).or_else(|| now.checked_add(LONGEST)).unwrap_or(now);
        Self { end, after }
    }

    /// Returns how much of it is left; nothing once it has passed.
    pub(crate) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    pub(crate) fn has_passed(&self) -> bool {
        self.left().is_zero()
    }

    /// [`left`](Self::left), in nanoseconds.
    pub(crate) fn nanoseconds_left(&self) -> u64 {
        u64::try_from(self.left().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Waits until `fd` is ready. ETIMEDOUT once the deadline has passed.
    pub(crate) fn wait_for(&self, fd: BorrowedFd<'_>, interest: Interest) -> Result<()> {
        self.wait_for_one(&[(fd, interest)]).map(drop)
    }

    /// Waits as [`wait()`] does. ETIMEDOUT once the deadline has passed.
    pub(crate) fn wait_for_one(&self, fds: &[(BorrowedFd<'_>, Interest)]) -> Result<Vec<bool>> {
        /// poll(2) counts in these: less would be no time.
        const LEAST: Duration = Duration::from_millis(1);
        while !self.has_passed() {
            let ready = wait_at_most(fds, Some(self.left().saturating_add(LEAST)))?;
            if ready.contains(&true) {
                return Ok(ready);
            }
        }
        Err(Errno::ETIMEDOUT)
    }
}

/// Waits so long; not at all where a filter refuses that. The standard library's function then panics.
pub(crate) fn sleep(time: Duration) {
    let _ = wait_at_most(&[], Some(time));
}

/// 68 years, which fit a time_t of 32 bits.
const LONGEST: Duration = Duration::from_secs(i32::MAX as u64);

/// Whether a page can be written, or the other end is gone, without waiting for it.
pub(crate) fn is_writable(fd: BorrowedFd<'_>) -> bool {
    poll(&mut [PollFd::new(fd, PollFlags::POLLOUT)], PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
}

/// Whether there is something to read, or the other end is gone.
pub(crate) fn is_readable(fd: BorrowedFd<'_>) -> bool {
    wait_at_most(&[(fd, Interest::Read)], Some(Duration::ZERO)).is_ok_and(|ready| ready == [true])
}

/// Whether the other end is gone.
pub(crate) fn has_hung_up(fd: BorrowedFd<'_>) -> bool {
    wait_at_most(&[(fd, Interest::HangUp)], Some(Duration::ZERO)).is_ok_and(|ready| ready == [true])
}

/// A point in time, ready to be read when it has come. The clock stands still while the machine is
/// suspended, as that of sleep(1).
#[derive(Debug)]
pub(crate) struct Timer(TimerFd);

impl Timer {
    pub(crate) fn after(duration: Duration) -> Result<Self> {
        let timer = Self(TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_CLOEXEC)?);
        timer.again(duration)?;
        Ok(timer)
    }

    /// Resets it, from now on: it needs no descriptor more, which there may not be.
    pub(crate) fn again(&self, duration: Duration) -> Result<()> {
        // 0 would mean never.
        let duration = duration.max(Duration::from_nanos(1));
        let duration = duration.min(LONGEST);
        self.0.set(Expiration::OneShot(duration.into()), TimerSetTimeFlags::empty())
    }
}

impl AsFd for Timer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
