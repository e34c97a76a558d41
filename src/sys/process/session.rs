//! Sessions, process groups, orphans: what ties this process to others.

use crate::sys::process::exec::c_string;
use crate::sys::{Errno, Result};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Makes this process the one that orphaned descendants are given to.
pub(crate) fn become_subreaper() -> Result<()> {
    nix::sys::prctl::set_child_subreaper(true)
}

/// Whether this process is what ties its group to its session: a job of an interactive shell is one, and such a group is
/// not orphaned (`will_become_orphaned_pgrp` of kernel/exit.c).
pub(crate) fn is_a_shells_job() -> bool {
    use nix::unistd::{getpgid, getpgrp, getppid, getsid};
    let parent = getppid();
    // A parent in another PID namespace is 0, which would mean this process.
    parent.as_raw() != 0
        && getsid(Some(parent)).is_ok_and(|session| getsid(None) == Ok(session))
        && getpgid(Some(parent)).is_ok_and(|group| group != getpgrp())
}

/// Puts this process where signals for the group that it was in do not reach it, and gives it another name, at most 15
/// bytes long, than that of its program.
///
/// With `in_session` it stays in its session, so a child which makes a group of its own can be stopped by the terminal.
/// Otherwise this process must not tie its children's group to the session: when the last tie ends, the kernel sends
/// SIGHUP to a group with a stopped member, and others may be in it.
pub(crate) fn step_aside(name: &str, in_session: bool) -> Result<()> {
    if in_session {
        nix::unistd::setpgid(nix::unistd::Pid::from_raw(0), nix::unistd::Pid::from_raw(0))?;
    } else {
        nix::unistd::setsid()?;
    }
    nix::sys::prctl::set_name(&c_string(name.into())?)
}

/// Makes this process one of its own: a session without a terminal, no directory that it keeps busy, the
/// standard streams those of `null`, and nothing else open than `keep`.
///
/// `keep` must name every descriptor that the process goes on to use.
pub(crate) fn detach(null: BorrowedFd<'_>, keep: &[BorrowedFd<'_>]) -> Result<()> {
    nix::unistd::setsid()?;
    nix::unistd::chdir("/")?;
    nix::unistd::dup2_stdin(null)?;
    nix::unistd::dup2_stdout(null)?;
    nix::unistd::dup2_stderr(null)?;
    let mut kept: Vec<u32> = keep.iter().map(|fd| fd.as_raw_fd() as u32).filter(|number| *number > 2).collect();
    kept.sort_unstable();
    let mut next = 3;
    for number in kept {
        if next < number {
            close_range(next, number - 1)?;
        }
        next = number + 1;
    }
    close_range(next, u32::MAX)
}

/// close_range(2), or what does for it before Linux 5.9.
fn close_range(first: u32, last: u32) -> Result<()> {
    /// Higher numbers are not looked for where the kernel cannot do it by itself.
    const HIGHEST: u32 = 64 * 1024;
    // SAFETY: no memory is touched. The descriptors are not used any more: the promise that `detach` asks for.
    match Errno::result(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0_u32) }) {
        Err(Errno::ENOSYS) => {}
        other => return other.map(drop),
    }
    for number in first..=last.min(HIGHEST) {
        // SAFETY: as above; a number that is not open is EBADF.
        unsafe { libc::close(number as libc::c_int) };
    }
    Ok(())
}
