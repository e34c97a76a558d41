//! The allocation request on an opened node, in two steps around the allocation itself.
//!
//! [`decide`] says what happens before memory is asked for: the VFS answers, the driver rejects, or
//! it allocates. [`Plan::finish`] takes how that went and says what is written back, what the call
//! returns, and what becomes of the new file descriptor. Between the two the order is the kernel's:
//! memory first (ENOMEM), then a slot in the fd table (EMFILE), for which the memory is given back.

mod fields;
mod mainline;
mod outcome;
mod v12;

pub(crate) use outcome::{FdFate, Outcome};

use super::vfs::{self, File};
use super::{Abi, Access, Arg, Errno, Kernel, Reply, Request};
use crate::uapi::dma_heap;

/// What a node does with a request before it allocates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Decision {
    /// The VFS answers; the driver never sees the request.
    Vfs(vfs::Answer),
    /// The driver rejects it; nothing was allocated.
    Reject(Reply),
    /// The driver asks the heap for memory.
    Allocate(Plan),
}

/// An accepted allocation that waits for its memory and its file descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Plan {
    len: u64,
    fd_flags: u32,
    abi: Abi,
    efault_fixed: bool,
    /// The struct as it goes back, the fd not yet in it; as long as the request's out size.
    reply: Vec<u8>,
    writable: usize,
}

/// What an opened node answers to `request` (`do_vfs_ioctl`, then `dma_heap_ioctl`).
///
/// The access mode that the node was opened with does not matter: `O_RDONLY` suffices.
pub(crate) fn decide(kernel: &Kernel, request: Request, arg: &Arg<'_>) -> Decision {
    if let Some(answer) = vfs::answer(kernel, request, arg, File::Node) {
        return Decision::Vfs(answer);
    }
    driver(kernel, request, arg)
}

/// The driver's part of [`decide`].
fn driver(kernel: &Kernel, request: Request, arg: &Arg<'_>) -> Decision {
    match kernel.abi {
        Abi::Mainline => mainline::decide(kernel, request, arg),
        Abi::V12 => v12::decide(kernel, request, arg),
    }
}

/// How the driver rejects `request`, if it does.
pub(super) fn driver_rejects(kernel: &Kernel, request: Request, arg: &Arg<'_>) -> Option<Reply> {
    match driver(kernel, request, arg) {
        Decision::Reject(reply) => Some(reply),
        Decision::Vfs(_) | Decision::Allocate(_) => None,
    }
}

impl Plan {
    /// Bytes to allocate: what was asked for, rounded up to pages; never 0.
    #[must_use]
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Never: a length of 0 is rejected.
    #[must_use]
    #[cfg(test)]
    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The access mode of the buffer.
    #[must_use]
    pub(crate) const fn access(&self) -> Access {
        Access::from_flags(self.fd_flags)
    }

    /// Whether the new file descriptor is closed by exec.
    #[must_use]
    pub(crate) const fn close_on_exec(&self) -> bool {
        self.fd_flags & dma_heap::VALID_FD_FLAGS & !Access::MASK != 0
    }

    /// Whether the caller's memory takes the whole reply: with `false` the call ends in EFAULT, and
    /// [`finish`](Self::finish) says what is left behind.
    #[must_use]
    pub(crate) fn reply_fits(&self) -> bool {
        self.reply.len() <= self.writable
    }

    /// How the call ends, once the heap and the fd table have answered with the new file descriptor
    /// or with an error (ENOMEM, EMFILE, ENFILE, EINTR …).
    pub(crate) fn finish(self, allocated: Result<u32, Errno>) -> Outcome {
        match self.abi {
            Abi::Mainline => mainline::finish(self, allocated),
            Abi::V12 => v12::finish(self, allocated),
        }
    }
}

/// The checks that both ABIs share, in their order, and the length rounded up to pages
/// (`dma_heap_ioctl_allocate`, `dma_heap_buffer_alloc`).
fn check(kernel: &Kernel, data: &dma_heap::AllocationData) -> Result<u64, Errno> {
    if data.fd != 0
        || data.fd_flags & !dma_heap::VALID_FD_FLAGS != 0
        || data.heap_flags & !dma_heap::VALID_HEAP_FLAGS != 0
    {
        return Err(Errno::EINVAL);
    }
    match kernel.page_align(data.len) {
        0 => Err(Errno::EINVAL),
        len => Ok(len),
    }
}

#[cfg(test)]
mod tests;
