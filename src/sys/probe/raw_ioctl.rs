//! ioctl(2) with any words in its registers, through the native entry or the 32-bit one.
//!
//! What is sent, and to what, is the caller's policy. Memory safety does not hang on it: the kernel is
//! given addresses of an [`Arena`] or of nothing only. It does hang on the object behind the
//! descriptor not following addresses that stand *in* the argument; heap nodes, udmabuf, dma-bufs,
//! memfds, directories, sockets and `/dev/null` do not.

use crate::sys::probe::arena::{Arena, Pointer};
use crate::sys::{Errno, Result};
use std::os::fd::{AsRawFd, BorrowedFd};

#[derive(Clone, Copy, Debug)]
pub(crate) enum CallFd<'a> {
    Open(BorrowedFd<'a>),
    /// One that another thread may close during the call. No other thread opens files in the meantime, so the number is
    /// open as what it was, or closed.
    Number(i32),
    /// -1, which is never open.
    None,
}

impl CallFd<'_> {
    fn number(self) -> i32 {
        match self {
            Self::Open(fd) => fd.as_raw_fd(),
            Self::Number(number) => number,
            Self::None => -1,
        }
    }
}

/// The first two registers of a call, whose high halves a 64-bit kernel must ignore.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawCall<'a> {
    pub fd: CallFd<'a>,
    /// The high half of its register.
    pub fd_high: u32,
    pub request: u32,
    /// The high half of its register.
    pub request_high: u32,
}

impl RawCall<'_> {
    /// Calls through the native entry. Returns what the call returned.
    pub(crate) fn native(self, argument: Pointer<'_>) -> Result<u64> {
        let fd = register(self.fd.number() as u32, self.fd_high);
        let request = register(self.request, self.request_high);
        // SAFETY: the kernel writes at most at `argument`, for at most the 16383 bytes that a request can
        // name: inside an arena and its inaccessible tail, or where this process has no memory.
        let answer = Errno::result(unsafe { libc::syscall(libc::SYS_ioctl, fd, request, argument.address()) })?;
        Ok(answer as u64)
    }

    /// Calls as [`RawCall::native`] does, while `page` of `arena` is not mapped.
    pub(crate) fn native_with_hole(self, arena: &Arena, page: usize, argument: Pointer<'_>) -> Result<u64> {
        arena.with_hole(page, || self.native(argument))?
    }

    /// Calls through the entry for 32-bit programs (`int 0x80`). EOPNOTSUPP elsewhere than on x86-64;
    /// EOVERFLOW for an address that does not fit.
    ///
    /// Where the kernel has no such entry the process dies by SIGSEGV.
    pub(crate) fn compat(self, argument: Pointer<'_>) -> Result<u64> {
        let address = u32::try_from(argument.address()).map_err(|_| Errno::EOVERFLOW)?;
        compat_call(COMPAT_IOCTL, self.fd.number() as u32, self.request, address)
    }
}

/// `high` is dropped where registers have 32 bits.
fn register(low: u32, high: u32) -> usize {
    (u64::from(high) << 32 | u64::from(low)) as usize
}

/// getpid(2) through the entry for 32-bit programs: whether there is one, for a process that may die of it.
pub(crate) fn compat_getpid() -> Result<u32> {
    compat_call(COMPAT_GETPID, 0, 0, 0).map(|pid| pid as u32)
}

/// `__NR_ioctl` and `__NR_getpid` of i386.
const COMPAT_IOCTL: u32 = 54;
const COMPAT_GETPID: u32 = 20;

#[cfg(target_arch = "x86_64")]
fn compat_call(number: u32, first: u32, second: u32, third: u32) -> Result<u64> {
    let answer: u64;
    // SAFETY: only the two calls above are made: getpid touches no memory, and for ioctl see `native`
    // (the address was checked to fit). The kernel keeps all registers but rax, and on old kernels r8 to
    // r11, which are declared lost; rbx is LLVM's own and is put back. No red zone is touched by the
    // instruction itself, which switches to the kernel's stack.
    unsafe {
        std::arch::asm!(
            "xchg {first:r}, rbx",
            "int 0x80",
            "xchg {first:r}, rbx",
            first = inout(reg) u64::from(first) => _,
            inlateout("rax") u64::from(number) => answer,
            in("rcx") u64::from(second),
            in("rdx") u64::from(third),
            lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _,
        );
    }
    let answer = answer as u32 as i32;
    if (-4095..0).contains(&answer) { Err(Errno::from_raw(-answer)) } else { Ok(answer as u32 as u64) }
}

#[cfg(not(target_arch = "x86_64"))]
fn compat_call(_number: u32, _first: u32, _second: u32, _third: u32) -> Result<u64> {
    Err(Errno::EOPNOTSUPP)
}
