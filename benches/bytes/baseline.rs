//! What the C library does with the same memory: the mark to measure by.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;

/// A memfd of `length` bytes.
pub(crate) fn memfd(length: usize) -> io::Result<OwnedFd> {
    // SAFETY: the name is a string literal with its NUL.
    let fd = unsafe { libc::memfd_create(c"dmaheap-bench".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor, and nobody else knows it.
    let file = std::fs::File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    file.set_len(length as u64)?;
    Ok(file.into())
}

/// Two mappings for the functions of the C library; never unmapped, as long as the bench runs.
pub(crate) struct Baseline {
    into: NonNull<libc::c_void>,
    from: NonNull<libc::c_void>,
    length: usize,
}

impl Baseline {
    pub(crate) fn new(into: &OwnedFd, from: &OwnedFd, length: usize) -> io::Result<Self> {
        Ok(Self { into: map(into, length)?, from: map(from, length)?, length })
    }

    pub(crate) fn memset(&self, byte: u8) {
        // SAFETY: `into` is the address of a writable mapping of this length, of which no reference exists.
        unsafe { libc::memset(self.into.as_ptr(), byte.into(), self.length) };
    }

    pub(crate) fn memcpy(&self) {
        // SAFETY: both are mappings of this length, at different addresses.
        unsafe { libc::memcpy(self.into.as_ptr(), self.from.as_ptr(), self.length) };
    }

    /// Whether both hold the same.
    pub(crate) fn memcmp(&self) -> bool {
        // SAFETY: both are mappings of this length.
        unsafe { libc::memcmp(self.into.as_ptr(), self.from.as_ptr(), self.length) == 0 }
    }
}

fn map(fd: &OwnedFd, length: usize) -> io::Result<NonNull<libc::c_void>> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: without MAP_FIXED no memory of this process changes.
    let start = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, libc::MAP_SHARED, fd.as_raw_fd(), 0) };
    match NonNull::new(start) {
        Some(start) if start.as_ptr() != libc::MAP_FAILED => Ok(start),
        _ => Err(io::Error::last_os_error()),
    }
}
