//! Which of the two requests a heap takes, found out without allocating anything.

use crate::model::Abi;
use crate::sys::Errno;
use crate::sys::fd::ioctl;
use crate::uapi::dma_heap;
use std::os::fd::BorrowedFd;

/// Requests for no bytes. Nobody knows the first; of the others a heap knows the sizes that its ABI has.
pub(crate) const QUESTIONS: [u32; 3] = [dma_heap::IOCTL_UNKNOWN, dma_heap::IOCTL_ALLOC, dma_heap::IOCTL_ALLOC_V12];

/// The ABI of a heap that refuses them in this way; `None` if neither does.
pub(crate) fn by_refusals(refusals: [Option<Errno>; 3]) -> Option<Abi> {
    let are = |errnos: [Errno; 3]| refusals == errnos.map(Some);
    if are([Errno::EINVAL; 3]) {
        return Some(Abi::Mainline);
    }
    are([Errno::ENOTTY, Errno::ENOTTY, Errno::EINVAL]).then_some(Abi::V12)
}

/// Asks an open heap.
pub(crate) fn of(heap: BorrowedFd<'_>) -> Option<Abi> {
    by_refusals(QUESTIONS.map(|request| ioctl::heap_alloc_nothing(heap, request).err()))
}

/// The number of the request that allocates.
pub(crate) const fn request(abi: Abi) -> u32 {
    match abi {
        Abi::Mainline => dma_heap::IOCTL_ALLOC,
        Abi::V12 => dma_heap::IOCTL_ALLOC_V12,
    }
}
