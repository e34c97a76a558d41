//! Becoming another program, and having children.

pub(crate) mod affinity;
pub(crate) mod alarm;
pub(crate) mod capability;
pub(crate) mod children;
pub(crate) mod fork;
pub(crate) mod reap;
pub(crate) mod rlimit;
pub(crate) mod signals;
pub(crate) mod startup;
pub(crate) mod victim;

use crate::sys::process::reap::{Change, Interest, change_of};
use crate::sys::{Errno, Result};
use nix::unistd::ForkResult;
use std::ffi::{CString, OsString};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;

/// A text for a system call; EINVAL if it holds a NUL.
pub(crate) fn c_string(text: OsString) -> Result<CString> {
    CString::new(text.into_vec()).map_err(|_| Errno::EINVAL)
}

/// execvp(3) with an environment: looks the first of `arguments` up in `PATH` and becomes it. Answers only
/// if that failed.
#[must_use]
pub(crate) fn execute(arguments: &[CString], environment: &[CString]) -> Errno {
    let Some(program) = arguments.first() else { return Errno::EINVAL };
    match nix::unistd::execvpe(program, arguments, environment) {
        Ok(never) => match never {},
        Err(errno) => errno,
    }
}

#[must_use]
pub(crate) fn own_number() -> u32 {
    std::process::id()
}

/// Which side of a fork one is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fork {
    /// The parent; the child has this number.
    Parent(u32),
    Child,
}

/// fork(2), for a process of one thread: EBUSY if there are more.
pub(crate) fn fork() -> Result<Fork> {
    // To leave a group of threads is possible only to its single member; for that one nothing happens
    // (check_unshare_flags in kernel/fork.c). A filter of system calls may forbid to ask, which is
    // EPERM or ENOSYS.
    // SAFETY: unshare(2) touches no memory, and CLONE_THREAD changes nothing where it succeeds.
    if unsafe { libc::unshare(libc::CLONE_THREAD) } == -1 && Errno::last() == Errno::EINVAL {
        return Err(Errno::EBUSY);
    }
    // SAFETY: the process has one thread. The kernel has just said so; where it may not be asked, it holds
    // because the only threads of this program are those of `pattern::Jobs` and `bench`, which return after the last
    // of them. So the child may do whatever its parent may: no other thread holds a lock.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Child => Ok(Fork::Child),
        ForkResult::Parent { child } => Ok(Fork::Parent(child.as_raw() as u32)),
    }
}

/// Ends this process at once, without running anything of its parent's: for a child of [`fork`].
pub(crate) fn exit_now(status: u8) -> ! {
    // SAFETY: _exit(2) takes a number and does not return.
    unsafe { libc::_exit(status.into()) }
}

/// Whether this process is what ties its group to its session: a job of an interactive shell is one, and such a group is
/// not orphaned (`will_become_orphaned_pgrp` of kernel/exit.c).
#[must_use]
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
/// With `in_session` it stays in its session, so that a child which makes a group of its own can be stopped by the
/// terminal. Otherwise this process must not tie its children's group to the session: when the last tie ends, the kernel
/// sends SIGHUP to a group with a stopped member, and others may be in it.
pub(crate) fn step_aside(name: &str, in_session: bool) -> Result<()> {
    match in_session {
        true => nix::unistd::setpgid(nix::unistd::Pid::from_raw(0), nix::unistd::Pid::from_raw(0))?,
        false => nix::unistd::setsid().map(drop)?,
    }
    nix::sys::prctl::set_name(&c_string(name.into())?)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Exited(u8),
    Killed(i32),
}

/// How `child` ended, if it has; it is gone then.
pub(crate) fn reap(child: u32) -> Result<Option<Ended>> {
    Ok(match change_of(Some(child), Interest::EndedAlready)? {
        Some((_, Change::Exited(status))) => Some(Ended::Exited(status)),
        Some((_, Change::Killed(signal))) => Some(Ended::Killed(signal)),
        _ => None,
    })
}

/// Waits until `child` is gone.
pub(crate) fn await_end(child: u32) -> Result<()> {
    match change_of(Some(child), Interest::End) {
        // Where SIGCHLD is ignored this comes when it is gone.
        Err(Errno::ECHILD) => Ok(()),
        other => other.map(drop),
    }
}

/// Makes this process one of its own: a session without a terminal, no directory that it keeps busy, the
/// standard streams those of `null`, and nothing else open than `keep`.
///
/// `keep` has to name every descriptor that the process goes on to use.
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
