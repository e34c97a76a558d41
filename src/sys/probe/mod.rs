//! What only the probe asks of the kernel: malformed requests and the memory they point to.

pub(crate) mod detached;
pub(crate) mod guarded;
pub(crate) mod raw;
