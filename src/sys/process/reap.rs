//! What becomes of children.
//!
//! waitpid(2) itself, because nix has no value for a child that a real-time signal ended: it answers EINVAL
//! then, and the status, which the kernel tells once, is lost.

use crate::sys::{Errno, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It ended with this status.
    Exited(u8),
    Killed(i32),
    /// A signal stopped it; told only where that was asked for.
    Stopped(i32),
    /// It goes on after a stop; told only where that was asked for.
    Continued,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// An end, until there is one.
    End,
    /// An end that there is already.
    EndedAlready,
    /// An end, a stop or a continuation that there is already.
    ChangedAlready,
}

/// How a child has changed: `child`, or any. `None`: it has not. ECHILD: there is none.
pub(crate) fn change_of(child: Option<u32>, interest: Interest) -> Result<Option<(u32, Change)>> {
    let which = child.map_or(Ok(-1), |child| i32::try_from(child).map_err(|_| Errno::ECHILD))?;
    let options = match interest {
        Interest::End => 0,
        Interest::EndedAlready => libc::WNOHANG,
        Interest::ChangedAlready => libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED,
    };
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
        Some(Change::Exited(libc::WEXITSTATUS(status) as u8))
    } else if libc::WIFSIGNALED(status) {
        Some(Change::Killed(libc::WTERMSIG(status)))
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
        assert_eq!(decode(0x0300), Some(Change::Exited(3)));
        assert_eq!(decode(9), Some(Change::Killed(9)));
        assert_eq!(decode(40 | 0x80), Some(Change::Killed(40)));
        assert_eq!(decode(0x137f), Some(Change::Stopped(19)));
        assert_eq!(decode(0xffff), Some(Change::Continued));
    }

    #[test]
    fn a_child_that_is_none_is_told() {
        assert_eq!(change_of(Some(u32::MAX), Interest::EndedAlready), Err(Errno::ECHILD));
        assert_eq!(change_of(Some(1), Interest::EndedAlready), Err(Errno::ECHILD));
    }
}
