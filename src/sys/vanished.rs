//! Hearing when the last descriptor and the last mapping of some memory is gone.

use super::{Errno, Result};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Watches over memfds (`IN_DELETE_SELF`, which for a file without a name comes with its end).
#[derive(Debug)]
pub struct Watcher(Inotify);

/// One watched memfd; a number is never used twice by one watcher.
pub type Watch = WatchDescriptor;

impl Watcher {
    /// A watcher that has nothing to watch yet. EMFILE: `fs.inotify.max_user_instances` is reached.
    pub fn new() -> Result<Self> {
        Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).map(Self)
    }

    /// Watches the memory that `fd` stands for. ENOSPC: `fs.inotify.max_user_watches` is reached.
    pub fn add(&self, fd: BorrowedFd<'_>) -> Result<Watch> {
        let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
        self.0.add_watch(path.as_str(), AddWatchFlags::IN_DELETE_SELF)
    }

    /// Calls `gone` for each memory that has ended since the last time.
    pub fn drain(&self, mut gone: impl FnMut(Watch)) -> Result<()> {
        loop {
            match self.0.read_events() {
                Ok(events) => events
                    .into_iter()
                    .filter(|event| event.mask.contains(AddWatchFlags::IN_DELETE_SELF))
                    .for_each(|event| gone(event.wd)),
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
}

impl AsFd for Watcher {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
