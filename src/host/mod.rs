//! Facts about this machine, or about one whose files lie under another root directory.

pub(crate) mod accounting;
pub(crate) mod cgroup;
pub(crate) mod class;
pub(crate) mod cma;
pub(crate) mod config;
pub(crate) mod memory;
pub(crate) mod memory_cgroup;
pub(crate) mod parse;
pub(crate) mod root;
pub(crate) mod simulation;
pub(crate) mod users;

pub(crate) use root::Root;
