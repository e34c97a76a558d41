//! `include/uapi/linux/dma-buf.h` and the magic of `include/uapi/linux/magic.h`.

use super::ioctl::{WRITE, ioc, iow, iowr};

/// `DMA_BUF_BASE`.
pub(crate) const MAGIC: u8 = b'b';
/// `DMA_BUF_MAGIC`: what fstatfs(2) reports as `f_type` for every dma-buf, "DMAB".
pub(crate) const SUPER_MAGIC: u64 = 0x444d_4142;
/// `DMA_BUF_NAME_LEN`: bytes of a name with its terminating NUL.
pub(crate) const NAME_LEN: usize = 32;

/// `struct dma_buf_sync`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Sync {
    /// A combination of the `SYNC_*` bits.
    pub flags: u64,
}

/// The CPU is going to read.
pub(crate) const SYNC_READ: u64 = 1;
/// The CPU is going to write.
pub(crate) const SYNC_WRITE: u64 = 2;
pub(crate) const SYNC_RW: u64 = SYNC_READ | SYNC_WRITE;
pub(crate) const SYNC_START: u64 = 0;
pub(crate) const SYNC_END: u64 = 4;
/// Every bit that the kernel accepts.
pub(crate) const SYNC_VALID_FLAGS_MASK: u64 = SYNC_RW | SYNC_END;

/// `struct dma_buf_export_sync_file` and `struct dma_buf_import_sync_file`, which agree in layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct SyncFile {
    /// [`SYNC_READ`], [`SYNC_WRITE`] or both.
    pub flags: u32,
    /// The sync_file: written by the export request, read by the import request.
    pub fd: i32,
}

/// `DMA_BUF_IOCTL_SYNC`.
pub(crate) const IOCTL_SYNC: u32 = iow::<Sync>(MAGIC, 0);
/// `DMA_BUF_SET_NAME_A`: what `DMA_BUF_SET_NAME` is in a 32-bit program.
pub(crate) const SET_NAME_A: u32 = iow::<u32>(MAGIC, 1);
/// `DMA_BUF_SET_NAME_B`: what `DMA_BUF_SET_NAME` is in a 64-bit program. Both work everywhere.
pub(crate) const SET_NAME_B: u32 = iow::<u64>(MAGIC, 1);
/// `DMA_BUF_IOCTL_EXPORT_SYNC_FILE` (6.0 and later, with `CONFIG_SYNC_FILE`).
pub(crate) const IOCTL_EXPORT_SYNC_FILE: u32 = iowr::<SyncFile>(MAGIC, 2);
/// `DMA_BUF_IOCTL_IMPORT_SYNC_FILE` (6.0 and later, with `CONFIG_SYNC_FILE`).
pub(crate) const IOCTL_IMPORT_SYNC_FILE: u32 = iow::<SyncFile>(MAGIC, 3);

const _: () = {
    assert!(IOCTL_SYNC == 0x4008_6200);
    assert!(SET_NAME_A == 0x4004_6201);
    assert!(SET_NAME_B == 0x4008_6201);
    assert!(IOCTL_EXPORT_SYNC_FILE == 0xc008_6202);
    assert!(IOCTL_IMPORT_SYNC_FILE == 0x4008_6203);
    assert!(ioc(WRITE, MAGIC, 0, 8) == 0x4008_6200);
    assert!(size_of::<Sync>() == 8);
    assert!(size_of::<SyncFile>() == 8);
    assert!(SYNC_VALID_FLAGS_MASK == 7);
};
