//! The requests of a node: the VFS answers first (`do_vfs_ioctl`), then the heaps' driver (`dma_heap_ioctl`).

use crate::model::alloc::{self, AllocationPlan};
use crate::model::vfs::{self, File, VfsAnswer};
use crate::model::{Arg, Kernel, Reply, Request};

/// A node's reaction to a request, before it allocates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Decision {
    /// The VFS answers; the driver never sees the request.
    Vfs(VfsAnswer),
    /// The driver rejects it; nothing was allocated.
    Reject(Reply),
    /// The driver asks the heap for memory.
    Allocate(AllocationPlan),
}

/// Returns what an opened node does with `request`.
///
/// The access mode that the node was opened with does not matter: `O_RDONLY` suffices.
pub(crate) fn ioctl(kernel: &Kernel, request: Request, arg: &Arg<'_>) -> Decision {
    if let Some(answer) = vfs::answer(kernel, request, arg, File::Node) {
        return Decision::Vfs(answer);
    }
    alloc::driver(kernel, request, arg).map_or_else(Decision::Reject, Decision::Allocate)
}
