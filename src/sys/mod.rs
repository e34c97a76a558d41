//! Every `unsafe` block of the crate, behind safe functions.
//!
//! libc and nix are seen here only. Each function is one system call (or one idiom of a few), takes borrowed file
//! descriptors, returns owned ones, and fails with the kernel's errno. No policy.

#![allow(unsafe_code, reason = "it is denied everywhere else")]

pub(crate) mod bench;
pub(crate) mod clock;
pub(crate) mod fd;
pub(crate) mod holders;
pub(crate) mod import;
pub(crate) mod mem;
pub(crate) mod pass;
pub(crate) mod pattern;
pub(crate) mod probe;
pub(crate) mod process;
pub(crate) mod sim;
pub(crate) mod system;

pub(crate) use nix::errno::Errno;

/// The result of a system call.
pub(crate) type Result<T> = std::result::Result<T, Errno>;

/// The name of an errno as its header spells it: `ENOMEM`, or `errno 4095` for one without a name.
pub(crate) fn errno_name(errno: Errno) -> String {
    match errno {
        Errno::UnknownErrno => "unknown errno".to_owned(),
        known => format!("{known:?}"),
    }
}

/// Returns the C library's text for an errno: `No such file or directory`.
pub(crate) fn errno_text(errno: Errno) -> String {
    let text = std::io::Error::from_raw_os_error(errno as i32).to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// An errno as its number, in messages between processes.
pub(crate) mod errno_number {
    use super::Errno;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(errno: &Errno, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(*errno as i32)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Errno, D::Error> {
        i32::deserialize(deserializer).map(Errno::from_raw)
    }
}
