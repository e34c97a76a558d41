//! Typed ioctl requests on heap nodes and dma-bufs.

use crate::sys::{Errno, Result};
use crate::uapi::{dma_buf, dma_heap, sync_file};
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};

/// `DMA_HEAP_IOCTL_ALLOC` of mainline: asks `heap` for a buffer and returns its file descriptor.
///
/// The flags are sent as they are; the kernel is the one to refuse them.
pub(crate) fn heap_alloc(heap: BorrowedFd<'_>, len: u64, fd_flags: u32, heap_flags: u64) -> Result<OwnedFd> {
    let mut data = dma_heap::AllocationData { len, fd: 0, fd_flags, heap_flags };
    // SAFETY: the request names exactly size_of::<AllocationData>() bytes in both directions (pinned
    // in uapi), and `data` is a live, exclusively borrowed value of that type for the whole call.
    Errno::result(unsafe { libc::ioctl(heap.as_raw_fd(), dma_heap::IOCTL_ALLOC as libc::Ioctl, &raw mut data) })?;
    new_fd(data.fd)
}

/// `DMA_HEAP_IOC_ALLOC` of the 2019 v12 series.
pub(crate) fn heap_alloc_v12(heap: BorrowedFd<'_>, len: u64, fd_flags: u32, heap_flags: u64) -> Result<OwnedFd> {
    let mut data = dma_heap::AllocationDataV12 { len, fd: 0, fd_flags, heap_flags, reserved0: 0, reserved1: 0 };
    // SAFETY: as in `heap_alloc`, with the 32-byte structure that this request names.
    Errno::result(unsafe { libc::ioctl(heap.as_raw_fd(), dma_heap::IOCTL_ALLOC_V12 as libc::Ioctl, &raw mut data) })?;
    new_fd(data.fd)
}

/// Sends a structure that asks for no bytes, of the size that `request` names and 32 bytes at most. A heap refuses that.
pub(crate) fn heap_alloc_nothing(heap: BorrowedFd<'_>, request: u32) -> Result<()> {
    let mut data = dma_heap::AllocationDataV12::default();
    // SAFETY: the kernel reads and writes as many bytes as the request names, which callers take from uapi and which are
    // those of `data` at most; that is alive and exclusively borrowed for the call.
    Errno::result(unsafe { libc::ioctl(heap.as_raw_fd(), request as libc::Ioctl, &raw mut data) })?;
    new_fd(data.fd).map(drop)
}

/// Takes ownership of the descriptor that a successful allocation wrote into its structure.
pub(in crate::sys) fn new_fd(fd: u32) -> Result<OwnedFd> {
    // 0 is what was sent: a driver that answers "ok" and returns no descriptor. (Descriptor 0 itself does not help: the
    // runtime makes sure that 0, 1 and 2 are open before main.)
    let fd = i32::try_from(fd).ok().filter(|fd| *fd > 2).ok_or(Errno::EPROTO)?;
    // SAFETY: the kernel has just installed this descriptor for this process and returned to no one else, so this is
    // its only owner.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// `DMA_BUF_SET_NAME_B`: names a buffer. The kernel accepts at most 31 bytes (EINVAL beyond).
pub(crate) fn buffer_set_name(buffer: BorrowedFd<'_>, name: &CStr) -> Result<()> {
    // SAFETY: the argument of this request is a pointer to a NUL-terminated string, which `name` is,
    // alive for the call; the kernel only reads it.
    Errno::result(unsafe { libc::ioctl(buffer.as_raw_fd(), dma_buf::SET_NAME_B as libc::Ioctl, name.as_ptr()) })?;
    Ok(())
}

/// `DMA_BUF_IOCTL_SYNC` with the given `SYNC_*` bits. EINTR and EAGAIN are the caller's to retry.
pub(crate) fn buffer_sync(buffer: BorrowedFd<'_>, flags: u64) -> Result<()> {
    let sync = dma_buf::Sync { flags };
    // SAFETY: the request names the 8 bytes of `Sync`, which the kernel only reads and which live
    // for the call.
    Errno::result(unsafe { libc::ioctl(buffer.as_raw_fd(), dma_buf::IOCTL_SYNC as libc::Ioctl, &raw const sync) })?;
    Ok(())
}

/// `DMA_BUF_IOCTL_EXPORT_SYNC_FILE`: a sync_file of what an access of the kind of `flags` waits for now.
pub(crate) fn buffer_export_sync_file(buffer: BorrowedFd<'_>, flags: u32) -> Result<OwnedFd> {
    let mut data = dma_buf::SyncFile { flags, fd: 0 };
    let request = dma_buf::IOCTL_EXPORT_SYNC_FILE as libc::Ioctl;
    // SAFETY: the request names the 8 bytes of `SyncFile` in both directions, which are borrowed for the call.
    Errno::result(unsafe { libc::ioctl(buffer.as_raw_fd(), request, &raw mut data) })?;
    new_fd(data.fd as u32)
}

/// `DMA_BUF_IOCTL_IMPORT_SYNC_FILE`: adds the fences of `file` to the buffer, as those of an access of the kind of `flags`.
pub(crate) fn buffer_import_sync_file(buffer: BorrowedFd<'_>, flags: u32, file: BorrowedFd<'_>) -> Result<()> {
    let data = dma_buf::SyncFile { flags, fd: file.as_raw_fd() };
    let request = dma_buf::IOCTL_IMPORT_SYNC_FILE as libc::Ioctl;
    // SAFETY: the request names the 8 bytes of `SyncFile`, which the kernel only reads and which live for the call.
    Errno::result(unsafe { libc::ioctl(buffer.as_raw_fd(), request, &raw const data) })?;
    Ok(())
}

/// `SYNC_IOC_FILE_INFO`: the fences of a sync_file, whose number never changes.
pub(crate) fn sync_file_fences(file: BorrowedFd<'_>) -> Result<Vec<sync_file::FenceInfo>> {
    let ask = |info: &mut sync_file::SyncFileInfo| {
        // SAFETY: the request names the 56 bytes of `SyncFileInfo`, borrowed for the call. The kernel writes at most
        // `num_fences` entries to `sync_fence_info`: none in the first call, and in the second as many as `fences` has.
        Errno::result(unsafe { libc::ioctl(file.as_raw_fd(), sync_file::FILE_INFO as libc::Ioctl, &raw mut *info) })
    };
    let mut info = sync_file::SyncFileInfo::default();
    ask(&mut info)?;
    let mut fences = vec![sync_file::FenceInfo::default(); info.num_fences as usize];
    info = sync_file::SyncFileInfo {
        num_fences: info.num_fences,
        sync_fence_info: fences.as_mut_ptr() as u64,
        ..Default::default()
    };
    ask(&mut info)?;
    fences.truncate(info.num_fences as usize);
    Ok(fences)
}

/// Asks `heap` by `request`, of either ABI, for a page with a structure in read-only memory, so the answer cannot be written back: EFAULT. Kernels
/// before the fix of 2026 leave the descriptor behind that they could not tell; it is returned, and closed when it is
/// dropped.
///
/// Only right while no other thread opens files.
pub(crate) fn heap_alloc_into_read_only(heap: BorrowedFd<'_>, request: u32) -> Result<(Errno, Option<OwnedFd>)> {
    // Mainline's structure is the beginning of this one.
    static DATA: dma_heap::AllocationDataV12 = dma_heap::AllocationDataV12 {
        len: 4096,
        fd: 0,
        fd_flags: (libc::O_RDWR | libc::O_CLOEXEC) as u32,
        heap_flags: 0,
        reserved0: 0,
        reserved1: 0,
    };
    // The number that the next descriptor gets, if this one can be closed.
    let next = crate::sys::fd::descriptor::duplicate(heap)?.into_raw_fd();
    nix::unistd::close(next)?;
    // SAFETY: the request names as many bytes as DATA has, or fewer. The kernel reads them and
    // cannot write them: an immutable static lies in memory that is mapped read-only, and the kernel's
    // copy_to_user obeys that (EFAULT). Were it writable, 4 bytes of a structure that nobody else reads would change.
    let answer = unsafe { libc::ioctl(heap.as_raw_fd(), request as libc::Ioctl, &raw const DATA) };
    let errno = Errno::result(answer).err().unwrap_or(Errno::UnknownErrno);
    // SAFETY: F_GETFD takes no argument and touches no memory.
    let is_open = unsafe { libc::fcntl(next, libc::F_GETFD) } >= 0;
    // SAFETY: `next` was free before the request and is open after it; no other thread opens files, so the
    // kernel has opened it for this request and nobody else knows of it.
    Ok((errno, is_open.then(|| unsafe { OwnedFd::from_raw_fd(next) })))
}
