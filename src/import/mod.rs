//! Whether a device takes a buffer: what it answers to an import, and what that means.
//!
//! [`node`] finds the nodes and opens none that it does not know; [`device`] is one that is open, whatever its kind;
//! [`trial`] gives it buffers. An [`answer`] says how far the kernel went.

pub(crate) mod answer;
pub(crate) mod device;
mod drm;
pub(crate) mod format;
mod log;
pub(crate) mod node;
pub(crate) mod stream;
pub(crate) mod trial;
mod video;
