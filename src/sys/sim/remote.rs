//! Looking into another process: its memory, its descriptors, its links.
//!
//! A thread is named by its number, as the seccomp listener gives it. The caller makes sure that the
//! thread still is the one it means (`SeccompListener::is_waiting`).

use crate::sys::fd::file;
use crate::sys::fd::status::Status;
use crate::sys::{Errno, Result};
use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;
use std::io::{IoSlice, IoSliceMut, Write};
use std::os::fd::{AsRawFd, BorrowedFd};

/// `PATH_MAX`: bytes of the longest path with its NUL.
pub(crate) const PATH_MAX: usize = libc::PATH_MAX as usize;

/// Reads memory at `address` into `buffer`: as many bytes as there are before the first that faults.
///
/// Memory is asked for page by page, because the kernel counts whole vectors; 0 for a bad pointer.
pub(crate) fn read_memory(thread: u32, address: u64, buffer: &mut [u8], page_size: u64) -> usize {
    let (vectors, count) = page_vectors(address, buffer.len(), page_size);
    let Some(vectors) = vectors.get(..count).filter(|vectors| !vectors.is_empty()) else { return 0 };
    process_vm_readv(pid(thread), &mut [IoSliceMut::new(buffer)], vectors).unwrap_or(0)
}

/// Writes `bytes` at `address`: as many as there are before the first that faults. It respects the
/// protection of the pages, unlike `/proc/PID/mem`.
pub(crate) fn write_memory(thread: u32, address: u64, bytes: &[u8], page_size: u64) -> usize {
    let (vectors, count) = page_vectors(address, bytes.len(), page_size);
    let Some(vectors) = vectors.get(..count).filter(|vectors| !vectors.is_empty()) else { return 0 };
    process_vm_writev(pid(thread), &[IoSlice::new(bytes)], vectors).unwrap_or(0)
}

/// Checks that memory of the thread can be read at all: Yama, missing privileges and LSMs forbid it.
pub(crate) fn check_memory_access(thread: u32, address: u64) -> Result<()> {
    let Ok(base) = usize::try_from(address) else { return Err(Errno::EFAULT) };
    let mut byte = [0];
    process_vm_readv(pid(thread), &mut [IoSliceMut::new(&mut byte)], &[RemoteIoVec { base, len: 1 }]).map(drop)
}

/// 16383 bytes, the longest argument of a request, touch at most five pages of 4 KiB.
const VECTORS: usize = 6;

fn page_vectors(address: u64, len: usize, page_size: u64) -> ([RemoteIoVec; VECTORS], usize) {
    let mut vectors = [RemoteIoVec { base: 0, len: 0 }; VECTORS];
    let (mut count, mut at, mut left) = (0, address, len);
    while left > 0 && count < VECTORS {
        let Ok(base) = usize::try_from(at) else { break };
        let to_end = usize::try_from(page_size - at % page_size).unwrap_or(left);
        let here = left.min(to_end);
        vectors[count] = RemoteIoVec { base, len: here };
        count += 1;
        left -= here;
        match at.checked_add(here as u64) {
            Some(next) => at = next,
            None => break,
        }
    }
    (vectors, count)
}

fn pid(thread: u32) -> Pid {
    Pid::from_raw(thread as libc::pid_t)
}

/// A link below `/proc/THREAD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProcLink {
    /// The object of this descriptor.
    Fd(u32),
    WorkingDirectory,
}

/// Reads a link into `buffer`, cut off where that is full. ENOENT: no such descriptor, or no such thread.
pub(crate) fn read_link(thread: u32, link: ProcLink, buffer: &mut [u8]) -> Result<&[u8]> {
    let path = LinkPath::new(thread, link);
    // SAFETY: `path` is NUL-terminated (see LinkPath) and the kernel writes at most `buffer.len()`
    // bytes to `buffer`, which is exclusively borrowed for the call.
    let len = unsafe { libc::readlinkat(libc::AT_FDCWD, path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
    let len = Errno::result(len)? as usize;
    Ok(&buffer[..len])
}

/// A path below /proc, built without an allocation: it is made for most trapped calls.
pub(super) struct LinkPath([u8; 48]);

impl LinkPath {
    pub(super) fn new(thread: u32, link: ProcLink) -> Self {
        let mut path = Self([0; 48]);
        // The longest is "/proc/4294967295/fd/4294967295", 30 bytes, so it fits with its NUL.
        let mut rest = &mut path.0[..];
        let _ = match link {
            ProcLink::Fd(fd) => write!(rest, "/proc/{thread}/fd/{fd}"),
            ProcLink::WorkingDirectory => write!(rest, "/proc/{thread}/cwd"),
        };
        path
    }

    pub(super) fn as_ptr(&self) -> *const libc::c_char {
        self.0.as_ptr().cast()
    }
}

/// A descriptor of this process for what descriptor `fd` of `thread` stands for (pidfd_getfd(2), which
/// takes the number of a process, not of a thread).
pub(crate) fn duplicate(thread: u32, fd: u32) -> Result<std::os::fd::OwnedFd> {
    let process = crate::sys::fd::descriptor::process(process_of(thread)?)?;
    let number = i32::try_from(fd).map_err(|_| Errno::EBADF)?;
    crate::sys::fd::descriptor::of_process(std::os::fd::AsFd::as_fd(&process), number)
}

/// The process that a thread belongs to.
pub(crate) fn process_of(thread: u32) -> Result<u32> {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status")).map_err(|error| file::errno_of(&error))?;
    status.lines().find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok()).ok_or(Errno::ESRCH)
}

const KCMP_FILE: libc::c_int = 0;

/// Whether descriptor `fd` of `thread` and `own` of this process are one open file.
pub(crate) fn is_same_file(thread: u32, fd: u32, own: BorrowedFd<'_>) -> Result<bool> {
    are_one_file((std::process::id(), own.as_raw_fd() as u32), (thread, fd))
}

/// The first number of no open descriptor of `thread`, `from` or one of the next few. A closed one is not an open file,
/// not even the same as itself.
pub(crate) fn free_fd(thread: u32, from: u32) -> Option<u32> {
    /// More than most programs have open, and few enough for each of many threads.
    const FEW: u32 = 64;
    (from..from.saturating_add(FEW)).find(|fd| are_one_file((thread, *fd), (thread, *fd)) == Err(Errno::EBADF))
}

/// kcmp(2) of a descriptor each of two threads.
fn are_one_file((one, fd): (u32, u32), (other, other_fd): (u32, u32)) -> Result<bool> {
    let (one, other) = (one as libc::pid_t, other as libc::pid_t);
    let fds = (libc::c_ulong::from(fd), libc::c_ulong::from(other_fd));
    // SAFETY: kcmp(2) takes numbers only and changes nothing.
    let order = unsafe { libc::syscall(libc::SYS_kcmp, one, other, KCMP_FILE, fds.0, fds.1) };
    Errno::result(order).map(|order| order == 0)
}

/// Returns what stat(2) reports of the file that descriptor `fd` of `thread` stands for.
pub(crate) fn file_stat(thread: u32, fd: u32) -> Result<Status> {
    let file = std::fs::metadata(format!("/proc/{thread}/fd/{fd}")).map_err(|error| file::errno_of(&error))?;
    Ok(Status::from(&file))
}

/// Whether descriptor `fd` of `thread` was opened for reading, and whether for writing: the owner
/// permissions of its link below /proc (`proc_fd_instantiate`).
pub(crate) fn open_mode(thread: u32, fd: u32) -> Result<(bool, bool)> {
    use std::os::unix::fs::MetadataExt;
    let link = std::fs::symlink_metadata(format!("/proc/{thread}/fd/{fd}")).map_err(|error| file::errno_of(&error))?;
    Ok((link.mode() & libc::S_IRUSR != 0, link.mode() & libc::S_IWUSR != 0))
}

/// Whether a process has been sent `signal`, for which it has no handler, and has not acted on it.
pub(crate) fn is_about_to_stop(process: u32, signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { return false };
    let has = |field: &str| {
        let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix(field)?.trim(), 16).ok());
        mask.is_some_and(|mask| mask & 1 << (signal - 1) != 0)
    };
    has("ShdPnd:") && !has("SigCgt:")
}

/// The flags of the open file that descriptor `fd` of `thread` stands for.
pub(crate) fn open_flags(thread: u32, fd: u32) -> Result<u32> {
    let text =
        std::fs::read_to_string(format!("/proc/{thread}/fdinfo/{fd}")).map_err(|error| file::errno_of(&error))?;
    text.lines().find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok()).ok_or(Errno::EPROTO)
}
