//! A device node that leaves no trace: on a file system in memory that is mounted nowhere.

use crate::sys::{Errno, Result};
use nix::fcntl::OFlag;
use nix::sys::stat::{Mode, SFlag, makedev, mknodat};
use std::os::fd::{FromRawFd, OwnedFd};

/// `FSCONFIG_CMD_CREATE`.
const CREATE: libc::c_uint = 6;
/// `FSOPEN_CLOEXEC`, `FSMOUNT_CLOEXEC`.
const CLOEXEC: libc::c_uint = 1;

/// Opens a character device by its number, read-only: makes a node for it on a tmpfs of its own.
///
/// The outer error is that of making the node (EPERM without CAP_SYS_ADMIN and CAP_MKNOD, ENOSYS before
/// 5.2), the inner one that of opening it.
pub(crate) fn open_device(major: u32, minor: u32) -> Result<Result<OwnedFd>> {
    // SAFETY: the name is a NUL-terminated literal.
    let context = owned(unsafe { libc::syscall(libc::SYS_fsopen, c"tmpfs".as_ptr(), CLOEXEC) })?;
    let raw = std::os::fd::AsRawFd::as_raw_fd(&context);
    let none = std::ptr::null::<u8>();
    // SAFETY: this command takes neither key nor value.
    Errno::result(unsafe { libc::syscall(libc::SYS_fsconfig, raw, CREATE, none, none, 0) })?;
    // SAFETY: no memory is involved.
    let mount = owned(unsafe { libc::syscall(libc::SYS_fsmount, raw, CLOEXEC, 0) })?;
    let device = makedev(major.into(), minor.into());
    mknodat(&mount, "node", SFlag::S_IFCHR, Mode::S_IRUSR, device)?;
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NOCTTY | OFlag::O_NONBLOCK;
    Ok(nix::fcntl::openat(&mount, "node", flags, Mode::empty()))
}

/// The descriptor that a system call returned.
fn owned(answer: libc::c_long) -> Result<OwnedFd> {
    let fd = i32::try_from(Errno::result(answer)?).map_err(|_| Errno::EPROTO)?;
    // SAFETY: the kernel has just made this descriptor and returned to no one else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
