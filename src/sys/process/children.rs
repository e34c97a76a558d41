//! Attending to children: what becomes of them, and waiting for several things at once.

use crate::sys::process::reap::{Interest, change_of};
use crate::sys::{Errno, Result};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use std::os::fd::BorrowedFd;
use std::time::Duration;

pub(crate) use crate::sys::process::reap::Change;

/// Makes this process the one that orphaned descendants are given to.
pub(crate) fn become_subreaper() -> Result<()> {
    nix::sys::prctl::set_child_subreaper(true)
}

/// The next child that has changed, without waiting for one. `None`: none has. ECHILD: there is none.
pub(crate) fn next_change() -> Result<Option<(u32, Change)>> {
    change_of(None, Interest::ChangedAlready)
}

/// Waits for the end of a child. `None`: how it ended was told before.
#[must_use]
pub(crate) fn end_of(child: u32) -> Option<Change> {
    change_of(Some(child), Interest::End).ok().flatten().map(|(_, change)| change)
}

/// What is ready of what was waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ready {
    /// There is something to read.
    pub readable: bool,
    pub hung_up: bool,
}

/// Waits until one of `sources` is ready or `timeout` is over; `None` waits for ever.
pub(crate) fn wait_for<const N: usize>(sources: [BorrowedFd<'_>; N], timeout: Option<Duration>) -> Result<[Ready; N]> {
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
