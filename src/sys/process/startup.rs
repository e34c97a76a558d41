//! What the process was given by its caller, recorded before the Rust runtime changes it; and how it begins.
//!
//! The runtime opens `/dev/null` in place of a closed descriptor 0, 1 or 2 and ignores SIGPIPE, both
//! before `main`. A tool whose stdout was closed must say so instead of writing into the void, and a
//! command that is run must find SIGPIPE as the caller left it. An entry in `.init_array` runs before
//! the runtime, in dynamic and in static programs.

use crate::sys::{Errno, Result};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::{SigHandler, Signal, signal};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// For descriptors 0, 1 and 2.
static CLOSED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];
static SIGPIPE_IGNORED: AtomicBool = AtomicBool::new(false);

#[used]
// SAFETY: the loader calls each pointer of this section once, on the only thread, with the C calling
// convention and arguments that a function without parameters ignores; `record` is such a function and
// relies on nothing that the runtime sets up.
#[unsafe(link_section = ".init_array")]
static RECORD: extern "C" fn() = record;

extern "C" fn record() {
    let mut streams = [0, 1, 2].map(|fd| libc::pollfd { fd, events: 0, revents: 0 });
    // SAFETY: `streams` is alive and exclusively borrowed for the call, which writes the `revents` of its three elements;
    // the descriptors need not be open, and nothing is waited for.
    let answered = unsafe { libc::poll(streams.as_mut_ptr(), 3, 0) };
    if answered < 0 {
        // The runtime would abort.
        end(b"poll");
    }
    for (stream, closed) in streams.iter().zip(&CLOSED) {
        let is_closed = answered > 0 && stream.revents & libc::POLLNVAL != 0;
        closed.store(is_closed, Ordering::Relaxed);
        if is_closed {
            fill();
        }
    }
    // SAFETY: an all-zero sigaction is a valid value of this plain C structure; with a null new action
    // the call only writes the present one into it.
    let handler = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGPIPE, std::ptr::null(), &raw mut action);
        action.sa_sigaction
    };
    SIGPIPE_IGNORED.store(handler == libc::SIG_IGN, Ordering::Relaxed);
}

/// Opens something as the lowest descriptor that is free. The runtime does so with /dev/null, and aborts where that cannot be
/// opened; a directory can be neither read nor written.
fn fill() {
    let paths = [(c"/dev/null", libc::O_RDWR), (c"/", libc::O_RDONLY | libc::O_DIRECTORY)];
    // SAFETY: the paths are literals that end with NUL.
    if !paths.iter().any(|(path, flags)| unsafe { libc::open(path.as_ptr(), *flags) } >= 0) {
        end(b"open /dev/null");
    }
}

/// Says on stderr what failed, if that is open, and ends the process with status 1.
fn end(operation: &[u8]) {
    let errno = crate::sys::errno_name(Errno::last());
    let parts = [b"dmaheap: ", operation, b": refused (", errno.as_bytes(), b")\n"].concat();
    // SAFETY: the bytes are alive for the call, which reads as many of them as there are; nothing is to be undone, so
    // the process may end here.
    unsafe {
        libc::write(2, parts.as_ptr().cast(), parts.len());
        libc::_exit(1);
    }
}

/// Whether standard stream `number` was closed when the process started, so a `/dev/null` of the runtime's stands in
/// for it.
pub(crate) fn was_closed(number: i32) -> bool {
    let closed = usize::try_from(number).ok().and_then(|number| CLOSED.get(number));
    closed.is_some_and(|closed| closed.load(Ordering::Relaxed))
}

/// Makes the runtime's stand-ins close-on-exec, as all is that the caller did not leave open: a command finds closed
/// what was closed.
pub(crate) fn disown_stand_ins() -> Result<()> {
    let streams = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    for (number, stream) in (0..).zip([streams.0.as_fd(), streams.1.as_fd(), streams.2.as_fd()]) {
        if was_closed(number) {
            fcntl(stream, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        }
    }
    Ok(())
}

/// Whether the caller ignores SIGPIPE.
pub(crate) fn sigpipe_was_ignored() -> bool {
    SIGPIPE_IGNORED.load(Ordering::Relaxed)
}

/// Whether SIGXFSZ is ignored for this program only.
static FILE_SIZE_IGNORED: AtomicBool = AtomicBool::new(false);

/// Ignores SIGXFSZ until another program is run, see [`restore_file_size_signal`].
pub(crate) fn ignore_file_size_signal() -> Result<()> {
    // SAFETY: SIG_IGN installs no handler.
    let before = unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) }?;
    FILE_SIZE_IGNORED.store(matches!(before, SigHandler::SigDfl), Ordering::Relaxed);
    Ok(())
}

/// Whether that was done, to a signal that the caller does not ignore.
pub(crate) fn ignores_file_size_signal() -> bool {
    FILE_SIZE_IGNORED.load(Ordering::Relaxed)
}

/// Gives SIGXFSZ the disposition that the caller had given it.
pub(crate) fn restore_file_size_signal() -> Result<()> {
    if ignores_file_size_signal() {
        // SAFETY: SIG_DFL installs no handler.
        unsafe { signal(Signal::SIGXFSZ, SigHandler::SigDfl) }?;
    }
    Ok(())
}

/// Gives SIGPIPE the disposition that the caller had given it.
///
/// Once done, a write to a pipe without a reader ends the process as it ends any other tool, unless
/// the caller ignores SIGPIPE; then the write answers EPIPE.
pub(crate) fn restore_sigpipe() -> Result<()> {
    if sigpipe_was_ignored() {
        return Ok(());
    }
    // SAFETY: SIG_DFL installs no handler, so no code of ours runs in signal context; the previous
    // handler is the runtime's SIG_IGN, which nothing relies on here.
    unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) }.map(drop).map_err(|errno: Errno| errno)
}
