//! A time after which this process ends itself, whatever it waits for then: a peer, a pipe, a fence in the kernel.
//!
//! It is a timer that sends SIGALRM. Where signals are waited for, SIGALRM can be one of them, and what is to be
//! cleaned up is; everywhere else a handler ends the process as SIGINT would, but with a line that says why. An exec
//! removes the timer (`exit_itimers`) and the handler.

use super::{Result, signals};
use nix::sys::signal::{SaFlags, SigAction, SigEvent, SigHandler, SigSet, SigevNotify, Signal, sigaction};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

/// What is said at the end, and the status.
struct Farewell {
    text: String,
    status: u8,
}

/// Null, or made by [`prepare`] and never freed.
static FAREWELL: AtomicPtr<Farewell> = AtomicPtr::new(std::ptr::null_mut());

/// What the process writes to stderr and which status it ends with, when its time is up. A few such texts are made in a
/// run; each stays, as the handler may be about to read it.
pub fn prepare(text: String, status: u8) {
    FAREWELL.store(Box::into_raw(Box::new(Farewell { text, status })), Ordering::Release);
}

/// Ends this process `after` so much time, as it is [`prepare`]d.
pub fn set(after: Duration) -> Result<()> {
    let action = SigAction::new(SigHandler::Handler(end), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler calls only poll, write and _exit, which are async-signal-safe, and reads what is never freed.
    unsafe { sigaction(Signal::SIGALRM, &action) }?;
    let event = SigEvent::new(SigevNotify::SigevSignal { signal: Signal::SIGALRM, si_value: 0 });
    let mut timer = Timer::new(ClockId::CLOCK_MONOTONIC, event)?;
    timer.set(Expiration::OneShot(after.into()), TimerSetTimeFlags::empty())?;
    // It goes with the process.
    std::mem::forget(timer);
    // The caller may have blocked it.
    let mut set = SigSet::empty();
    set.add(Signal::try_from(signals::ALARM)?);
    set.thread_unblock()
}

extern "C" fn end(_: libc::c_int) {
    let farewell = FAREWELL.load(Ordering::Acquire);
    // SAFETY: the pointer is null, or one of `prepare`'s, whose text is initialised and never freed or changed; poll
    // gets one live entry and does not wait; write gets the text with its length; _exit does not return.
    unsafe {
        let Some(Farewell { text, status }) = farewell.as_ref() else { libc::_exit(1) };
        let mut stderr = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
        // A reader of stderr who takes nothing must not keep it from ending.
        if libc::poll(&raw mut stderr, 1, 0) == 1 {
            libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len());
        }
        libc::_exit((*status).into())
    }
}
