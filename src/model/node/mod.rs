//! Requests and file operations on an opened heap node (`dma_heap_fops`, which has open and ioctl only).
//!
//! Opening a node whose minor no heap has fails with ENXIO (`chrdev_open` finds no `cdev`); see
//! [`Registry::by_minor`](super::registry::Registry::by_minor). The allocation itself is in
//! [`alloc`](super::alloc).

mod ioctl;

pub(crate) use ioctl::{Decision, ioctl};

use super::{AccessMode, Errno, Kernel, LongBits, MmapRequest, Operation, fallocate};

/// `EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM` (`DEFAULT_POLLMASK`).
const ALWAYS_READY: u16 = 0x145;
/// `SEEK_MAX`: `SEEK_HOLE`.
pub(super) const SEEK_MAX: u32 = 4;

/// `O_DIRECT`.
const DIRECT: u32 = if cfg!(any(target_arch = "arm", target_arch = "aarch64")) { 0o200_000 } else { 0o40_000 };

/// Returns how open(2) of a node with these flags ends, as far as the flags alone decide: `O_DIRECT` needs a file that
/// can do it (`do_dentry_open`, `FMODE_CAN_ODIRECT`).
pub(crate) const fn open(flags: u32) -> Result<(), Errno> {
    if flags & DIRECT == 0 { Ok(()) } else { Err(Errno::EINVAL) }
}

/// Returns the answer of an opened node to `operation`: the call's return value, or its error.
///
/// # Errors
/// The kernel's: `dma_heap_open` makes the file not seekable (`nonseekable_open`), and it has no operation for anything
/// asked here.
pub(crate) fn answer(kernel: &Kernel, access: AccessMode, operation: Operation) -> Result<u64, Errno> {
    Err(match operation {
        // vfs_read, vfs_write: the access mode first, then the missing operation.
        Operation::Read if !access.can_read() => Errno::EBADF,
        Operation::Write if !access.can_write() => Errno::EBADF,
        Operation::Read | Operation::Write => Errno::EINVAL,
        // ksys_pread64: the offset first, then FMODE_PREAD.
        Operation::Pread { offset } | Operation::Pwrite { offset } if offset < 0 => Errno::EINVAL,
        Operation::Pread { .. } | Operation::Pwrite { .. } => Errno::ESPIPE,
        Operation::Lseek { whence, .. } if whence > SEEK_MAX => Errno::EINVAL,
        Operation::Lseek { .. } => Errno::ESPIPE,
        // vfs_poll of a file without poll.
        Operation::Poll { events } => return Ok(u64::from(events & ALWAYS_READY)),
        // do_epoll_ctl: file_can_poll.
        Operation::EpollAdd => Errno::EPERM,
        Operation::Fsync | Operation::Ftruncate { .. } => Errno::EINVAL,
        Operation::Fallocate { mode, offset, len } => fallocate::error(kernel, access, mode, offset, len),
        // memfd_add_seals: the access mode before the kind of the file.
        Operation::AddSeals { .. } if !access.can_write() => Errno::EPERM,
        Operation::AddSeals { .. } | Operation::GetSeals => Errno::EINVAL,
    })
}

/// Returns the error of mmap(2) of a node. It never succeeds: where nothing is wrong with the request, the file has no
/// mmap operation (ENODEV). The mount is taken to be without `noexec`, with which `PROT_EXEC` is EPERM.
pub(crate) fn mmap(kernel: &Kernel, access: AccessMode, mapping: &MmapRequest) -> Errno {
    mapping.refused(kernel, access, false).unwrap_or(Errno::ENODEV)
}

/// Returns `F_GETFL` of a node that was opened with `open_flags`, bits of open(2): the flags that act only once are
/// gone (`build_open_flags`, `do_dentry_open`), `O_SYNC` has `O_DSYNC` in it also where only its own bit was given, and
/// a 64-bit kernel adds `O_LARGEFILE`, which a 32-bit caller must give itself.
pub(crate) fn status_flags(kernel: &Kernel, open_flags: u32) -> u32 {
    const CREAT_EXCL_NOCTTY_TRUNC: u32 = 0o1700;
    const CLOEXEC: u32 = crate::uapi::dma_heap::VALID_FD_FLAGS & !AccessMode::MASK;
    const LARGEFILE: u32 = if cfg!(any(target_arch = "arm", target_arch = "aarch64")) { 0o400_000 } else { 0o100_000 };
    const DSYNC: u32 = 0o10_000;
    const SYNC_ONLY: u32 = 0o4_000_000;
    let dsync = if open_flags & SYNC_ONLY != 0 { DSYNC } else { 0 };
    let kept = open_flags & !(CREAT_EXCL_NOCTTY_TRUNC | CLOEXEC) | dsync;
    match kernel.long_bits {
        LongBits::Bits32 => kept,
        LongBits::Bits64 => kept | LARGEFILE,
    }
}

#[cfg(test)]
mod tests;
