//! What only the probe asks of the kernel: malformed requests and the memory they point to.

pub(crate) mod arena;
pub(crate) mod detached_mount;
pub(crate) mod operation;
pub(crate) mod raw_ioctl;
