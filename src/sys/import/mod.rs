//! Requests to devices that import dma-bufs.

pub(crate) mod drm;
