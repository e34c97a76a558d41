//! Mapping a file, as mmap(2) does it and undoes it.

use crate::sys::clock::Stamp;
use crate::sys::{Errno, Result};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;

/// The arguments of mmap(2), which the kernel is to judge. Lengths and offsets are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub len: usize,
    pub offset: i64,
    /// `PROT_READ`.
    pub read: bool,
    /// `PROT_WRITE`.
    pub write: bool,
    /// `PROT_EXEC`.
    pub exec: bool,
    /// `MAP_SHARED`, else `MAP_PRIVATE`.
    pub shared: bool,
}

/// A range of memory that is mapped, and nothing more; unmapped when dropped. [`Mapping`](crate::sys::mem::mapping::Mapping) accesses one.
#[derive(Debug)]
pub(crate) struct FileMap {
    start: NonNull<u8>,
    len: usize,
}

impl FileMap {
    /// mmap(2), at an address of the kernel's choice.
    pub(crate) fn new(fd: BorrowedFd<'_>, wanted: Wanted) -> Result<Self> {
        Self::timed(fd, wanted).map(|(map, _)| map)
    }

    /// Does what [`FileMap::new`] does. Returns also the nanoseconds that mmap(2) took, with nothing else counted.
    pub(crate) fn timed(fd: BorrowedFd<'_>, wanted: Wanted) -> Result<(Self, u64)> {
        let bit = |on, bit| if on { bit } else { 0 };
        let protection =
            bit(wanted.read, libc::PROT_READ) | bit(wanted.write, libc::PROT_WRITE) | bit(wanted.exec, libc::PROT_EXEC);
        let flags = if wanted.shared { libc::MAP_SHARED } else { libc::MAP_PRIVATE };
        let fd = fd.as_raw_fd();
        let begin = Stamp::now();
        // SAFETY: without MAP_FIXED and with no wish for an address the kernel takes addresses that are
        // free, so no memory of this process changes.
        let start = unsafe { libc::mmap64(std::ptr::null_mut(), wanted.len, protection, flags, fd, wanted.offset) };
        // A stamp cannot fail, so errno is still mmap's.
        let time = Stamp::now().since(begin);
        if start == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        let start = NonNull::new(start.cast()).ok_or(Errno::EFAULT)?;
        Ok((Self { start, len: wanted.len }, time))
    }

    /// The first byte. A mapping in use has no address 0.
    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Returns how many bytes were asked for; the kernel maps whole pages.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for FileMap {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` with this length; whoever has its address borrows or owns
        // `self`, and hands out no reference.
        let _ = unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}
