//! The argument of `UDMABUF_CREATE` and `UDMABUF_CREATE_LIST`, and the memfd that it names.

use super::field::{Fd, Len};
use crate::sys::Result;
use crate::sys::mem::memfd::{self, MemfdSize};
use crate::sys::probe::operation;
use std::os::fd::{AsFd, OwnedFd};

/// Pages of the memfd of a request.
pub(super) const PAGES: u64 = 2;

/// The bytes at the pointer of a request that makes a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemfdArgument {
    pub flags: u32,
    /// How many items a list claims to have; `None` is `struct udmabuf_create`, which is one item.
    pub count: Option<u32>,
    pub items: &'static [MemfdRange],
    /// The seals of the memfd that [`Fd::Open`] names; without any it is the device itself.
    pub seals: Option<u32>,
}

/// The pages that one item asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemfdRange {
    pub memfd: Fd,
    pub offset: Len,
    pub size: Len,
}

impl MemfdArgument {
    /// A memfd as the request needs it.
    pub(super) fn memfd(&self, page_size: u64) -> Result<Option<OwnedFd>> {
        let sealed = |seals| {
            let memory = memfd::memory(c"dmaheap", MemfdSize::Sparse(PAGES * page_size))?;
            operation::add_seals(memory.as_fd(), seals)?;
            Ok(memory)
        };
        self.seals.map(sealed).transpose()
    }

    pub(super) fn bytes(&self, page_size: u64, own_fd: u32) -> Vec<u8> {
        let words = |words: [u32; 2]| words.map(u32::to_ne_bytes).concat();
        let mut bytes = self.count.map_or_else(Vec::new, |count| words([self.flags, count]));
        for item in self.items {
            let flags_or_padding = if self.count.is_some() { 0 } else { self.flags };
            bytes.extend(words([item.memfd.number(own_fd), flags_or_padding]));
            bytes.extend([item.offset, item.size].map(|len| len.value(page_size).to_ne_bytes()).concat());
        }
        bytes
    }
}
