//! Descriptors that come from elsewhere: from the caller of this program, from another process.

use crate::sys::{Errno, Result};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Takes over descriptor `number`, which the caller of this program left open, and makes it close-on-exec.
///
/// The standard streams stay where they are: the result is a duplicate of theirs.
///
/// # Errors
/// EBADF when it is not open, was not inherited, or was taken before.
pub(crate) fn inherited(number: i32) -> Result<OwnedFd> {
    // SAFETY: F_GETFD takes no argument and touches no memory; `number` need not be open.
    let flags = Errno::result(unsafe { libc::fcntl(number, libc::F_GETFD) })?;
    if flags & libc::FD_CLOEXEC != 0 {
        return Err(Errno::EBADF);
    }
    if (0..=libc::STDERR_FILENO).contains(&number) {
        // SAFETY: the descriptor is open, as F_GETFD has said, and a standard stream, which nothing here closes.
        return duplicate(unsafe { BorrowedFd::borrow_raw(number) });
    }
    // SAFETY: F_SETFD takes a number and touches no memory.
    Errno::result(unsafe { libc::fcntl(number, libc::F_SETFD, flags | libc::FD_CLOEXEC) })?;
    // SAFETY: nothing else in this process owns it. Whatever this process opens is close-on-exec from the
    // first moment (the standard library and `sys` see to that), and execve(2) left nothing open that was;
    // so a descriptor above 2 without the flag was inherited and has no owner here. The flag, which is set
    // now, keeps a second call from taking it again.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// A pidfd of process `pid` (pidfd_open(2), Linux 5.3).
pub(crate) fn process(pid: u32) -> Result<OwnedFd> {
    let pid = libc::pid_t::try_from(pid).map_err(|_| Errno::ESRCH)?;
    // SAFETY: pidfd_open takes two numbers and touches no memory.
    from_answer(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })
}

/// Sends a signal to the process behind `pidfd`, and never to another that got its number (pidfd_send_signal(2),
/// Linux 5.1). ESRCH: it has ended and its parent knows.
pub(crate) fn send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> Result<()> {
    // SAFETY: the call reads no memory where the pointer is null; `pidfd` is open for it.
    let answer = unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, std::ptr::null::<libc::siginfo_t>(), 0)
    };
    Errno::result(answer).map(drop)
}

/// Closes what the caller of this program left open beyond the standard streams and nothing here has taken over.
pub(crate) fn close_inherited() -> Result<()> {
    let fds = crate::sys::fd::file::open(std::path::Path::new("/proc/self/fd"), crate::sys::fd::file::Purpose::List)?;
    let open: Vec<i32> = crate::sys::fd::directory::numbers(fds)?;
    // Those that were taken over are close-on-exec since.
    for number in open.into_iter().filter(|number| *number > libc::STDERR_FILENO) {
        drop(inherited(number));
    }
    Ok(())
}

/// A duplicate, close-on-exec, of descriptor `number` of the process behind `pidfd` (pidfd_getfd(2), Linux 5.6).
pub(crate) fn of_process(pidfd: BorrowedFd<'_>, number: i32) -> Result<OwnedFd> {
    // SAFETY: pidfd_getfd takes three numbers and touches no memory; `pidfd` is open for the call.
    from_answer(unsafe { libc::syscall(libc::SYS_pidfd_getfd, pidfd.as_raw_fd(), number, 0) })
}

/// The descriptor that a system call answered with.
fn from_answer(answer: libc::c_long) -> Result<OwnedFd> {
    let fd = i32::try_from(Errno::result(answer)?).map_err(|_| Errno::EPROTO)?;
    // SAFETY: both calls above answer with a descriptor that the kernel has just installed for this process and
    // returned to no one else, so this is its only owner.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Another descriptor of the same open file, close-on-exec.
pub(crate) fn duplicate(fd: BorrowedFd<'_>) -> Result<OwnedFd> {
    not_below(fd, libc::STDERR_FILENO + 1)
}

/// Duplicates `fd` as [`duplicate`] does, with a number that is not below `least`.
pub(crate) fn not_below(fd: BorrowedFd<'_>, least: i32) -> Result<OwnedFd> {
    let number = nix::fcntl::fcntl(fd, nix::fcntl::FcntlArg::F_DUPFD_CLOEXEC(least))?;
    // SAFETY: the kernel has just made this descriptor for this process, so this is its only owner.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn fd_opened_by_this_process_is_not_inherited() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(inherited(file.as_raw_fd()).unwrap_err(), Errno::EBADF);
        assert_eq!(inherited(-1).unwrap_err(), Errno::EBADF);
        assert_eq!(inherited(i32::MAX).unwrap_err(), Errno::EBADF);
    }

    #[test]
    fn a_standard_stream_is_duplicated() {
        assert!(inherited(0).unwrap().as_raw_fd() > 2);
    }

    #[test]
    fn a_process_lends_its_descriptors() {
        let file = tempfile::tempfile().unwrap();
        let own = process(std::process::id()).unwrap();
        let lent = of_process(own.as_fd(), file.as_raw_fd()).unwrap();
        assert_ne!(lent.as_raw_fd(), file.as_raw_fd());
        assert_eq!(of_process(own.as_fd(), i32::MAX).unwrap_err(), Errno::EBADF);
        assert_eq!(process(u32::MAX).unwrap_err(), Errno::ESRCH);
    }
}
