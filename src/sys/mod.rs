//! Every `unsafe` block of the crate, behind safe functions.
//!
//! libc and nix are seen here only. Each function is one system call (or one idiom of a few), takes
//! borrowed file descriptors, returns owned ones, and answers with the kernel's errno. No policy.

pub mod detached;
pub mod fds;
pub mod file;
pub mod filemap;
pub mod fork;
pub mod guarded;
pub mod ioctl;
pub mod limits;
pub mod oflags;
pub mod operation;
pub mod raw;
pub mod startup;
pub mod status;
pub mod system;

pub use nix::errno::Errno;

/// The result of a system call.
pub type Result<T> = std::result::Result<T, Errno>;

/// The name of an errno as its header spells it: `ENOMEM`, or `errno 4095` for one without a name.
#[must_use]
pub fn errno_name(errno: Errno) -> String {
    match errno {
        Errno::UnknownErrno => "unknown errno".to_owned(),
        known => format!("{known:?}"),
    }
}
