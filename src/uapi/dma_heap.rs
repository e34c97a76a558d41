//! `include/uapi/linux/dma-heap.h`, and the 2019 series that came before it.

use super::ioctl::{ioc, iowr};
use std::mem::offset_of;

/// `DMA_HEAP_IOC_MAGIC`.
pub(crate) const MAGIC: u8 = b'H';

/// `struct dma_heap_allocation_data` of mainline (5.6 and later).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct AllocationData {
    /// Bytes asked for; the kernel rounds up to pages and does not write the result back.
    pub len: u64,
    /// Must be 0; the new file descriptor after success.
    pub fd: u32,
    /// `O_*` flags of the new file descriptor: an access mode and `O_CLOEXEC`.
    pub fd_flags: u32,
    /// No flag is defined by mainline.
    pub heap_flags: u64,
}

/// `struct dma_heap_allocation_data` of the 2019 v12 series, which was never merged in this form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct AllocationDataV12 {
    /// Bytes asked for.
    pub len: u64,
    /// Must be 0; the new file descriptor after success.
    pub fd: u32,
    /// `O_*` flags of the new file descriptor.
    pub fd_flags: u32,
    pub heap_flags: u64,
    /// Must be 0.
    pub reserved0: u32,
    /// Must be 0.
    pub reserved1: u32,
}

/// `DMA_HEAP_IOCTL_ALLOC` of mainline.
pub(crate) const IOCTL_ALLOC: u32 = iowr::<AllocationData>(MAGIC, 0);
/// `DMA_HEAP_IOC_ALLOC` of the v12 series.
pub(crate) const IOCTL_ALLOC_V12: u32 = iowr::<AllocationDataV12>(MAGIC, 0);
/// A request that neither ABI knows and that allocates nothing: mainline answers EINVAL, v12 ENOTTY.
pub(crate) const IOCTL_UNKNOWN: u32 = ioc(super::ioctl::NONE, MAGIC, 1, 0);

/// `DMA_HEAP_VALID_FD_FLAGS`. `O_CLOEXEC` differs between architectures, so this is not a literal.
pub(crate) const VALID_FD_FLAGS: u32 = (libc::O_CLOEXEC | libc::O_ACCMODE) as u32;
/// `DMA_HEAP_VALID_HEAP_FLAGS`.
pub(crate) const VALID_HEAP_FLAGS: u64 = 0;
/// `NUM_HEAP_MINORS` of `drivers/dma-buf/dma-heap.c`.
pub(crate) const NUM_HEAP_MINORS: usize = 128;

const _: () = {
    assert!(IOCTL_ALLOC == 0xc018_4800);
    assert!(IOCTL_ALLOC_V12 == 0xc020_4800);
    assert!(IOCTL_UNKNOWN == 0x0000_4801);

    assert!(size_of::<AllocationData>() == 24);
    assert!(offset_of!(AllocationData, len) == 0);
    assert!(offset_of!(AllocationData, fd) == 8);
    assert!(offset_of!(AllocationData, fd_flags) == 12);
    assert!(offset_of!(AllocationData, heap_flags) == 16);

    assert!(size_of::<AllocationDataV12>() == 32);
    assert!(offset_of!(AllocationDataV12, len) == 0);
    assert!(offset_of!(AllocationDataV12, fd) == 8);
    assert!(offset_of!(AllocationDataV12, fd_flags) == 12);
    assert!(offset_of!(AllocationDataV12, heap_flags) == 16);
    assert!(offset_of!(AllocationDataV12, reserved0) == 24);
    assert!(offset_of!(AllocationDataV12, reserved1) == 28);
};

#[cfg(any(
    target_arch = "x86_64",
    target_arch = "x86",
    target_arch = "aarch64",
    target_arch = "arm",
    target_arch = "riscv64"
))]
const _: () = assert!(VALID_FD_FLAGS == 0x0008_0003);
