//! `include/uapi/drm/drm.h` and `drm_mode.h`: what imports a dma-buf and makes a framebuffer of it.

use super::ioctl::{NONE, ioc, iow, iowr};
use std::mem::offset_of;

/// `DRM_IOCTL_BASE`.
const BASE: u8 = b'd';

/// `struct drm_version`; the texts are room of the caller.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct DrmVersion {
    pub major: i32,
    pub minor: i32,
    pub patchlevel: i32,
    /// In: the room for the name; out: its length.
    pub name_len: usize,
    pub name: *mut u8,
    pub date_len: usize,
    pub date: *mut u8,
    pub desc_len: usize,
    pub desc: *mut u8,
}

/// `struct drm_get_cap`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct GetCap {
    pub capability: u64,
    pub value: u64,
}

/// `DRM_CAP_PRIME`.
pub(crate) const CAP_PRIME: u64 = 5;
/// `DRM_PRIME_CAP_IMPORT`.
pub(crate) const PRIME_CAP_IMPORT: u64 = 1;

/// `struct drm_prime_handle`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct PrimeHandle {
    pub handle: u32,
    pub flags: u32,
    pub fd: i32,
}

/// `struct drm_gem_close`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct GemClose {
    pub handle: u32,
    pub pad: u32,
}

/// `struct drm_mode_fb_cmd2`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct FbCmd2 {
    pub fb_id: u32,
    pub width: u32,
    pub height: u32,
    pub pixel_format: u32,
    pub flags: u32,
    pub handles: [u32; 4],
    /// Bytes from a line to the next.
    pub pitches: [u32; 4],
    pub offsets: [u32; 4],
    pub modifier: [u64; 4],
}

/// `DRM_MODE_FB_MODIFIERS`: the modifiers count.
pub(crate) const FB_MODIFIERS: u32 = 2;

/// The minor number of the first render node (`drm_minor_alloc`); a primary node's is below 64.
pub(crate) const FIRST_RENDER_MINOR: u32 = 128;

/// `DRM_IOCTL_VERSION`.
pub(crate) const VERSION: u32 = iowr::<DrmVersion>(BASE, 0x00);
/// `DRM_IOCTL_GEM_CLOSE`.
pub(crate) const GEM_CLOSE: u32 = iow::<GemClose>(BASE, 0x09);
/// `DRM_IOCTL_GET_CAP`.
pub(crate) const GET_CAP: u32 = iowr::<GetCap>(BASE, 0x0c);
/// `DRM_IOCTL_DROP_MASTER`.
pub(crate) const DROP_MASTER: u32 = ioc(NONE, BASE, 0x1f, 0);
/// `DRM_IOCTL_PRIME_FD_TO_HANDLE`.
pub(crate) const PRIME_FD_TO_HANDLE: u32 = iowr::<PrimeHandle>(BASE, 0x2e);
/// `DRM_IOCTL_MODE_RMFB`.
pub(crate) const MODE_RMFB: u32 = iowr::<u32>(BASE, 0xaf);
/// `DRM_IOCTL_MODE_ADDFB2`.
pub(crate) const MODE_ADDFB2: u32 = iowr::<FbCmd2>(BASE, 0xb8);

const _: () = {
    assert!(GEM_CLOSE == 0x4008_6409);
    assert!(GET_CAP == 0xc010_640c);
    assert!(DROP_MASTER == 0x0000_641f);
    assert!(PRIME_FD_TO_HANDLE == 0xc00c_642e);
    assert!(MODE_RMFB == 0xc004_64af);
    assert!(size_of::<PrimeHandle>() == 12);
    assert!(offset_of!(PrimeHandle, fd) == 8);
    assert!(offset_of!(FbCmd2, handles) == 20);
    assert!(offset_of!(FbCmd2, offsets) == 52);
    assert!(size_of::<DrmVersion>() == if cfg!(target_pointer_width = "64") { 64 } else { 36 });
    assert!(VERSION == if cfg!(target_pointer_width = "64") { 0xc040_6400 } else { 0xc024_6400 });
    // 64-bit numbers are aligned to 4 bytes there, and the kernel's 32-bit entry expects that.
    let (size, modifier) = if cfg!(target_arch = "x86") { (100, 68) } else { (104, 72) };
    assert!(size_of::<FbCmd2>() == size && offset_of!(FbCmd2, modifier) == modifier);
    assert!(MODE_ADDFB2 == if cfg!(target_arch = "x86") { 0xc064_64b8 } else { 0xc068_64b8 });
};
