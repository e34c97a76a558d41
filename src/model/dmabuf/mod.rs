//! Requests and file operations on a buffer (drivers/dma-buf/dma-buf.c).

mod file;
mod ioctl;

pub(crate) use file::{MmapOutcome, REOPEN, answer, mmap, stat, status_flags};
pub(crate) use ioctl::{BufferAction, ioctl};

use super::AccessMode;

/// A dma-buf, as far as its answers depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BufferState {
    /// Bytes, a multiple of the page size.
    pub size: u64,
    /// The access mode, the same for all descriptors of the buffer.
    pub access: AccessMode,
    pub exporter: ExporterKind,
    /// Whether a CPU access was begun, which udmabuf alone cares for: its END before any START fails.
    pub begun: bool,
}

/// Where a buffer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ExporterKind {
    System,
    Cma,
    /// `/dev/udmabuf`.
    Udmabuf,
    /// A TEE heap (`protected,*`): it cannot be mapped.
    Protected,
}

#[cfg(test)]
mod tests;
