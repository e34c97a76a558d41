//! SIGBUS while a mapping is accessed: the end of the process, with a report by whoever knows what was mapped.
//!
//! A page of a mapping can be gone when it is touched: its file was truncated, its exporter's fault handler failed, the
//! memory behind it is broken, or it is device memory that refuses this kind of access. The kernel then sends SIGBUS to
//! the thread that made the access, which cannot be continued. Which mapping a thread is about to access it notes in a
//! variable of its own. A SIGBUS for any other reason kills, as it does without this handler.

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::cell::Cell;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering, compiler_fence};
use std::sync::{Arc, Once};

/// An access that ended in SIGBUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryFault {
    /// Where, in bytes from the beginning of the mapping.
    pub at: usize,
    pub cause: FaultCause,
}

/// The cause, as `si_code` of sigaction(2) gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultCause {
    /// `BUS_ADRALN`: the memory refuses accesses of this width or alignment, as device memory does on arm64.
    Alignment,
    /// `BUS_ADRERR`: there is no page, as beyond the end of a file that was truncated.
    NoPage,
    /// `BUS_MCEERR_AR`, `BUS_MCEERR_AO`: the hardware reported broken memory.
    Hardware,
    /// `BUS_OBJERR` and whatever else.
    Other,
}

impl FaultCause {
    fn from_code(code: i32) -> Self {
        match code {
            libc::BUS_ADRALN => Self::Alignment,
            libc::BUS_ADRERR => Self::NoPage,
            libc::BUS_MCEERR_AR | libc::BUS_MCEERR_AO => Self::Hardware,
            _ => Self::Other,
        }
    }
}

/// Reports a fault. Returns the status that the process ends with.
///
/// It runs in the signal handler, but may do what any function may, allocate and lock included: the signal has
/// interrupted nothing but an access to memory, and the thread holds no lock there.
pub(crate) type FaultReport = dyn Fn(MemoryFault) -> u8 + Send + Sync;

struct Access<'a> {
    memory: Range<usize>,
    report: &'a FaultReport,
}

thread_local! {
    /// The access that this thread is making, else null. Constant at first and without a destructor, so the handler can
    /// read it: it is a plain variable of the thread.
    static ACCESS: Cell<*const Access<'static>> = const { Cell::new(ptr::null()) };
}

/// Runs `access`, which may touch the addresses of `memory`, must not panic and must hold no lock. A SIGBUS there ends
/// the process after `report`.
pub(super) fn reported<T>(memory: Range<usize>, report: &Arc<FaultReport>, access: impl FnOnce() -> T) -> T {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let action = SigAction::new(SigHandler::SigAction(on_sigbus), SaFlags::empty(), SigSet::empty());
        // SAFETY: the handler reads a variable of its thread and then ends the process; what it calls on the way it
        // may call, because it interrupts nothing but an access to memory (see `FaultReport`). Without it, which
        // cannot be refused for a signal that may be caught, the signal kills.
        let _ = unsafe { sigaction(Signal::SIGBUS, &action) };
    });
    let this = Access { memory, report: &**report };
    ACCESS.set((&raw const this).cast());
    // The compiler sees no connection between the variable and the access, and must not move one past the other: the
    // handler, in the same thread, is the connection.
    compiler_fence(Ordering::SeqCst);
    let done = access();
    compiler_fence(Ordering::SeqCst);
    ACCESS.set(ptr::null());
    done
}

extern "C" fn on_sigbus(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid siginfo to a handler with SA_SIGINFO; in that of a fault the address is set.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr().addr()) };
    // SAFETY: the pointer is null or was set by `reported` in this very thread, from a value that is still there
    // because this handler interrupts the access.
    let access = unsafe { ACCESS.replace(ptr::null()).as_ref() };
    // Codes above 0 are the kernel's, for a fault; the others are someone's kill(2).
    let Some(access) = access.filter(|access| code > 0 && access.memory.contains(&address)) else {
        // SAFETY: both are async-signal-safe. The signal is blocked here, and kills when this returns.
        unsafe {
            libc::signal(libc::SIGBUS, libc::SIG_DFL);
            libc::raise(libc::SIGBUS);
        }
        return;
    };
    // Several threads may come here at once: the first one reports for all.
    static IS_REPORTED: AtomicBool = AtomicBool::new(false);
    while IS_REPORTED.swap(true, Ordering::AcqRel) {
        // SAFETY: waits for a signal, which is async-signal-safe.
        unsafe { libc::pause() };
    }
    let fault = MemoryFault { at: address - access.memory.start, cause: FaultCause::from_code(code) };
    let status = (access.report)(fault);
    // SAFETY: ends the process and touches nothing of it.
    unsafe { libc::_exit(status.into()) }
}

#[cfg(test)]
mod tests;
