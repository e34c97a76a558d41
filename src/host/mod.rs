//! Facts about this machine, or about one whose files lie under another root directory.
//!
//! [`parse`] understands the kernel's files from their bytes and opens nothing; the files beside it read them below a
//! [`Root`], and each has one subject: memory, CMA areas, cgroups, the configuration, users. Nothing here knows heaps
//! beyond their class, decides or advises. What cannot be read stays apart from what is not there wherever someone
//! asks. Begin with [`Root`].

pub(crate) mod accounting;
pub(crate) mod audience;
pub(crate) mod cgroup;
pub(crate) mod class;
pub(crate) mod cma;
pub(crate) mod config;
pub(crate) mod memory;
pub(crate) mod memory_cgroup;
pub(crate) mod parse;
pub(crate) mod root;
pub(crate) mod simulation;
pub(crate) mod udmabuf;
mod unread;
pub(crate) mod users;

pub(crate) use root::Root;
pub(crate) use unread::Unread;
