//! An allocation that the driver has accepted.

use crate::model::{AccessMode, Check, Errno, Kernel};
use crate::uapi::dma_heap;

/// An accepted allocation that waits for its memory and its file descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct AllocationPlan {
    pub(super) len: u64,
    pub(super) fd_flags: u32,
    pub(super) kernel: Kernel,
    /// The struct as it goes back, the fd not yet in it; as long as the request's out size.
    pub(super) reply: Vec<u8>,
    pub(super) writable: usize,
}

impl AllocationPlan {
    /// Bytes to allocate: what was asked for, rounded up to pages; never 0.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Never: a length of 0 is rejected.
    #[cfg(test)]
    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The access mode of the buffer.
    pub(crate) const fn access(&self) -> AccessMode {
        AccessMode::from_flags(self.fd_flags)
    }

    /// Whether the new file descriptor is closed by exec.
    pub(crate) const fn close_on_exec(&self) -> bool {
        self.fd_flags & dma_heap::VALID_FD_FLAGS & !AccessMode::MASK != 0
    }

    /// Whether the caller's memory takes the whole reply: with `false` the call ends in EFAULT, and
    /// [`finish`](Self::finish) says what is left behind.
    pub(crate) fn reply_fits(&self) -> bool {
        self.reply.len() <= self.writable
    }
}

/// The checks that both ABIs share, in their order, and the length rounded up to pages
/// (`dma_heap_ioctl_allocate`, `dma_heap_buffer_alloc`).
pub(super) fn check(kernel: &Kernel, data: &dma_heap::AllocationData) -> Result<u64, Errno> {
    if data.fd != 0 && kernel.has(Check::FdField)
        || data.fd_flags & !dma_heap::VALID_FD_FLAGS != 0 && kernel.has(Check::FdFlags)
        || data.heap_flags & !dma_heap::VALID_HEAP_FLAGS != 0 && kernel.has(Check::HeapFlags)
    {
        return Err(Errno::EINVAL);
    }
    match kernel.page_align(data.len) {
        0 if kernel.has(Check::Length) => Err(Errno::EINVAL),
        len => Ok(if kernel.has(Check::Rounding) { len } else { data.len }),
    }
}
