//! Opening without side effects, and reading what was opened.

use crate::sys::fd::poll::{self, Interest};
use crate::sys::{Errno, Result};
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat2, readlinkat};
use nix::sys::stat::Mode;
use nix::unistd::{AccessFlags, faccessat};
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Seek, SeekFrom};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The use that a descriptor is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `O_PATH`: to look at the object only; no driver is called. A last symbolic link is followed.
    Look,
    /// `O_PATH|O_NOFOLLOW`: to look at the link itself.
    LookAtLink,
    /// `O_RDONLY|O_NOCTTY|O_NONBLOCK` of a file that is known to be harmless: should it be a FIFO, nothing waits.
    Read,
    /// `O_WRONLY` of what was examined: a FIFO waits for its reader.
    Write,
    /// `O_RDWR` of /dev/null.
    Null,
    /// `O_RDWR` of a setting of this process in procfs.
    Tune,
    /// `O_RDONLY|O_DIRECTORY`: fails on anything but a directory, without opening it.
    List,
    /// `O_RDONLY|O_NOCTTY|O_NONBLOCK` of a device node, which suffices for heaps: vendor nodes are 0440.
    Device,
}

impl Purpose {
    fn flags(self) -> OFlag {
        OFlag::O_CLOEXEC
            | match self {
                Self::Look => OFlag::O_PATH,
                Self::LookAtLink => OFlag::O_PATH | OFlag::O_NOFOLLOW,
                Self::Write => OFlag::O_WRONLY,
                Self::Null | Self::Tune => OFlag::O_RDWR,
                Self::List => OFlag::O_RDONLY | OFlag::O_DIRECTORY,
                Self::Read | Self::Device => OFlag::O_RDONLY | OFlag::O_NOCTTY | OFlag::O_NONBLOCK,
            }
    }
}

/// open(2) of `path`, close-on-exec.
pub(crate) fn open(path: &Path, purpose: Purpose) -> Result<OwnedFd> {
    nix::fcntl::open(path, purpose.flags(), Mode::empty())
}

/// openat(2) of `path`, relative to `directory`, close-on-exec.
pub(crate) fn open_at(directory: BorrowedFd<'_>, path: &str, purpose: Purpose) -> Result<OwnedFd> {
    nix::fcntl::openat(directory, path, purpose.flags(), Mode::empty())
}

/// openat(2) of `path` with whatever flags, close-on-exec in any case; a file that they make has mode 0666 less the file
/// mode creation mask. Whoever calls sees to it that neither the path nor the flags do harm.
pub(crate) fn open_at_with(directory: BorrowedFd<'_>, path: &Path, flags: u32) -> Result<OwnedFd> {
    let flags = OFlag::from_bits_retain(flags as i32) | OFlag::O_CLOEXEC;
    nix::fcntl::openat(directory, path, flags, Mode::from_bits_truncate(0o666))
}

/// openat2(2) with `RESOLVE_IN_ROOT`: `path` is resolved as if `root` were the root directory.
pub(crate) fn open_in_root(root: BorrowedFd<'_>, path: &Path, purpose: Purpose) -> Result<OwnedFd> {
    let how = OpenHow::new().flags(purpose.flags()).resolve(ResolveFlag::RESOLVE_IN_ROOT);
    openat2(root, path, how)
}

/// Opens again, for `purpose`, what `fd` (usually `O_PATH`) stands for. Needs /proc.
pub(crate) fn reopen(fd: BorrowedFd<'_>, purpose: Purpose) -> Result<OwnedFd> {
    open(&PathBuf::from(format!("/proc/self/fd/{}", fd.as_raw_fd())), purpose)
}

/// The target of the symbolic link that `link` (`O_PATH|O_NOFOLLOW`) stands for.
pub(crate) fn read_link(link: BorrowedFd<'_>) -> Result<OsString> {
    readlinkat(link, "")
}

/// The text of `/proc/self/fd/N`: what the file of `fd` is called.
pub(crate) fn link_of(fd: BorrowedFd<'_>) -> Result<OsString> {
    readlinkat(nix::fcntl::AT_FDCWD, Path::new(&format!("/proc/self/fd/{}", fd.as_raw_fd())))
}

/// Whether `path` can be looked up, whatever the access to the object itself. ENOENT: nothing is there.
pub(crate) fn find(path: &Path) -> Result<()> {
    match faccessat(nix::fcntl::AT_FDCWD, path, AccessFlags::F_OK, AtFlags::empty()) {
        // By a filter; of the kernel's own answers EACCES is the one that is like it.
        Err(Errno::EPERM | Errno::ENOSYS) => open(path, Purpose::Look).map(drop),
        answer => answer,
    }
}

/// Whether the calling thread may use what `fd` (usually `O_PATH`) stands for: the bits of access(2), asked with the
/// rights that decide when it is opened. EACCES: it may not.
pub(crate) fn may(fd: BorrowedFd<'_>, mode: u32) -> Result<()> {
    let flags = libc::AT_EMPTY_PATH | libc::AT_EACCESS;
    // By the system call itself: C libraries ask in their own way, without taking an empty path.
    // SAFETY: the path is a NUL-terminated literal, and nothing is written.
    let answer = unsafe { libc::syscall(libc::SYS_faccessat2, fd.as_raw_fd(), c"".as_ptr(), mode, flags) };
    Errno::result(answer).map(drop)
}

/// Reads the rest of a small file without asking for its size first: files of procfs and sysfs have none. EFBIG if it
/// has more than `limit` bytes.
///
/// A first read that leaves more than half of a page's room has met the end: `seq_read_iter` hands out
/// whole records as long as they fit, and no file that is read so has records of half a page.
pub(crate) fn read_all(fd: OwnedFd, limit: u64) -> Result<Vec<u8>> {
    const FIRST: usize = 4 * 1024;
    // One byte more than there may be.
    let room = usize::try_from(limit.saturating_add(1)).unwrap_or(FIRST).min(FIRST);
    let mut first = [MaybeUninit::<u8>::uninit(); FIRST];
    // SAFETY: the kernel writes at most `room` bytes to `first`, which has as many; the descriptor is owned and open.
    let length = Errno::result(unsafe { libc::read(fd.as_raw_fd(), first.as_mut_ptr().cast(), room) })?;
    let length = usize::try_from(length).unwrap_or(0).min(room);
    // SAFETY: the kernel has just written `length` bytes.
    let mut bytes = unsafe { std::slice::from_raw_parts(first.as_ptr().cast::<u8>(), length) }.to_vec();
    if length >= FIRST / 2 {
        let mut rest = std::fs::File::from(fd).take(limit.saturating_add(1).saturating_sub(length as u64));
        rest.read_to_end(&mut bytes).map_err(|error| errno_of(&error))?;
    }
    if bytes.len() as u64 > limit { Err(Errno::EFBIG) } else { Ok(bytes) }
}

/// `lseek(fd, 0, SEEK_END)`: for a dma-buf its size in bytes (`dma_buf_llseek`).
pub(crate) fn seek_end(fd: BorrowedFd<'_>) -> Result<u64> {
    use std::mem::ManuallyDrop;
    use std::os::fd::FromRawFd;
    // SAFETY: the descriptor is borrowed for the call and ManuallyDrop keeps the File from closing it.
    let mut file = ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(fd.as_raw_fd()) });
    file.seek(SeekFrom::End(0)).map_err(|error| errno_of(&error))
}

/// The object `name` in `directory` to look at only, `O_PATH`; of a symbolic link the link.
pub(crate) fn look_at(directory: BorrowedFd<'_>, name: &OsStr) -> Result<OwnedFd> {
    nix::fcntl::openat(directory, name, Purpose::LookAtLink.flags(), Mode::empty())
}

/// Makes the file `name` in `directory`, mode 0666 less the file mode creation mask. EEXIST: something is there.
pub(crate) fn create_at(directory: BorrowedFd<'_>, name: &OsStr) -> Result<OwnedFd> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    nix::fcntl::openat(directory, name, flags, Mode::from_bits_truncate(0o666))
}

/// Gives the file `from` in `directory` the name `to` there, whatever had that.
pub(crate) fn rename_at(directory: BorrowedFd<'_>, from: &OsStr, to: &OsStr) -> Result<()> {
    nix::fcntl::renameat(directory, from, directory, to)
}

/// Removes the file `name` from `directory`.
pub(crate) fn remove_at(directory: BorrowedFd<'_>, name: &OsStr) -> Result<()> {
    nix::unistd::unlinkat(directory, name, nix::unistd::UnlinkatFlags::NoRemoveDir)
}

/// Writes all of `bytes`; waits where someone has made `fd` non-blocking.
pub(crate) fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        match nix::unistd::write(fd, bytes) {
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => drop(poll::wait(&[(fd, Interest::Write)])?),
            Ok(0) => return Err(Errno::EIO),
            written => bytes = bytes.get(written?..).unwrap_or_default(),
        }
    }
    Ok(())
}

/// Reads once, at most as much as `bytes` has room for; 0 is the end.
pub(crate) fn read(fd: BorrowedFd<'_>, bytes: &mut [u8]) -> Result<usize> {
    loop {
        match nix::unistd::read(fd, bytes) {
            Err(Errno::EINTR) => {}
            other => return other,
        }
    }
}

/// A pipe, close-on-exec: the end to read from, the end to write to.
pub(crate) fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    nix::unistd::pipe2(OFlag::O_CLOEXEC)
}

/// The errno of an error that came from a system call.
pub(crate) fn errno_of(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_limit_is_an_error_and_a_fifo_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let read = |limit| open(&path, Purpose::Read).and_then(|fd| read_all(fd, limit));
        for length in [100, 10_000] {
            std::fs::write(&path, vec![7; length]).unwrap();
            assert_eq!(read(length as u64).map(|bytes| bytes.len()), Ok(length));
            assert_eq!(read(length as u64 - 1), Err(Errno::EFBIG), "{length}");
        }
        std::fs::remove_file(&path).unwrap();
        nix::unistd::mkfifo(&path, Mode::S_IRWXU).unwrap();
        assert_eq!(read(100), Ok(Vec::new()));
    }
}
