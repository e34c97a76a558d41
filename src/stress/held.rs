//! A buffer that a job holds.

use super::content::Content;
use crate::dmabuf::DmaBuf;
use crate::sys::fd::oflags;

pub(super) struct Held {
    pub(super) buffer: DmaBuf,
    pub(super) size: u64,
    /// Access mode of its descriptor.
    pub(super) access: u32,
    pub(super) content: Content,
    pub(super) object: String,
}

impl Held {
    pub(super) fn is_readable(&self) -> bool {
        matches!(self.access, oflags::RDONLY | oflags::RDWR)
    }

    pub(super) fn is_writable(&self) -> bool {
        self.access == oflags::RDWR
    }
}

/// Bytes of a slot, beside what it holds.
pub(super) const SLOT_BYTES: u64 = size_of::<Option<Held>>() as u64;
