//! An open dma-buf: its bytes.

pub mod mapping;
pub mod range;
pub mod sync;
pub mod transfer;
pub mod width;
