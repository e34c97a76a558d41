//! The thread whose call is being answered.

use crate::sys::Errno;
use crate::sys::fd::status::Status;
use crate::sys::sim::impersonation::{ActingUser, Impersonation};
use crate::sys::sim::remote::{self, PATH_MAX, ProcLink};
use crate::sys::sim::seccomp::{CallResult, Notification, SeccompListener};
use std::cell::{Cell, OnceCell};
use std::os::fd::BorrowedFd;

/// A descriptor of some process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RemoteFd {
    /// The process, or one of its threads.
    pub(super) process: u32,
    pub(super) fd: u32,
}

/// A thread that waits in a trapped call.
pub(super) struct Caller<'a> {
    listener: &'a SeccompListener,
    id: u64,
    pub(super) thread: u32,
    pub(super) page_size: u64,
    /// Whether the kernel has just confirmed that the thread still waits, which need not be asked twice.
    confirmed: Cell<bool>,
    user: Cell<ActingUser>,
    /// Who looks at files in its place, once that was needed.
    impersonation: OnceCell<Result<Impersonation, Errno>>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(listener: &'a SeccompListener, notification: &Notification, page_size: u64) -> Self {
        Self {
            listener,
            id: notification.id,
            thread: notification.thread,
            page_size,
            confirmed: Cell::new(false),
            user: Cell::new(ActingUser::Effective),
            impersonation: OnceCell::new(),
        }
    }

    /// Descriptor `fd` of the thread.
    pub(super) const fn own(&self, fd: u32) -> RemoteFd {
        RemoteFd { process: self.thread, fd }
    }

    /// Reads as much of `buffer` as there is at `address`.
    pub(super) fn read(&self, address: u64, buffer: &mut [u8]) -> usize {
        remote::read_memory(self.thread, address, buffer, self.page_size)
    }

    /// Writes `bytes` and returns how many could be written. None is written once the caller is gone and
    /// its number may name another thread.
    pub(super) fn write(&self, address: u64, bytes: &[u8]) -> usize {
        if bytes.is_empty() || !(self.confirmed.take() || self.listener.is_waiting(self.id)) {
            return 0;
        }
        remote::write_memory(self.thread, address, bytes, self.page_size)
    }

    /// Ends a call that has nothing else to do than to write `bytes`: 0, or EFAULT.
    pub(super) fn store(&self, address: u64, bytes: &[u8]) -> CallResult {
        if self.write(address, bytes) == bytes.len() { CallResult::Value(0) } else { Errno::EFAULT.into() }
    }

    pub(super) fn store_link(&self, address: u64, size: u64, target: &[u8]) -> CallResult {
        let len = target.len().min(size as usize);
        match self.store(address, &target[..len]) {
            CallResult::Value(_) => CallResult::Value(len as i64),
            fault => fault,
        }
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

    /// Returns what a link of the caller below /proc shows.
    pub(super) fn link<'b>(&self, link: ProcLink, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        remote::read_link(self.thread, link, buffer).ok()
    }

    /// Does something with files as the thread itself may: `act` gets its root directory. EACCES: its rights cannot be
    /// taken over.
    pub(super) fn act<T: Send>(&self, act: impl FnOnce(BorrowedFd<'_>) -> Result<T, Errno> + Send) -> Result<T, Errno> {
        self.impersonation()?.act(act)
    }

    /// Whether the thread may do this with an object: `wanted` has the bits of access(2). One whose rights cannot be
    /// read may what everyone may.
    pub(super) fn may(&self, object: &Status, wanted: u32) -> bool {
        let everyone = object.mode & object.mode >> 3 & object.mode >> 6;
        let is_open = everyone & wanted == wanted;
        is_open || self.impersonation().is_ok_and(|impersonation| impersonation.may(object, wanted))
    }

    /// Asks as the real user from here on, as access(2) does.
    pub(super) fn asks_as_real_user(&self) {
        self.user.set(ActingUser::Real);
    }

    /// Whether processes have the numbers for the thread that they have here.
    pub(super) fn counts_alike(&self) -> bool {
        self.impersonation().is_ok_and(|impersonation| impersonation.counts_alike)
    }

    fn impersonation(&self) -> Result<&Impersonation, Errno> {
        self.impersonation.get_or_init(|| self.impersonate()).as_ref().map_err(|errno| *errno)
    }

    fn impersonate(&self) -> Result<Impersonation, Errno> {
        let impersonation = Impersonation::of(self.thread, self.user.get())?;
        // The number may be another thread's once this one is gone.
        if self.listener.is_waiting(self.id) { Ok(impersonation) } else { Err(Errno::ESRCH) }
    }

    /// Gives the caller a descriptor of `file`.
    pub(super) fn give(&self, file: BorrowedFd<'_>, close_on_exec: bool) -> Result<u32, Errno> {
        let fd = self.listener.add_fd(self.id, file, close_on_exec)?;
        // A call that is gone takes no descriptor.
        self.confirmed.set(true);
        Ok(fd)
    }
}
