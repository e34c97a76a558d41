//! A mapping of a file that others may write to.

use super::{Errno, Result};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicU8, Ordering};

/// The arguments of mmap(2), which the kernel is to judge. Lengths and offsets are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How much.
    pub len: usize,
    /// From where on.
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

/// A mapping, unmapped when dropped.
#[derive(Debug)]
pub struct FileMap {
    start: *mut u8,
    wanted: Wanted,
}

impl FileMap {
    /// mmap(2), at an address of the kernel's choice.
    pub fn new(fd: BorrowedFd<'_>, wanted: Wanted) -> Result<Self> {
        let bit = |on, bit| if on { bit } else { 0 };
        let protection =
            bit(wanted.read, libc::PROT_READ) | bit(wanted.write, libc::PROT_WRITE) | bit(wanted.exec, libc::PROT_EXEC);
        let flags = if wanted.shared { libc::MAP_SHARED } else { libc::MAP_PRIVATE };
        // SAFETY: without MAP_FIXED a new mapping replaces nothing.
        let start =
            unsafe { libc::mmap64(std::ptr::null_mut(), wanted.len, protection, flags, fd.as_raw_fd(), wanted.offset) };
        if start == libc::MAP_FAILED { Err(Errno::last()) } else { Ok(Self { start: start.cast(), wanted }) }
    }

    /// Whether every byte is 0. EACCES if it was not mapped for reading.
    pub fn is_zero(&self) -> Result<bool> {
        if !self.wanted.read {
            return Err(Errno::EACCES);
        }
        Ok((0..self.wanted.len).all(|at| self.byte(at).load(Ordering::Relaxed) == 0))
    }

    /// Sets every byte. EACCES if it was not mapped for writing.
    pub fn fill(&self, value: u8) -> Result<()> {
        if !self.wanted.write {
            return Err(Errno::EACCES);
        }
        (0..self.wanted.len).for_each(|at| self.byte(at).store(value, Ordering::Relaxed));
        Ok(())
    }

    fn byte(&self, at: usize) -> &AtomicU8 {
        // SAFETY: `at` is below the length of the mapping, which lives as long as `self`; callers have
        // checked the access. Others may write the memory meanwhile, hence the atomic.
        unsafe { AtomicU8::from_ptr(self.start.add(at)) }
    }
}

impl Drop for FileMap {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` with this length, and no reference to it is left.
        let _ = unsafe { libc::munmap(self.start.cast(), self.wanted.len) };
    }
}
