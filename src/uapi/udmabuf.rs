//! `include/uapi/linux/udmabuf.h`.

use super::ioctl::{WRITE, ioc, iow};
use std::mem::offset_of;

/// The type of udmabuf's requests.
pub(crate) const MAGIC: u8 = b'u';
/// `UDMABUF_FLAGS_CLOEXEC`.
pub(crate) const FLAGS_CLOEXEC: u32 = 1;

/// `struct udmabuf_create`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Create {
    /// A memfd sealed with `F_SEAL_SHRINK` and without `F_SEAL_WRITE`.
    pub memfd: u32,
    /// [`FLAGS_CLOEXEC`] or 0; unknown bits are ignored.
    pub flags: u32,
    /// Start in the memfd, bytes, a multiple of the page size.
    pub offset: u64,
    /// Length, bytes, a multiple of the page size.
    pub size: u64,
}

/// `UDMABUF_CREATE`: returns the new file descriptor.
pub(crate) const CREATE: u32 = iow::<Create>(MAGIC, 0x42);

/// Bytes of `struct udmabuf_create_list`, `flags` and `count`. Behind it are its items, each laid out as [`Create`] with
/// padding in place of the flags.
pub(crate) const LIST_HEAD: usize = 8;
/// `UDMABUF_CREATE_LIST`: returns the new file descriptor.
pub(crate) const CREATE_LIST: u32 = ioc(WRITE, MAGIC, 0x43, LIST_HEAD as u32);

const _: () = {
    assert!(CREATE == 0x4018_7542);
    assert!(CREATE_LIST == 0x4008_7543);
    assert!(size_of::<Create>() == 24);
    assert!(offset_of!(Create, memfd) == 0);
    assert!(offset_of!(Create, flags) == 4);
    assert!(offset_of!(Create, offset) == 8);
    assert!(offset_of!(Create, size) == 16);
};
