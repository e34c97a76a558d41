//! What only passing buffers on asks of the kernel: sockets, and numbers for descriptors.

pub(crate) mod placement;
pub(crate) mod socket;
