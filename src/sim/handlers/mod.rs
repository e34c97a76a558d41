//! What a trapped call is answered: calls on paths, on open files, and requests on heaps and buffers.

pub(crate) mod fd;
pub(crate) mod ioctl;
pub(crate) mod outside;
pub(crate) mod path;
