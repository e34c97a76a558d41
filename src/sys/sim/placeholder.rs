//! Placeholders: kernel objects that a caller gets for a heap node and for a dma-buf.

use crate::sys::fd::file::errno_of;
use crate::sys::mem::memfd::{self, MemfdSize};
use crate::sys::{Errno, Result};
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// A Landlock ruleset that is never enforced: a descriptor whose own answers are those of an opened
/// heap node (read and write EINVAL, lseek ESPIPE, mmap ENODEV, poll ready, epoll EPERM).
///
/// ENOSYS and EOPNOTSUPP: the kernel has no Landlock, or it is not enabled at boot.
pub(crate) fn ruleset() -> Result<OwnedFd> {
    /// `struct landlock_ruleset_attr` of the first version; later ones only grow.
    #[repr(C)]
    struct Attributes {
        handled_access_fs: u64,
    }
    const ACCESS_FS_EXECUTE: u64 = 1;
    let attributes = Attributes { handled_access_fs: ACCESS_FS_EXECUTE };
    // SAFETY: the kernel reads `size` bytes of `attributes`, which is a live value of that size.
    let fd =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, &raw const attributes, size_of::<Attributes>(), 0) };
    let fd = Errno::result(fd)?;
    // SAFETY: the kernel has just made this descriptor and given it to no one else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Another open file of the same memory with the access mode `mode` (0 to 3, as of open(2)).
pub(crate) fn reopen(fd: BorrowedFd<'_>, mode: u32) -> Result<OwnedFd> {
    let path = crate::sys::sim::remote::LinkPath::new(
        std::process::id(),
        crate::sys::sim::remote::ProcLink::Fd(fd.as_raw_fd() as u32),
    );
    let flags = (mode & libc::O_ACCMODE as u32) as libc::c_int | libc::O_CLOEXEC;
    // SAFETY: the path is NUL-terminated; without O_CREAT the call takes no further argument.
    let new = Errno::result(unsafe { libc::open(path.as_ptr(), flags) })?;
    // SAFETY: the kernel has just made this descriptor and given it to no one else.
    Ok(unsafe { OwnedFd::from_raw_fd(new) })
}

pub(crate) fn udmabuf_device() -> Result<OwnedFd> {
    use nix::fcntl::{OFlag, open};
    open("/dev/udmabuf", OFlag::O_RDWR | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty())
}

/// A file without a name that holds `text`, opened read-only at its start.
pub(crate) fn text(name: &CStr, text: &[u8]) -> Result<OwnedFd> {
    use std::io::Write;
    let mut file = std::fs::File::from(memfd::memory(name, MemfdSize::Sparse(0))?);
    file.write_all(text).map_err(|error| errno_of(&error))?;
    reopen(std::os::fd::AsFd::as_fd(&file), libc::O_RDONLY as u32)
}
