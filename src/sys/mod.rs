//! Every `unsafe` block of the crate, behind safe functions.
//!
//! libc and nix are seen here only. Each function is one system call (or one idiom of a few), takes
//! borrowed file descriptors, returns owned ones, and answers with the kernel's errno. No policy.

pub(crate) mod affinity;
pub(crate) mod alarm;
pub(crate) mod attend;
pub(crate) mod bytes;
pub(crate) mod capability;
pub(crate) mod channel;
pub(crate) mod clock;
pub(crate) mod deputy;
pub(crate) mod descriptor;
pub(crate) mod detached;
pub(crate) mod directory;
pub(crate) mod fault;
pub(crate) mod fds;
pub(crate) mod file;
pub(crate) mod filemap;
pub(crate) mod fork;
pub(crate) mod guarded;
pub(crate) mod ioctl;
pub(crate) mod kcmp;
pub(crate) mod launch;
pub(crate) mod limits;
pub(crate) mod mapping;
pub(crate) mod oflags;
pub(crate) mod operation;
pub(crate) mod patient;
pub(crate) mod placement;
pub(crate) mod private;
pub(crate) mod process;
pub(crate) mod raw;
pub(crate) mod reap;
pub(crate) mod seccomp;
pub(crate) mod signals;
pub(crate) mod socket;
pub(crate) mod standin;
pub(crate) mod startup;
pub(crate) mod status;
pub(crate) mod system;
pub(crate) mod timed;
pub(crate) mod traced;
pub(crate) mod vanished;
pub(crate) mod vector;
pub(crate) mod victim;
pub(crate) mod wait;
pub(crate) mod words;
pub(crate) mod xattr;

pub(crate) use nix::errno::Errno;

/// The result of a system call.
pub(crate) type Result<T> = std::result::Result<T, Errno>;

/// The name of an errno as its header spells it: `ENOMEM`, or `errno 4095` for one without a name.
#[must_use]
pub(crate) fn errno_name(errno: Errno) -> String {
    match errno {
        Errno::UnknownErrno => "unknown errno".to_owned(),
        known => format!("{known:?}"),
    }
}

/// What an errno means, as the C library says it: `No such file or directory`.
#[must_use]
pub(crate) fn errno_text(errno: Errno) -> String {
    let text = std::io::Error::from_raw_os_error(errno as i32).to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
