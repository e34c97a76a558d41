//! `include/uapi/linux/sync_file.h`.

use super::ioctl::iowr;
use std::mem::offset_of;

/// `SYNC_IOC_MAGIC`.
pub(crate) const MAGIC: u8 = b'>';

/// `struct sync_fence_info`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct FenceInfo {
    /// The name of the timeline, with its terminating NUL.
    pub obj_name: [u8; 32],
    pub driver_name: [u8; 32],
    /// 1 once it is signaled, 0 before, a negative errno if it was signaled with an error.
    pub status: i32,
    pub flags: u32,
    /// When it was signaled, nanoseconds of the monotonic clock.
    pub timestamp_ns: u64,
}

/// `struct sync_file_info`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct SyncFileInfo {
    pub name: [u8; 32],
    pub status: i32,
    pub flags: u32,
    /// In: how many fences there is room for; out: how many there are.
    pub num_fences: u32,
    pub pad: u32,
    /// The address of that many [`FenceInfo`].
    pub sync_fence_info: u64,
}

/// `SYNC_IOC_FILE_INFO`.
pub(crate) const FILE_INFO: u32 = iowr::<SyncFileInfo>(MAGIC, 4);

const _: () = {
    assert!(FILE_INFO == 0xc038_3e04);
    assert!(size_of::<SyncFileInfo>() == 56);
    assert!(offset_of!(SyncFileInfo, status) == 32);
    assert!(offset_of!(SyncFileInfo, num_fences) == 40);
    assert!(offset_of!(SyncFileInfo, sync_fence_info) == 48);
    assert!(size_of::<FenceInfo>() == 80);
    assert!(offset_of!(FenceInfo, driver_name) == 32);
    assert!(offset_of!(FenceInfo, status) == 64);
    assert!(offset_of!(FenceInfo, timestamp_ns) == 72);
};
