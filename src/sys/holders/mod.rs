//! What only the scan for holders asks of the kernel.

pub(crate) mod kcmp;
