//! Memory that is a file, and dma-bufs of it.

use crate::sys::{Errno, Result};
use crate::uapi::udmabuf::{CREATE, Create};
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// The size of a memfd, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemfdSize {
    /// It has its memory at once.
    Backed(u64),
    /// It gets a page of memory when that is touched first.
    Sparse(u64),
}

/// A memfd of this size, all zero, opened read-write.
pub(crate) fn memory(name: &CStr, size: MemfdSize) -> Result<OwnedFd> {
    const MFD_NOEXEC_SEAL: libc::c_uint = 8;
    // Asked for since 6.3, where a memfd without it draws a warning in the kernel's log.
    let quiet = MFdFlags::from_bits_retain(MFD_NOEXEC_SEAL) | MFdFlags::MFD_CLOEXEC;
    let fd = match memfd_create(name, quiet) {
        Err(Errno::EINVAL) => memfd_create(name, MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?,
        other => other?,
    };
    let bytes = |size| libc::off_t::try_from(size).map_err(|_| Errno::EFBIG);
    match size {
        MemfdSize::Backed(0) | MemfdSize::Sparse(0) => {}
        MemfdSize::Backed(size) => nix::fcntl::fallocate(&fd, nix::fcntl::FallocateFlags::empty(), 0, bytes(size)?)?,
        MemfdSize::Sparse(size) => nix::unistd::ftruncate(&fd, bytes(size)?)?,
    }
    Ok(fd)
}

/// `UDMABUF_CREATE`: a dma-buf over the first `size` bytes of `memory`, which is sealed against shrinking for that.
pub(crate) fn udmabuf(device: BorrowedFd<'_>, memory: BorrowedFd<'_>, size: u64, flags: u32) -> Result<OwnedFd> {
    fcntl(memory, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_SHRINK))?;
    let memfd = u32::try_from(memory.as_raw_fd()).map_err(|_| Errno::EBADF)?;
    let create = Create { memfd, flags, offset: 0, size };
    // SAFETY: the request names the bytes of `Create`, which the kernel only reads and which live for
    // the call.
    let fd = Errno::result(unsafe { libc::ioctl(device.as_raw_fd(), CREATE as libc::Ioctl, &raw const create) })?;
    // SAFETY: the kernel has just made this descriptor and given it to no one else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
