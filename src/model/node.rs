//! File operations on an opened heap node (`dma_heap_fops`, which has open and ioctl only).

use super::{Access, Errno, Kernel, Mapping, Operation};

/// What an opened node answers to `operation`: the call's return value, or its error.
///
/// # Errors
///
/// Those of the kernel.
pub fn answer(kernel: &Kernel, access: Access, operation: Operation) -> Result<u64, Errno> {
    let _ = (kernel, access, operation);
    Err(Errno::EINVAL)
}

/// What mmap(2) of a node ends with. It never succeeds.
#[must_use]
pub fn mmap(kernel: &Kernel, access: Access, mapping: &Mapping) -> Errno {
    let _ = (kernel, access, mapping);
    Errno::ENODEV
}

/// What `F_GETFL` says of a node that was opened with `open_flags`.
#[must_use]
pub fn status_flags(kernel: &Kernel, open_flags: u32) -> u32 {
    let _ = kernel;
    open_flags
}
