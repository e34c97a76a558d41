//! Seccomp user notification: a filter on this thread, and the listener that answers for it.
//!
//! Everything here follows `include/uapi/linux/seccomp.h`, whose structures are restated because libc
//! lacks some of them on some targets. [`install`] is for a process that is about to exec: what it
//! filters cannot be unfiltered.

use crate::sys::{Errno, Result};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// One instruction of classic BPF (`struct sock_filter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Instruction {
    pub code: u16,
    /// Instructions to skip when the comparison holds.
    pub jump_true: u8,
    /// Instructions to skip when it does not.
    pub jump_false: u8,
    pub operand: u32,
}

#[repr(C)]
struct Program {
    len: u16,
    filter: *const Instruction,
}

pub(crate) const RET_ALLOW: u32 = 0x7fff_0000;
pub(crate) const RET_USER_NOTIF: u32 = 0x7fc0_0000;

const SET_MODE_FILTER: libc::c_uint = 1;
const FILTER_FLAG_NEW_LISTENER: libc::c_ulong = 1 << 3;
const FILTER_FLAG_WAIT_KILLABLE_RECV: libc::c_ulong = 1 << 5;

const NOTIF_FLAG_CONTINUE: u32 = 1;
const FD_SYNC_WAKE_UP: libc::c_ulong = 1;

/// `struct seccomp_notif` with its `struct seccomp_data`: one trapped system call.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Notification {
    /// Names this notification towards the kernel; never used twice.
    pub id: u64,
    /// The thread that asks, as this process sees it; 0 if it cannot be seen.
    pub thread: u32,
    flags: u32,
    /// Number of the system call, of the numbering that `arch` says.
    pub number: i32,
    /// `AUDIT_ARCH_*` of the entry that was used.
    pub arch: u32,
    instruction_pointer: u64,
    /// The registers that carry arguments; a 32-bit entry leaves the high halves 0.
    pub args: [u64; 6],
}

#[repr(C)]
struct Response {
    id: u64,
    value: i64,
    error: i32,
    flags: u32,
}

#[repr(C)]
struct AddFd {
    id: u64,
    flags: u32,
    source: u32,
    new: u32,
    new_flags: u32,
}

const _: () = {
    assert!(size_of::<Instruction>() == 8);
    assert!(size_of::<Notification>() == 80);
    assert!(size_of::<Response>() == 24);
    assert!(size_of::<AddFd>() == 24);
    assert!(NOTIF_RECV == 0xc050_2100);
    assert!(NOTIF_SEND == 0xc018_2101);
    assert!(NOTIF_ID_VALID == 0x4008_2102);
    assert!(NOTIF_ADDFD == 0x4018_2103);
    assert!(NOTIF_SET_FLAGS == 0x4008_2104);
};

const NOTIF_RECV: u32 = crate::uapi::ioctl::iowr::<Notification>(b'!', 0);
const NOTIF_SEND: u32 = crate::uapi::ioctl::iowr::<Response>(b'!', 1);
const NOTIF_ID_VALID: u32 = crate::uapi::ioctl::iow::<u64>(b'!', 2);
const NOTIF_ADDFD: u32 = crate::uapi::ioctl::iow::<AddFd>(b'!', 3);
const NOTIF_SET_FLAGS: u32 = crate::uapi::ioctl::iow::<u64>(b'!', 4);

/// How a trapped system call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallResult {
    Value(i64),
    /// It fails with this errno.
    Error(i32),
    /// The kernel performs it as if there were no filter.
    Continue,
}

impl From<Errno> for CallResult {
    fn from(errno: Errno) -> Self {
        Self::Error(errno as i32)
    }
}

/// A call that gives its caller a descriptor.
impl From<Result<u32>> for CallResult {
    fn from(fd: Result<u32>) -> Self {
        fd.map_or_else(Self::from, |fd| Self::Value(fd.into()))
    }
}

/// Filters every later system call of this thread by `program`, and of all that it forks or execs.
///
/// Needs `PR_SET_NO_NEW_PRIVS` or `CAP_SYS_ADMIN`. EBUSY: a listener is there already; EINVAL: the
/// kernel is older than 5.19 (`SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`) or has no seccomp filters.
pub(crate) fn install(program: &[Instruction]) -> Result<SeccompListener> {
    let len = u16::try_from(program.len()).map_err(|_| Errno::E2BIG)?;
    let program = Program { len, filter: program.as_ptr() };
    let flags = FILTER_FLAG_NEW_LISTENER | FILTER_FLAG_WAIT_KILLABLE_RECV;
    // SAFETY: seccomp(2) reads `program` and the `len` instructions behind it, which outlive the call
    // (`Program` and `Instruction` have the layout of sock_fprog and sock_filter); it writes nothing.
    let fd = unsafe { libc::syscall(libc::SYS_seccomp, SET_MODE_FILTER, flags, &raw const program) };
    let fd = Errno::result(fd)?;
    // SAFETY: the kernel has just made this descriptor for this thread and given it to no one else.
    Ok(SeccompListener(unsafe { OwnedFd::from_raw_fd(fd as RawFd) }))
}

/// The descriptor through which trapped calls are received and answered.
#[derive(Debug)]
pub(crate) struct SeccompListener(OwnedFd);

impl From<OwnedFd> for SeccompListener {
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

impl AsFd for SeccompListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl SeccompListener {
    /// Asks to be woken on the CPU of the caller, which waits anyway (6.6). EINVAL before.
    pub(crate) fn wake_synchronously(&self) -> Result<()> {
        // SAFETY: this request takes its flags by value.
        Errno::result(unsafe { libc::ioctl(self.0.as_raw_fd(), NOTIF_SET_FLAGS as libc::Ioctl, FD_SYNC_WAKE_UP) })
            .map(drop)
    }

    /// The next trapped call. ENOENT: it went away before it was received; EINTR: a signal came.
    pub(crate) fn receive(&self) -> Result<Notification> {
        // The kernel insists on zeroed memory (EINVAL), so the structure can grow.
        let mut notification = Notification::default();
        self.ioctl(NOTIF_RECV, &mut notification)?;
        Ok(notification)
    }

    /// Ends the call. ENOENT: there is no such call any more, as its thread was killed.
    pub(crate) fn send(&self, id: u64, result: CallResult) -> Result<()> {
        let mut response = match result {
            CallResult::Value(value) => Response { id, value, error: 0, flags: 0 },
            CallResult::Error(errno) => Response { id, value: 0, error: -errno, flags: 0 },
            CallResult::Continue => Response { id, value: 0, error: 0, flags: NOTIF_FLAG_CONTINUE },
        };
        self.ioctl(NOTIF_SEND, &mut response).map(drop)
    }

    /// Whether the thread still waits in this call, so its number names it and no other thread.
    pub(crate) fn is_waiting(&self, id: u64) -> bool {
        let mut id = id;
        self.ioctl(NOTIF_ID_VALID, &mut id).is_ok()
    }

    /// Gives the calling process a descriptor of `file`, the lowest that is free, and returns its number.
    ///
    /// EMFILE: its `RLIMIT_NOFILE` is reached; ENOENT: the call is gone; EBADF: `file` is `O_PATH`.
    pub(crate) fn add_fd(&self, id: u64, file: BorrowedFd<'_>, close_on_exec: bool) -> Result<u32> {
        let new_flags = if close_on_exec { libc::O_CLOEXEC as u32 } else { 0 };
        let source = u32::try_from(file.as_raw_fd()).map_err(|_| Errno::EBADF)?;
        let mut request = AddFd { id, flags: 0, source, new: 0, new_flags };
        self.ioctl(NOTIF_ADDFD, &mut request)
    }

    fn ioctl<T>(&self, request: u32, argument: &mut T) -> Result<u32> {
        // SAFETY: each caller passes the type whose size the request names (pinned above), exclusively
        // borrowed for the call; any bytes that the kernel writes are valid for these plain integers.
        let answer = unsafe { libc::ioctl(self.0.as_raw_fd(), request as libc::Ioctl, std::ptr::from_mut(argument)) };
        Errno::result(answer).map(|value| value as u32)
    }
}
