//! Facts about this machine, or about one whose files lie under another root directory.

pub mod accounting;
pub mod acl;
pub mod budget;
pub mod cgroup;
pub mod cma;
pub mod config;
pub mod major;
pub mod memory;
pub mod memory_cgroup;
pub mod permission;
pub mod root;
pub mod simulation;
pub mod users;

pub use root::Root;
