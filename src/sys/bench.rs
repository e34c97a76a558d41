//! System calls with a stamp right before and a stamp right after: nothing of this program lies between.
//!
//! What is sent is put together before the first stamp, and what came back is looked at after the second one: a stamp
//! cannot fail, so errno is still that of the call. Times are nanoseconds; they include the cost of one stamp.

use crate::sys::clock::Stamp;
use crate::sys::fd::ioctl::new_fd;
use crate::sys::mem::memfd::{self, MemfdSize};
use crate::sys::system::page_size;
use crate::sys::{Errno, Result};
use crate::uapi::{dma_buf, dma_heap, udmabuf};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};

/// What a buffer is asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimedRequest {
    Mainline,
    V12,
    /// A memfd, its seal and `UDMABUF_CREATE`.
    Udmabuf,
}

/// Asks `heap` for a buffer of `len` bytes, a multiple of the page size where it is udmabuf.
/// Asks `heap` for a buffer of `len` bytes.
#[inline]
pub(crate) fn heap_alloc(
    heap: BorrowedFd<'_>,
    len: u64,
    fd_flags: u32,
    request: TimedRequest,
) -> Result<(OwnedFd, u64)> {
    let request = match request {
        TimedRequest::Mainline => dma_heap::IOCTL_ALLOC,
        TimedRequest::V12 => dma_heap::IOCTL_ALLOC_V12,
        TimedRequest::Udmabuf => {
            let size = len.checked_next_multiple_of(page_size()).unwrap_or(0);
            let start = Stamp::now();
            let memory = memfd::memory(c"dmaheap", MemfdSize::Sparse(size))?;
            let buffer = memfd::udmabuf(heap, memory.as_fd(), size, udmabuf::FLAGS_CLOEXEC)?;
            return Ok((buffer, Stamp::now().since(start)));
        }
    };
    // The structure of mainline is the beginning of that of v12.
    let mut data = dma_heap::AllocationDataV12 { len, fd: 0, fd_flags, heap_flags: 0, reserved0: 0, reserved1: 0 };
    let heap = heap.as_raw_fd();
    let start = Stamp::now();
    // SAFETY: the kernel reads and writes the 24 or 32 bytes that the request names (pinned in uapi), and
    // `data` has 32, alive and exclusively borrowed for the whole call.
    let answer = unsafe { libc::ioctl(heap, request as libc::Ioctl, &raw mut data) };
    let end = Stamp::now();
    Errno::result(answer)?;
    Ok((new_fd(data.fd)?, end.since(start)))
}

/// `DMA_BUF_IOCTL_SYNC` with the given `SYNC_*` bits. EINTR and EAGAIN are repeated, with stamps of their own.
#[inline]
pub(crate) fn buffer_sync(buffer: BorrowedFd<'_>, flags: u64) -> Result<u64> {
    let sync = dma_buf::Sync { flags };
    let buffer = buffer.as_raw_fd();
    loop {
        let start = Stamp::now();
        // SAFETY: the request names the 8 bytes of `Sync`, which the kernel only reads and which live for the
        // call.
        let answer = unsafe { libc::ioctl(buffer, dma_buf::IOCTL_SYNC as libc::Ioctl, &raw const sync) };
        let end = Stamp::now();
        match Errno::result(answer) {
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            answer => return answer.map(|_| end.since(start)),
        }
    }
}

/// Closes `fd`. Whatever the answer, the descriptor is gone (close(2)).
#[inline]
pub(crate) fn close(fd: OwnedFd) -> u64 {
    let number = fd.into_raw_fd();
    let start = Stamp::now();
    // SAFETY: `number` was owned until a moment ago, and nobody else owns it.
    unsafe { libc::close(number) };
    Stamp::now().since(start)
}
