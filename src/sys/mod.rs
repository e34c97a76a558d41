//! Every `unsafe` block of the crate, behind safe functions.
//!
//! libc and nix are seen here only. Each function is one system call (or one idiom of a few), takes
//! borrowed file descriptors, returns owned ones, and answers with the kernel's errno. No policy.

pub mod affinity;
pub mod alarm;
pub mod attend;
pub mod bytes;
pub mod capability;
pub mod channel;
pub mod clock;
pub mod deputy;
pub mod descriptor;
pub mod detached;
pub mod directory;
pub mod fault;
pub mod fds;
pub mod file;
pub mod filemap;
pub mod fork;
pub mod guarded;
pub mod ioctl;
pub mod kcmp;
pub mod launch;
pub mod limits;
pub mod mapping;
pub mod oflags;
pub mod operation;
pub mod patient;
pub mod placement;
pub mod private;
pub mod process;
pub mod raw;
pub mod reap;
pub mod seccomp;
pub mod signals;
pub mod socket;
pub mod standin;
pub mod startup;
pub mod status;
pub mod system;
pub mod timed;
pub mod traced;
pub mod vanished;
pub mod vector;
pub mod victim;
pub mod wait;
pub mod words;
pub mod xattr;

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

/// What an errno means, as the C library says it: `No such file or directory`.
#[must_use]
pub fn errno_text(errno: Errno) -> String {
    let text = std::io::Error::from_raw_os_error(errno as i32).to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
