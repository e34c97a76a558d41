//! What a scan of many directories needs: no sorting, no allocation for an entry.

use super::status::Device;
use super::{Errno, Result};
use nix::fcntl::AtFlags;
use nix::sys::stat::fstatat;
use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// An open directory that is read entry by entry.
#[derive(Debug)]
pub struct Directory {
    dir: nix::dir::Dir,
}

impl Directory {
    /// Takes a directory that was opened for listing.
    pub fn new(fd: OwnedFd) -> Result<Self> {
        Ok(Self { dir: nix::dir::Dir::from_fd(fd)? })
    }

    /// Calls `each` with the directory and each entry's name, `.` and `..` left out.
    ///
    /// # Errors
    /// The errno of getdents(2): ENOENT or ESRCH when the process whose directory this is has ended.
    pub fn for_each(&mut self, mut each: impl FnMut(BorrowedFd<'_>, &CStr)) -> Result<()> {
        let raw = self.dir.as_fd().as_raw_fd();
        // SAFETY: `self.dir` owns this descriptor and is borrowed, hence open, until this function ends;
        // the iterator only needs it mutably to move its own position.
        let fd = unsafe { BorrowedFd::borrow_raw(raw) };
        for entry in self.dir.iter() {
            let entry = entry?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                each(fd, entry.file_name());
            }
        }
        Ok(())
    }
}

/// Reads where the link `name` in `directory` points, as much of it as `target` takes.
pub fn read_link_at<'t>(directory: BorrowedFd<'_>, name: &CStr, target: &'t mut [u8]) -> Result<&'t [u8]> {
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
pub struct Identity {
    /// The file system that it belongs to.
    pub device: Device,
    /// Its inode number there.
    pub inode: u64,
    /// Its size in bytes.
    pub size: u64,
    /// The number of its names; for `/proc/PID/task` threads and two more.
    pub links: u64,
}

/// fstatat(2), links followed: also the links in `/proc/PID/fd` and `map_files`, without opening anything.
pub fn identity_at(directory: BorrowedFd<'_>, name: &CStr) -> Result<Identity> {
    let stat = fstatat(directory, name, AtFlags::empty())?;
    Ok(Identity {
        device: Device { major: libc::major(stat.st_dev), minor: libc::minor(stat.st_dev) },
        inode: stat.st_ino,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        links: u64::from(stat.st_nlink as u32),
    })
}
