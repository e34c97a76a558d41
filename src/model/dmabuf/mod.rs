//! Requests and file operations on a buffer (drivers/dma-buf/dma-buf.c).

mod file;
mod ioctl;

pub use file::{Mapped, REOPEN, Stat, answer, mmap, stat, status_flags};
pub use ioctl::{Action, ExportPlan, ioctl};

use super::Access;

/// A dma-buf, as far as its answers depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Bytes, a multiple of the page size.
    pub size: u64,
    /// The access mode, the same for all descriptors of the buffer.
    pub access: Access,
    /// Who exported it.
    pub exporter: Exporter,
    /// Whether a CPU access was begun, which udmabuf alone cares for: its END before any START fails.
    pub begun: bool,
}

/// Where a buffer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exporter {
    /// The system heap.
    System,
    /// A CMA heap.
    Cma,
    /// `/dev/udmabuf`.
    Udmabuf,
    /// A TEE heap (`protected,*`): it cannot be mapped.
    Protected,
}

#[cfg(test)]
mod tests;
