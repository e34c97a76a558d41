//! File operations on any descriptor, answered as the kernel answers them.

use crate::sys::{Errno, Result};
use nix::fcntl::OFlag;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::sys::stat::Mode;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// close(2) of a number, whoever has it: for a process of its own that is about to end.
pub(crate) fn close(number: i32) -> Result<()> {
    nix::unistd::close(number)
}

/// read(2) of one byte.
pub(crate) fn read(fd: BorrowedFd<'_>) -> Result<u64> {
    nix::unistd::read(fd, &mut [0]).map(|count| count as u64)
}

/// write(2) of one byte.
pub(crate) fn write(fd: BorrowedFd<'_>) -> Result<u64> {
    nix::unistd::write(fd, &[0]).map(|count| count as u64)
}

/// pread(2) of one byte.
pub(crate) fn pread(fd: BorrowedFd<'_>, offset: i64) -> Result<u64> {
    let mut byte = 0_u8;
    // SAFETY: one byte is read into a live variable.
    let answer = unsafe { libc::pread64(fd.as_raw_fd(), (&raw mut byte).cast(), 1, offset) };
    Errno::result(answer).map(|count| count as u64)
}

/// pwrite(2) of one byte.
pub(crate) fn pwrite(fd: BorrowedFd<'_>, offset: i64) -> Result<u64> {
    let byte = 0_u8;
    // SAFETY: one byte is written from a live variable.
    let answer = unsafe { libc::pwrite64(fd.as_raw_fd(), (&raw const byte).cast(), 1, offset) };
    Errno::result(answer).map(|count| count as u64)
}

/// lseek(2), with any `whence`.
pub(crate) fn lseek(fd: BorrowedFd<'_>, offset: i64, whence: u32) -> Result<u64> {
    // SAFETY: no memory is involved.
    Errno::result(unsafe { libc::lseek64(fd.as_raw_fd(), offset, whence as i32) }).map(|at| at as u64)
}

/// Calls poll(2) without waiting. Returns `revents`.
pub(crate) fn poll(fd: BorrowedFd<'_>, events: u16) -> Result<u64> {
    let mut entry = libc::pollfd { fd: fd.as_raw_fd(), events: events as i16, revents: 0 };
    // SAFETY: one live entry, as stated; a timeout of 0 does not block.
    Errno::result(unsafe { libc::poll(&raw mut entry, 1, 0) })?;
    Ok(u64::from(entry.revents as u16))
}

/// epoll_ctl(2) `EPOLL_CTL_ADD` to a new epoll.
pub(crate) fn epoll_add(fd: BorrowedFd<'_>) -> Result<u64> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(fd, EpollEvent::new(EpollFlags::EPOLLIN, 0)).map(|()| 0)
}

pub(crate) fn fsync(fd: BorrowedFd<'_>) -> Result<u64> {
    nix::unistd::fsync(fd).map(|()| 0)
}

pub(crate) fn ftruncate(fd: BorrowedFd<'_>, len: i64) -> Result<u64> {
    // SAFETY: no memory is involved.
    Errno::result(unsafe { libc::ftruncate64(fd.as_raw_fd(), len) }).map(|_| 0)
}

/// fallocate(2), with any `mode`.
pub(crate) fn fallocate(fd: BorrowedFd<'_>, mode: u32, offset: i64, len: i64) -> Result<u64> {
    // SAFETY: no memory is involved.
    Errno::result(unsafe { libc::fallocate64(fd.as_raw_fd(), mode as i32, offset, len) }).map(|_| 0)
}

/// fcntl(2) `F_ADD_SEALS`.
pub(crate) fn add_seals(fd: BorrowedFd<'_>, seals: u32) -> Result<u64> {
    // SAFETY: no memory is involved.
    Errno::result(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_ADD_SEALS, seals) }).map(|_| 0)
}

/// fcntl(2) `F_GET_SEALS`.
pub(crate) fn get_seals(fd: BorrowedFd<'_>) -> Result<u64> {
    // SAFETY: no memory is involved.
    Errno::result(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GET_SEALS) }).map(|seals| seals as u64)
}

/// open(2) of `path`, a device or a descriptor's link in /proc, with an access mode of `O_ACCMODE`.
///
/// The caller knows that opening it does no harm.
pub(crate) fn open(path: &Path, access: u32) -> Result<OwnedFd> {
    let access = OFlag::from_bits_truncate(access as i32 & libc::O_ACCMODE);
    nix::fcntl::open(path, access | OFlag::O_CLOEXEC | OFlag::O_NOCTTY | OFlag::O_NONBLOCK, Mode::empty())
}

pub(crate) fn memory_file() -> Result<OwnedFd> {
    nix::sys::memfd::memfd_create(c"dmaheap-probe", nix::sys::memfd::MFdFlags::MFD_CLOEXEC)
}

pub(crate) fn socket() -> Result<(OwnedFd, OwnedFd)> {
    socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC)
}
