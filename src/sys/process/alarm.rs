//! A time after which this process ends itself, whatever it waits for then: a peer, a pipe, a fence in the kernel.
//!
//! It is a timer that sends SIGALRM. Where signals are waited for, SIGALRM can be one of them, and what is to be
//! cleaned up is; everywhere else a handler ends the process as SIGINT would, but with a line that says why.

use crate::sys::Result;
use crate::sys::process::signals;
use nix::sys::signal::{SaFlags, SigAction, SigEvent, SigHandler, SigSet, SigevNotify, Signal, sigaction};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

/// The last words of a process, and its status.
struct Farewell {
    text: String,
    status: u8,
}

/// Null, or made by [`prepare`] and never freed.
static FAREWELL: AtomicPtr<Farewell> = AtomicPtr::new(std::ptr::null_mut());

/// Sets what the process writes to stderr and which status it ends with, when its time is up. A few such texts are made
/// in a run; each stays, as the handler may be about to read it.
pub(crate) fn prepare(text: String, status: u8) {
    FAREWELL.store(Box::into_raw(Box::new(Farewell { text, status })), Ordering::Release);
}

/// A timer that is set, and what SIGALRM had before. It stays set when this is dropped.
#[derive(Debug)]
pub(crate) struct Alarm {
    timer: ManuallyDrop<Timer>,
    action: SigAction,
    mask: SigSet,
}

/// Ends this process `after` so much time, as it is [`prepare`]d.
pub(crate) fn set(after: Duration) -> Result<Alarm> {
    let action = SigAction::new(SigHandler::Handler(end), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler calls only poll, write and _exit, which are async-signal-safe, and reads what is never freed.
    let before = unsafe { sigaction(Signal::SIGALRM, &action) }?;
    let event = SigEvent::new(SigevNotify::SigevSignal { signal: Signal::SIGALRM, si_value: 0 });
    let mut timer = Timer::new(ClockId::CLOCK_MONOTONIC, event)?;
    timer.set(Expiration::OneShot(after.into()), TimerSetTimeFlags::empty())?;
    let mask = SigSet::thread_get_mask()?;
    // The caller may have blocked it.
    let mut set = SigSet::empty();
    set.add(Signal::try_from(signals::ALARM)?);
    set.thread_unblock()?;
    Ok(Alarm { timer: ManuallyDrop::new(timer), action: before, mask })
}

impl Alarm {
    /// Ends nothing from now on; SIGALRM is as the caller gave it, which an exec passes on.
    pub(crate) fn call_off(self) -> Result<()> {
        drop(ManuallyDrop::into_inner(self.timer));
        // SAFETY: what was there before is of this process's start: the default, or ignored.
        unsafe { sigaction(Signal::SIGALRM, &self.action) }?;
        self.mask.thread_set_mask()
    }
}

/// Ends this process as it is [`prepare`]d, if that is what `signal` is for, which was waited for and came. Otherwise it
/// answers.
pub(crate) fn end_if_due(signal: i32) {
    if signal == signals::ALARM && !FAREWELL.load(Ordering::Acquire).is_null() {
        end(signal);
    }
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
