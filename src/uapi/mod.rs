//! The kernel's user-space headers in Rust, and nothing else.
//!
//! Layouts and numbers only: no system call, no policy. Every layout and every request number is
//! pinned at compile time against a literal that does not come from the same expression.

pub mod dma_buf;
pub mod dma_heap;
pub mod fcntl;
pub mod fs;
pub mod ioctl;
pub mod udmabuf;
