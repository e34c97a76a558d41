//! Looking into another process: its memory, its descriptors, its links.
//!
//! A thread is named by its number, as the seccomp listener gives it. The caller makes sure that the
//! thread still is the one it means (`Listener::is_waiting`).

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
#[must_use]
pub(crate) fn read_memory(thread: u32, address: u64, buffer: &mut [u8], page_size: u64) -> usize {
    let (vectors, count) = page_vectors(address, buffer.len(), page_size);
    let Some(vectors) = vectors.get(..count).filter(|vectors| !vectors.is_empty()) else { return 0 };
    process_vm_readv(pid(thread), &mut [IoSliceMut::new(buffer)], vectors).unwrap_or(0)
}

/// Writes `bytes` at `address`: as many as there are before the first that faults. It respects the
/// protection of the pages, unlike `/proc/PID/mem`.
#[must_use]
pub(crate) fn write_memory(thread: u32, address: u64, bytes: &[u8], page_size: u64) -> usize {
    let (vectors, count) = page_vectors(address, bytes.len(), page_size);
    let Some(vectors) = vectors.get(..count).filter(|vectors| !vectors.is_empty()) else { return 0 };
    process_vm_writev(pid(thread), &[IoSlice::new(bytes)], vectors).unwrap_or(0)
}

/// Whether memory of the thread can be read at all: Yama, missing privileges and LSMs forbid it.
pub(crate) fn may_read_memory(thread: u32, address: u64) -> Result<()> {
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
pub(crate) enum Link {
    /// What a descriptor stands for.
    Fd(u32),
    WorkingDirectory,
}

/// Reads a link into `buffer`, cut off where that is full. ENOENT: no such descriptor, or no such thread.
pub(crate) fn read_link(thread: u32, link: Link, buffer: &mut [u8]) -> Result<&[u8]> {
    let path = LinkPath::new(thread, link);
    // SAFETY: `path` is NUL-terminated (see LinkPath) and the kernel writes at most `buffer.len()`
    // bytes to `buffer`, which is exclusively borrowed for the call.
    let len = unsafe { libc::readlink(path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
    let len = Errno::result(len)? as usize;
    Ok(&buffer[..len])
}

/// A path below /proc, built without an allocation: it is made for most trapped calls.
pub(super) struct LinkPath([u8; 48]);

impl LinkPath {
    pub(super) fn new(thread: u32, link: Link) -> Self {
        let mut path = Self([0; 48]);
        // The longest is "/proc/4294967295/fd/4294967295", 30 bytes, so that it fits with its NUL.
        let mut rest = &mut path.0[..];
        let _ = match link {
            Link::Fd(fd) => write!(rest, "/proc/{thread}/fd/{fd}"),
            Link::WorkingDirectory => write!(rest, "/proc/{thread}/cwd"),
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
    let status = std::fs::read_to_string(format!("/proc/{thread}/status"))
        .map_err(|error| crate::sys::fd::file::errno_of(&error))?;
    status.lines().find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok()).ok_or(Errno::ESRCH)
}

const KCMP_FILE: libc::c_int = 0;

/// Whether descriptor `fd` of `thread` and `own` of this process are one open file (kcmp(2)).
pub(crate) fn is_same_file(thread: u32, fd: u32, own: BorrowedFd<'_>) -> Result<bool> {
    // SAFETY: kcmp(2) takes numbers only and changes nothing.
    let order = unsafe {
        libc::syscall(
            libc::SYS_kcmp,
            std::process::id() as libc::pid_t,
            thread as libc::pid_t,
            KCMP_FILE,
            own.as_raw_fd() as libc::c_ulong,
            libc::c_ulong::from(fd),
        )
    };
    Errno::result(order).map(|order| order == 0)
}

/// What /proc tells of the file behind a descriptor of another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileView {
    /// Size of the file in bytes.
    pub size: u64,
    /// Bytes of memory that it has.
    pub resident: u64,
    pub inode: u64,
    /// The device of its file system.
    pub device: crate::sys::fd::status::Device,
    pub uid: u32,
    pub gid: u32,
    /// Last modification, seconds.
    pub time: i64,
}

/// Looks at the file that descriptor `fd` of `thread` stands for.
pub(crate) fn file_view(thread: u32, fd: u32) -> Result<FileView> {
    use std::os::unix::fs::MetadataExt;
    let file =
        std::fs::metadata(format!("/proc/{thread}/fd/{fd}")).map_err(|error| crate::sys::fd::file::errno_of(&error))?;
    Ok(FileView {
        size: file.len(),
        resident: file.blocks() * 512,
        inode: file.ino(),
        device: crate::sys::fd::status::device_of(file.dev()),
        uid: file.uid(),
        gid: file.gid(),
        time: file.mtime(),
    })
}

/// Whether descriptor `fd` of `thread` was opened for reading, and whether for writing: the owner
/// permissions of its link below /proc (`proc_fd_instantiate`).
pub(crate) fn open_mode(thread: u32, fd: u32) -> Result<(bool, bool)> {
    use std::os::unix::fs::MetadataExt;
    let link = std::fs::symlink_metadata(format!("/proc/{thread}/fd/{fd}"))
        .map_err(|error| crate::sys::fd::file::errno_of(&error))?;
    Ok((link.mode() & libc::S_IRUSR != 0, link.mode() & libc::S_IWUSR != 0))
}

/// Whether a process has been sent `signal`, for which it has no handler, and has not acted on it.
#[must_use]
pub(crate) fn is_about_to_stop(process: u32, signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) else { return false };
    let has = |field: &str| {
        let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix(field)?.trim(), 16).ok());
        mask.is_some_and(|mask| mask & 1 << (signal - 1) != 0)
    };
    has("ShdPnd:") && !has("SigCgt:")
}

/// The user of a thread, the effective one or the real one.
pub(crate) fn user(thread: u32, effective: bool) -> Result<u32> {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status"))
        .map_err(|error| crate::sys::fd::file::errno_of(&error))?;
    let users = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default();
    let user = users.split_whitespace().nth(usize::from(effective));
    user.and_then(|user| user.parse().ok()).ok_or(Errno::EPROTO)
}

/// The flags of the open file that descriptor `fd` of `thread` stands for.
pub(crate) fn open_flags(thread: u32, fd: u32) -> Result<u32> {
    let text = std::fs::read_to_string(format!("/proc/{thread}/fdinfo/{fd}"))
        .map_err(|error| crate::sys::fd::file::errno_of(&error))?;
    text.lines().find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok()).ok_or(Errno::EPROTO)
}

/// The lowest number that is no open descriptor of `thread`, the one that its next descriptor gets, if it is one of
/// the first thirty or so: `proc_readfd_common` lists them in ascending order, and no more is asked for.
pub(crate) fn free_fd_at_first(thread: u32) -> Result<Option<u32>> {
    use crate::sys::fd::file::{self, Purpose};
    let listing = file::open(std::path::Path::new(&format!("/proc/{thread}/fd")), Purpose::List)?;
    let open = crate::sys::fd::directory::numbers(listing)?;
    Ok((0..).zip(open.into_iter().chain([u32::MAX])).find(|(free, open)| free != open).map(|(free, _)| free))
}
