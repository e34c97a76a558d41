//! Which descriptors are open, asked by poll(2), whose `POLLNVAL` needs no /proc.

use crate::sys::process::rlimit;
use crate::sys::{Errno, Result};
use std::os::fd::{FromRawFd, OwnedFd};

/// The most that is looked at: the kernel gives out the lowest free number, and no case opens more.
const MOST: u64 = 4096;

/// The open descriptors below the soft `RLIMIT_NOFILE`, which is where new ones appear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenFds(Vec<bool>);

impl OpenFds {
    pub(crate) fn now() -> Result<Self> {
        Self::up_to(MOST)
    }

    /// Lists all open descriptors, whatever their numbers: 9 bytes are needed for each that may be.
    pub(crate) fn all() -> Result<Self> {
        Self::up_to(i32::MAX as u64)
    }

    /// Lists the open descriptors among the numbers that any case could get, whatever the limit is now: it may be
    /// raised before the next look. EINVAL while it is 0.
    pub(crate) fn of_any_limit() -> Result<Self> {
        Self::below(MOST as usize)
    }

    fn up_to(most: u64) -> Result<Self> {
        let (soft, _) = rlimit::open_files()?;
        Self::below(usize::try_from(soft.min(most)).map_err(|_| Errno::EINVAL)?)
    }

    fn below(count: usize) -> Result<Self> {
        let count = i32::try_from(count).map_err(|_| Errno::EINVAL)?;
        let mut entries: Vec<libc::pollfd> = (0..count).map(|fd| libc::pollfd { fd, events: 0, revents: 0 }).collect();
        // poll(2) takes as many entries at once as files may be open, whatever their numbers.
        let (soft, _) = rlimit::open_files()?;
        let at_once = usize::try_from(soft).unwrap_or(usize::MAX);
        if at_once == 0 && count > 0 {
            return Err(Errno::EINVAL);
        }
        for part in entries.chunks_mut(at_once.max(1)) {
            // SAFETY: the array is live and as long as stated; its descriptors are numbers that the kernel checks. A
            // timeout of 0 does not block.
            Errno::result(unsafe { libc::poll(part.as_mut_ptr(), part.len() as libc::nfds_t, 0) })?;
        }
        Ok(Self(entries.iter().map(|entry| entry.revents & libc::POLLNVAL == 0).collect()))
    }

    /// Counts the numbers that were looked at and are free.
    pub(crate) fn free(&self) -> usize {
        self.0.iter().filter(|open| !**open).count()
    }

    /// The number after the highest open one.
    pub(crate) fn end(&self) -> u64 {
        self.0.iter().rposition(|open| *open).map_or(0, |last| last as u64 + 1)
    }

    /// Takes over every descriptor that is open now and was not `before`, among the numbers that were looked at then.
    ///
    /// To be called around system calls whose new descriptors nothing
    /// has taken over yet, in a process without other threads that open files.
    pub(crate) fn appeared_since(before: &Self) -> Result<Vec<OwnedFd>> {
        let now = Self::below(before.0.len())?;
        let appeared = now.0.iter().enumerate().filter(|(fd, open)| **open && before.0.get(*fd) != Some(&true));
        // SAFETY: the descriptor is open and was not open before the call in between, which returned
        // numbers at most: nothing owns it yet.
        Ok(appeared.map(|(fd, _)| unsafe { OwnedFd::from_raw_fd(fd as i32) }).collect())
    }
}
