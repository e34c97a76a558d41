//! Becoming another program.

use crate::sys::process::startup;
use crate::sys::{Errno, Result};
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;

/// A text for a system call; EINVAL if it holds a NUL.
pub(crate) fn c_string(text: OsString) -> Result<CString> {
    CString::new(text.into_vec()).map_err(|_| Errno::EINVAL)
}

/// execvp(3) with an environment: looks the first of `arguments` up in `PATH` and becomes it. Returns only if that
/// failed.
pub(crate) fn execute(arguments: &[CString], environment: &[CString]) -> Errno {
    let Some(program) = arguments.first() else { return Errno::EINVAL };
    if let Err(errno) = startup::restore_file_size_signal() {
        return errno;
    }
    match nix::unistd::execvpe(program, arguments, environment) {
        Ok(never) => match never {},
        Err(errno) => errno,
    }
}
