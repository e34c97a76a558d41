//! What becomes of children.
//!
//! waitpid(2) itself, because nix has no value for a child that a real-time signal ended: it answers EINVAL then, and
//! the status, which the kernel reports once, is lost.

use crate::sys::{Errno, Result};
use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ExitStatus {
    Exited(u8),
    /// Ended by this signal.
    Killed(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Ended(ExitStatus),
    Stopped(i32),
    /// It goes on after a stop.
    Continued,
}

/// The next child that has changed, without waiting for one. `None`: none has. ECHILD: there is none.
pub(crate) fn next_change() -> Result<Option<(u32, Change)>> {
    change_of(-1, libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED)
}

/// Returns how `child` ended, if it has; it is gone then. ECHILD: it is not a child of this process, or was reported
/// before.
pub(super) fn end_of(child: u32) -> Result<Option<ExitStatus>> {
    end(child, libc::WNOHANG)
}

/// Waits for the end of `child`.
pub(super) fn await_end(child: u32) -> Result<Option<ExitStatus>> {
    end(child, 0)
}

fn end(child: u32, options: libc::c_int) -> Result<Option<ExitStatus>> {
    let child = i32::try_from(child).map_err(|_| Errno::ECHILD)?;
    Ok(change_of(child, options)?.and_then(|(_, change)| match change {
        Change::Ended(status) => Some(status),
        Change::Stopped(_) | Change::Continued => None,
    }))
}

fn change_of(which: libc::pid_t, options: libc::c_int) -> Result<Option<(u32, Change)>> {
    loop {
        let mut status = 0;
        // SAFETY: the kernel writes one int to `status`, which lives for the call.
        let found = match Errno::result(unsafe { libc::waitpid(which, &raw mut status, options) }) {
            Ok(0) => return Ok(None),
            Ok(found) => found as u32,
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(errno),
        };
        if let Some(change) = decode(status) {
            return Ok(Some((found, change)));
        }
    }
}

/// The status of waitpid(2). `None`: none that is known.
const fn decode(status: libc::c_int) -> Option<Change> {
    if libc::WIFEXITED(status) {
        Some(Change::Ended(ExitStatus::Exited(libc::WEXITSTATUS(status) as u8)))
    } else if libc::WIFSIGNALED(status) {
        Some(Change::Ended(ExitStatus::Killed(libc::WTERMSIG(status))))
    } else if libc::WIFSTOPPED(status) {
        Some(Change::Stopped(libc::WSTOPSIG(status)))
    } else if libc::WIFCONTINUED(status) {
        Some(Change::Continued)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_read() {
        assert_eq!(decode(0x0300), Some(Change::Ended(ExitStatus::Exited(3))));
        assert_eq!(decode(9), Some(Change::Ended(ExitStatus::Killed(9))));
        assert_eq!(decode(40 | 0x80), Some(Change::Ended(ExitStatus::Killed(40))));
        assert_eq!(decode(0x137f), Some(Change::Stopped(19)));
        assert_eq!(decode(0xffff), Some(Change::Continued));
    }

    #[test]
    fn a_process_that_is_not_a_child_is_an_error() {
        assert_eq!(end_of(u32::MAX), Err(Errno::ECHILD));
        assert_eq!(end_of(1), Err(Errno::ECHILD));
    }
}
