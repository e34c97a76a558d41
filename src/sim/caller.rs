//! The thread whose call is being answered.

use super::vfs::external::Descriptor;
use crate::sys::Errno;
use crate::sys::sim::deputy::{Deputy, User};
use crate::sys::sim::remote::{self, Link, PATH_MAX};
use crate::sys::sim::seccomp::{Listener, Notification};
use std::cell::{Cell, OnceCell};
use std::os::fd::BorrowedFd;

/// A thread that waits in a trapped call.
pub(super) struct Caller<'a> {
    pub(super) listener: &'a Listener,
    pub(super) id: u64,
    pub(super) thread: u32,
    pub(super) page_size: u64,
    /// Whether the kernel has just confirmed that the thread still waits.
    confirmed: Cell<bool>,
    user: Cell<User>,
    /// Who looks at files in its place, once that was needed.
    deputy: OnceCell<Result<Deputy, Errno>>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(listener: &'a Listener, notification: &Notification, page_size: u64) -> Self {
        Self {
            listener,
            id: notification.id,
            thread: notification.thread,
            page_size,
            confirmed: Cell::new(false),
            user: Cell::new(User::Effective),
            deputy: OnceCell::new(),
        }
    }

    /// Descriptor `fd` of the thread.
    pub(super) const fn own(&self, fd: u32) -> Descriptor {
        Descriptor { process: self.thread, fd }
    }

    /// Reads as much of `buffer` as there is at `address`.
    pub(super) fn read(&self, address: u64, buffer: &mut [u8]) -> usize {
        remote::read_memory(self.thread, address, buffer, self.page_size)
    }

    /// Writes `bytes` and tells how many could be written. None is written once the caller is gone and
    /// its number may name another thread.
    pub(super) fn write(&self, address: u64, bytes: &[u8]) -> usize {
        if bytes.is_empty() || !(self.confirmed.take() || self.listener.is_waiting(self.id)) {
            return 0;
        }
        remote::write_memory(self.thread, address, bytes, self.page_size)
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// EFAULT, as the kernel answers when it cannot.
    pub(super) fn store(&self, address: u64, bytes: &[u8]) -> Result<(), Errno> {
        if self.write(address, bytes) == bytes.len() { Ok(()) } else { Err(Errno::EFAULT) }
    }

    /// Reads a path up to its NUL into `buffer`. `None`: it is not all readable, or too long.
    pub(super) fn path<'b>(&self, address: u64, buffer: &'b mut [u8; PATH_MAX]) -> Option<&'b [u8]> {
        /// Most paths are shorter, and less is copied for them.
        const FIRST: usize = 192;
        let mut have = self.read(address, &mut buffer[..FIRST]);
        if have == FIRST && !buffer[..FIRST].contains(&0) {
            have += self.read(address.checked_add(FIRST as u64)?, &mut buffer[FIRST..]);
        }
        let end = buffer[..have].iter().position(|byte| *byte == 0)?;
        Some(&buffer[..end])
    }

    /// What a link of the caller below /proc shows.
    pub(super) fn link<'b>(&self, link: Link, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        remote::read_link(self.thread, link, buffer).ok()
    }

    /// Does something with files as the thread itself may: `act` gets its root directory.
    ///
    /// # Errors
    /// EACCES where its rights cannot be taken over.
    pub(super) fn act<T: Send>(&self, act: impl FnOnce(BorrowedFd<'_>) -> Result<T, Errno> + Send) -> Result<T, Errno> {
        self.deputy()?.act(act)
    }

    /// From here on it is the real user who asks, as in access(2).
    pub(super) fn asks_as_real_user(&self) {
        self.user.set(User::Real);
    }

    /// Whether processes have the numbers for the thread that they have here.
    pub(super) fn counts_alike(&self) -> bool {
        self.deputy().is_ok_and(|deputy| deputy.counts_alike)
    }

    fn deputy(&self) -> Result<&Deputy, Errno> {
        self.deputy.get_or_init(|| self.new_deputy()).as_ref().map_err(|errno| *errno)
    }

    fn new_deputy(&self) -> Result<Deputy, Errno> {
        let deputy = Deputy::of(self.thread, self.user.get())?;
        // The number may be another thread's once this one is gone.
        if self.listener.is_waiting(self.id) { Ok(deputy) } else { Err(Errno::ESRCH) }
    }

    /// Gives the caller a descriptor of `file`.
    pub(super) fn give(&self, file: BorrowedFd<'_>, close_on_exec: bool) -> Result<u32, Errno> {
        let fd = self.listener.add_fd(self.id, file, close_on_exec)?;
        // A call that is gone takes no descriptor.
        self.confirmed.set(true);
        Ok(fd)
    }
}
