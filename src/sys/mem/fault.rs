//! SIGBUS while a mapping is accessed, turned into an error.
//!
//! A page of a mapping can be gone when it is touched: its file was truncated, its exporter's fault
//! handler failed, the memory behind it is broken, or it is device memory that refuses this kind of
//! access. The kernel then sends SIGBUS to the thread that made the access. A handler that returns
//! only makes the thread repeat the access, and a jump out of the handler is not possible in Rust.
//! So the handler puts an anonymous page in the place of the one that failed, notes the fault, and
//! returns: the access ends on a page that nobody else sees, and the code that made it finds the note.
//!
//! The handler stands only while a `Watch` lives; the disposition of before is put back with the
//! last one. Which region a thread is about to touch it says in a variable of its own, so that jobs
//! in many threads, and SIGBUS in code that has nothing to do with mappings, do not meet.

use crate::sys::{Errno, Result};
use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering, compiler_fence};
use std::sync::{Mutex, PoisonError};

/// An access that ended in SIGBUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where, in bytes from the beginning of the mapping.
    pub at: usize,
    pub cause: FaultCause,
}

/// What `si_code` said, sigaction(2).
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

/// A mapped range of addresses, and the first fault in it. A fault stays: what was an access to the
/// mapping is one to an anonymous page from then on.
#[derive(Debug)]
pub(super) struct Region {
    start: usize,
    length: usize,
    page: usize,
    address: AtomicUsize,
    code: AtomicI32,
}

impl Region {
    pub(super) const fn new(start: usize, length: usize, page: usize) -> Self {
        Self { start, length, page, address: AtomicUsize::new(0), code: AtomicI32::new(0) }
    }

    /// The page size in bytes.
    pub(super) const fn page(&self) -> usize {
        self.page
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        // Each thread that faulted has made sure that both are set before it came out of the handler.
        // When two fault at once, the pair may be of two faults; either is a true one.
        match self.address.load(Ordering::Acquire) {
            0 => None,
            address => Some(Fault {
                at: address - self.start,
                cause: FaultCause::from_code(self.code.load(Ordering::Acquire)),
            }),
        }
    }

    /// Called by the handler: no allocation, no lock.
    fn note(&self, address: usize, code: i32) {
        // A failed exchange means that an earlier fault stands there, which is the one to report.
        let _ = self.code.compare_exchange(0, code, Ordering::AcqRel, Ordering::Acquire);
        let _ = self.address.compare_exchange(0, address, Ordering::AcqRel, Ordering::Acquire);
    }

    fn contains(&self, address: usize) -> bool {
        address.checked_sub(self.start).is_some_and(|at| at < self.length)
    }

    /// Puts anonymous memory under `address`: one page, or, where a page cannot be put in (a mapping
    /// of huge pages), all of the region. The page before is given back, as far as it can be: an access goes
    /// on to the next page, and takes no more than one from the machine. Called by the handler.
    fn cover(&self, address: usize) -> bool {
        let page = address - address % self.page;
        if !cover(page, self.page) {
            return cover(self.start, self.length);
        }
        let before = COVERED.replace(page);
        if before != 0 {
            // SAFETY: `before` was covered in the same call of `guarded`, so that it is a page of this region, which
            // nobody else sees. What it held is lost, which was written to no buffer; read again it holds zeroes.
            unsafe { libc::madvise(ptr::without_provenance_mut(before), self.page, libc::MADV_DONTNEED) };
        }
        true
    }
}

fn cover(start: usize, length: usize) -> bool {
    let flags = libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: MAP_FIXED replaces what is mapped at these addresses, so they must be this code's to
    // replace. They lie in a Region, which only `Mapping` makes, of exactly the pages that it owns and
    // of which it never hands out a reference; the Region is alive, because the thread that runs this is
    // inside `guarded`, which borrows it. mmap(2) is a bare system call, fit for a signal handler.
    let page = unsafe {
        libc::mmap(ptr::without_provenance_mut(start), length, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
    };
    page != libc::MAP_FAILED
}

thread_local! {
    /// The region that this thread is accessing, else null. Constant at first and without a
    /// destructor, so that the handler can read it: it is a plain variable of the thread.
    static ACCESSING: Cell<*const Region> = const { Cell::new(ptr::null()) };
    /// The page that was covered last in this access, else 0.
    static COVERED: Cell<usize> = const { Cell::new(0) };
}

/// Runs `access`, which may touch the memory of `region` and must not panic.
///
/// A `Watch` must be alive, else a fault kills the process, as it does without any of this.
pub(super) fn guarded<T>(region: &Region, access: impl FnOnce() -> T) -> std::result::Result<T, Fault> {
    if let Some(fault) = region.fault() {
        return Err(fault);
    }
    let before = ACCESSING.replace(region);
    COVERED.set(0);
    // The compiler sees no connection between the variable and the accesses, and must not move
    // them past each other: the handler, in the same thread, is the connection.
    compiler_fence(Ordering::SeqCst);
    let done = access();
    compiler_fence(Ordering::SeqCst);
    ACCESSING.set(before);
    region.fault().map_or(Ok(done), Err)
}

struct Installed {
    watches: usize,
    before: libc::sigaction,
}

static INSTALLED: Mutex<Option<Installed>> = Mutex::new(None);

/// What stood before, for the handler, which can take no lock.
static BEFORE_HANDLER: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);
static BEFORE_FLAGS: AtomicI32 = AtomicI32::new(0);

/// While one lives, SIGBUS is handled, and not blocked in the thread that made it (nor in the threads
/// which that one starts: they inherit the mask). It stays in its thread, whose mask it puts back.
#[derive(Debug)]
pub(super) struct Watch {
    was_blocked: bool,
    in_thread: PhantomData<*const ()>,
}

impl Watch {
    pub(super) fn new() -> Result<Self> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        match installed.as_mut() {
            Some(installed) => installed.watches += 1,
            None => *installed = Some(Installed { watches: 1, before: install()? }),
        }
        drop(installed);
        Ok(Self { was_blocked: block_sigbus(libc::SIG_UNBLOCK), in_thread: PhantomData })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.was_blocked {
            block_sigbus(libc::SIG_BLOCK);
        }
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Installed { watches, before }) = installed.as_mut() {
            *watches -= 1;
            if *watches == 0 {
                // SAFETY: `before` is what the kernel gave out as this process's own disposition.
                unsafe { libc::sigaction(libc::SIGBUS, before, ptr::null_mut()) };
                *installed = None;
            }
        }
    }
}

/// Installs the handler and returns what stood before.
fn install() -> Result<libc::sigaction> {
    let mut before = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: with a null new action the call only writes the present one, a whole `sigaction`.
    Errno::result(unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), before.as_mut_ptr()) })?;
    // SAFETY: the call has succeeded, so it has written `before`.
    let before = unsafe { before.assume_init() };
    // Known to the handler before it can run.
    BEFORE_HANDLER.store(before.sa_sigaction, Ordering::Release);
    BEFORE_FLAGS.store(before.sa_flags, Ordering::Release);
    let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = on_sigbus;
    set_action(handler as usize, libc::SA_SIGINFO | libc::SA_ONSTACK)?;
    Ok(before)
}

fn set_action(handler: usize, flags: libc::c_int) -> Result<()> {
    // SAFETY: all zeroes is a valid `sigaction`: SIG_DFL, no flag, an empty mask.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    action.sa_flags = flags;
    // SAFETY: `handler` is either `on_sigbus`, which has the signature that SA_SIGINFO asks for and does
    // only what a signal handler may, or what the process had installed before, with its own flags.
    Errno::result(unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) })?;
    Ok(())
}

/// Blocks or unblocks SIGBUS in this thread; whether it was blocked.
fn block_sigbus(how: libc::c_int) -> bool {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: sigemptyset writes all of `set` before the others read it; `before` is zeroed, a valid
    // empty set, and pthread_sigmask writes it. None of them keeps a pointer. They fail only for a
    // bad `how` or signal number, and both are constants of libc.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGBUS);
        libc::pthread_sigmask(how, set.as_ptr(), before.as_mut_ptr());
        libc::sigismember(before.as_ptr(), libc::SIGBUS) == 1
    }
}

extern "C" fn on_sigbus(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    let errno = Errno::last_raw();
    // SAFETY: the kernel passes a valid siginfo to a handler installed with SA_SIGINFO.
    let code = unsafe { (*info).si_code };
    // Codes above 0 are the kernel's, for a fault; the others are somebody's kill(2).
    let handled = code > 0 && {
        // SAFETY: as above; for a SIGBUS of the kernel's the address is the member that is set.
        let address = unsafe { (*info).si_addr() }.addr();
        // SAFETY: the pointer is null or was set by `guarded` in this very thread from a reference that
        // it still holds, because this handler interrupts the access inside it.
        let region = unsafe { ACCESSING.get().as_ref() };
        region.filter(|region| region.contains(address)).is_some_and(|region| {
            // Noted first: another thread that goes on over the new page must find the note.
            region.note(address, code);
            region.cover(address)
        })
    };
    if !handled {
        hand_back(code);
    }
    Errno::set_raw(errno);
}

/// Not a fault of a mapping: puts back what stood before. The access that faulted is then repeated
/// under it; a signal that was sent is sent again.
fn hand_back(code: i32) {
    // Cannot fail: the same action was accepted when it was installed the first time.
    let _ = set_action(BEFORE_HANDLER.load(Ordering::Acquire), BEFORE_FLAGS.load(Ordering::Acquire));
    if code <= 0 {
        // SAFETY: raise(3) is async-signal-safe; the signal waits until this handler has returned.
        unsafe { libc::raise(libc::SIGBUS) };
    }
}

#[cfg(test)]
mod tests;
