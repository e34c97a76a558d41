//! Hearing when the last descriptor and the last mapping of some memory is gone.

use crate::sys::fd::file::errno_of;
use crate::sys::{Errno, Result};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use std::collections::HashSet;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Watches over memfds (`IN_DELETE_SELF`, which for a file without a name comes with its end).
#[derive(Debug)]
pub(crate) struct MemfdWatcher(Inotify);

/// One watched memfd; a number is never used twice by one watcher.
pub(crate) type MemfdWatch = WatchDescriptor;

impl MemfdWatcher {
    /// A watcher that has nothing to watch yet. EMFILE: `fs.inotify.max_user_instances` is reached.
    pub(crate) fn new() -> Result<Self> {
        Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).map(Self)
    }

    /// Watches the memory that `fd` stands for. ENOSPC: `fs.inotify.max_user_watches` is reached.
    pub(crate) fn add(&self, fd: BorrowedFd<'_>) -> Result<MemfdWatch> {
        let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
        self.0.add_watch(path.as_str(), AddWatchFlags::IN_DELETE_SELF)
    }

    /// Calls `gone` for each memory that has ended since the last time. False: more have ended than the
    /// kernel keeps count of (`fs.inotify.max_queued_events`); ask for [`alive`](Self::alive).
    pub(crate) fn drain(&self, mut gone: impl FnMut(MemfdWatch)) -> Result<bool> {
        let mut complete = true;
        loop {
            match self.0.read_events() {
                Ok(events) => {
                    for event in events {
                        complete &= !event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW);
                        if event.mask.contains(AddWatchFlags::IN_DELETE_SELF) {
                            gone(event.wd);
                        }
                    }
                }
                Err(Errno::EAGAIN) => return Ok(complete),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// The inode of every watched memory that still exists.
    pub(crate) fn alive(&self) -> Result<HashSet<u64>> {
        let path = format!("/proc/self/fdinfo/{}", self.0.as_fd().as_raw_fd());
        let text = std::fs::read_to_string(path).map_err(|error| errno_of(&error))?;
        Ok(text
            .lines()
            .filter_map(|line| line.strip_prefix("inotify ")?.split(' ').find_map(|field| field.strip_prefix("ino:")))
            .filter_map(|number| u64::from_str_radix(number, 16).ok())
            .collect())
    }
}

impl AsFd for MemfdWatcher {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fd::poll::{Deadline, Interest};
    use std::time::Duration;

    #[test]
    fn memory_is_alive_until_its_last_descriptor_is_closed() {
        let watcher = MemfdWatcher::new().unwrap();
        let memory = crate::sys::mem::memfd::memory(c"test", crate::sys::mem::memfd::MemfdSize::Backed(4096)).unwrap();
        let inode = crate::sys::fd::status::status(memory.as_fd()).unwrap().inode;
        let other = crate::sys::sim::placeholder::reopen(memory.as_fd(), 0).unwrap();
        let watch = watcher.add(memory.as_fd()).unwrap();
        let ended = || {
            let mut ended = Vec::new();
            assert_eq!(watcher.drain(|watch| ended.push(watch)), Ok(true));
            ended
        };
        drop(memory);
        assert_eq!((ended(), watcher.alive().unwrap()), (vec![], HashSet::from([inode])));
        drop(other);
        // A child that another test forked may have it until it becomes another program.
        let deadline = Deadline::after(Duration::from_secs(10));
        deadline.wait_for(watcher.as_fd(), Interest::Read).unwrap();
        assert_eq!((ended(), watcher.alive().unwrap()), (vec![watch], HashSet::new()));
    }
}
