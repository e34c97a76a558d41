//! Placeholders: kernel objects that a caller gets for a heap node and for a dma-buf.

use crate::sys::fd::file::errno_of;
use crate::sys::{Errno, Result};
use nix::sys::memfd::{MFdFlags, memfd_create};
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

/// `F_SEAL_SHRINK`, which udmabuf insists on.
fn seal_size(fd: BorrowedFd<'_>) -> Result<()> {
    use nix::fcntl::{FcntlArg, SealFlag, fcntl};
    fcntl(fd, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_SHRINK)).map(drop)
}

pub(crate) fn udmabuf_device() -> Result<OwnedFd> {
    use nix::fcntl::{OFlag, open};
    open("/dev/udmabuf", OFlag::O_RDWR | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty())
}

/// A dma-buf over the first `size` bytes of `memory`, which is sealed against shrinking for that.
pub(crate) fn udmabuf(device: BorrowedFd<'_>, memory: BorrowedFd<'_>, size: u64) -> Result<OwnedFd> {
    use crate::uapi::udmabuf::{CREATE, Create, FLAGS_CLOEXEC};
    seal_size(memory)?;
    let memfd = u32::try_from(memory.as_raw_fd()).map_err(|_| Errno::EBADF)?;
    let create = Create { memfd, flags: FLAGS_CLOEXEC, offset: 0, size };
    // SAFETY: the request names the bytes of `Create`, which the kernel only reads and which live for
    // the call.
    let fd = Errno::result(unsafe { libc::ioctl(device.as_raw_fd(), CREATE as libc::Ioctl, &raw const create) })?;
    // SAFETY: the kernel has just made this descriptor and given it to no one else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A file without a name that holds `text`, opened read-only at its start.
pub(crate) fn text(name: &CStr, text: &[u8]) -> Result<OwnedFd> {
    use std::io::Write;
    let mut file = std::fs::File::from(memory(name, MemfdSize::Sparse(0))?);
    file.write_all(text).map_err(|error| errno_of(&error))?;
    reopen(std::os::fd::AsFd::as_fd(&file), libc::O_RDONLY as u32)
}
