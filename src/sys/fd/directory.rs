//! What a scan of many directories needs: no sorting, no allocation for an entry.

use crate::sys::fd::status::Device;
use crate::sys::{Errno, Result};
use nix::fcntl::AtFlags;
use nix::sys::stat::fstatat;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// An open directory that is read entry by entry.
#[derive(Debug)]
pub(crate) struct Directory {
    fd: OwnedFd,
    /// Whether an answer that leaves room for an entry is the last one.
    ends_short: bool,
}

/// Room for the entries that one getdents64(2) brings: all descriptors of most processes.
const ENTRIES: usize = 4096;
/// The longest entry: a name of 255 bytes.
const LONGEST: usize = 280;

impl Directory {
    /// Takes a directory that was opened for listing.
    #[must_use]
    pub(crate) fn new(fd: OwnedFd) -> Self {
        Self { fd, ends_short: false }
    }

    /// Takes a directory of procfs that was opened for listing. It hands out entries as long as they fit
    /// (`proc_readfd_common`, `proc_pid_readdir`, `proc_task_readdir`), so the end need not be asked for.
    #[must_use]
    pub(crate) fn of_procfs(fd: OwnedFd) -> Self {
        Self { fd, ends_short: true }
    }

    /// Calls `each` with the directory and the name of each entry that is left, without `.` and `..`.
    ///
    /// By getdents64(2) itself: fdopendir(3) and closedir(3) add four system calls to each directory.
    ///
    /// # Errors
    /// The errno of getdents64(2): ENOENT or ESRCH when the process whose directory this is has ended.
    pub(crate) fn for_each(&mut self, mut each: impl FnMut(BorrowedFd<'_>, &CStr)) -> Result<()> {
        while !self.for_each_at_first::<ENTRIES>(&mut each)? {}
        Ok(())
    }

    /// As [`for_each`](Self::for_each), of the entries that one call brings which has room for `ROOM` bytes. Answers
    /// whether it is known that these were the last ones.
    pub(crate) fn for_each_at_first<const ROOM: usize>(
        &mut self,
        mut each: impl FnMut(BorrowedFd<'_>, &CStr),
    ) -> Result<bool> {
        let mut buffer = [MaybeUninit::uninit(); ROOM];
        let mut entries = self.next_entries(&mut buffer)?;
        let is_last = entries.is_empty() || self.ends_short && entries.len() + LONGEST <= ROOM;
        while let Some((name, rest)) = first_entry(entries) {
            if !matches!(name.to_bytes(), b"." | b"..") {
                each(self.fd.as_fd(), name);
            }
            entries = rest;
        }
        Ok(is_last)
    }

    fn next_entries<'b>(&self, buffer: &'b mut [MaybeUninit<u8>]) -> Result<&'b [u8]> {
        // SAFETY: the kernel writes at most `buffer.len()` bytes to `buffer`, which is borrowed for the call; the
        // descriptor is owned by `self`.
        let length =
            unsafe { libc::syscall(libc::SYS_getdents64, self.fd.as_raw_fd(), buffer.as_mut_ptr(), buffer.len()) };
        let length = usize::try_from(Errno::result(length)?).unwrap_or(0).min(buffer.len());
        // SAFETY: the kernel has written so many bytes, which the buffer has, and nobody else writes there as long as
        // it is borrowed.
        Ok(unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast(), length) })
    }
}

/// Splits `struct linux_dirent64` off: inode and offset of 64 bits each, the entry's length of 16 bits, a byte of
/// type, the name with its NUL and what fills the entry up.
fn first_entry(entries: &[u8]) -> Option<(&CStr, &[u8])> {
    const LENGTH: usize = 16;
    const NAME: usize = 19;
    let length = u16::from_ne_bytes(entries.get(LENGTH..)?.first_chunk().copied()?);
    let (entry, rest) = entries.split_at_checked(length.into())?;
    Some((CStr::from_bytes_until_nul(entry.get(NAME..)?).ok()?, rest))
}

/// Reads where the link `name` in `directory` points, as much of it as `target` takes.
pub(crate) fn read_link_at<'t>(directory: BorrowedFd<'_>, name: &CStr, target: &'t mut [u8]) -> Result<&'t [u8]> {
    // SAFETY: the name is NUL-terminated, and the kernel writes at most `target.len()` bytes to `target`;
    // both are borrowed for the call.
    let length = unsafe {
        libc::readlinkat(directory.as_raw_fd(), name.as_ptr(), target.as_mut_ptr().cast::<libc::c_char>(), target.len())
    };
    let length = usize::try_from(Errno::result(length)?).unwrap_or(0);
    Ok(&target[..length])
}

/// What tells one object of the kernel from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The file system that it belongs to.
    pub device: Device,
    pub inode: u64,
    /// Its size in bytes.
    pub size: u64,
    /// The number of its names; for `/proc/PID/task` threads and two more.
    pub links: u64,
}

/// fstatat(2), links followed: also the links in `/proc/PID/fd` and `map_files`, without opening anything.
pub(crate) fn identity_at(directory: BorrowedFd<'_>, name: &CStr) -> Result<Identity> {
    let stat = fstatat(directory, name, AtFlags::empty())?;
    Ok(Identity {
        device: Device { major: libc::major(stat.st_dev), minor: libc::minor(stat.st_dev) },
        inode: stat.st_ino as u64,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        links: u64::from(stat.st_nlink as u32),
    })
}
