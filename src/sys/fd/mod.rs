//! Open files: opening, identity, duplication, the fd table, readiness, ioctl.

pub(crate) mod blocking;
pub(crate) mod descriptor;
pub(crate) mod directory;
pub(crate) mod file;
pub(crate) mod ioctl;
pub(crate) mod oflags;
pub(crate) mod poll;
pub(crate) mod status;
pub(crate) mod table;
pub(crate) mod terminal;
