//! Requests to devices that import dma-bufs.

pub(crate) mod drm;
pub(crate) mod v4l2;
