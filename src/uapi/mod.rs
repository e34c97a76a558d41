//! The kernel's user-space headers in Rust, and nothing else.
//!
//! Layouts and numbers only: no system call, no policy. Every layout and every request number is
//! pinned at compile time against a literal that does not come from the same expression.

pub(crate) mod dma_buf;
pub(crate) mod dma_heap;
pub(crate) mod drm;
pub(crate) mod fcntl;
pub(crate) mod fs;
pub(crate) mod ioctl;
pub(crate) mod sync_file;
pub(crate) mod udmabuf;
pub(crate) mod v4l2;
