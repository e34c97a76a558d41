//! What a scan of many directories needs.

use crate::sys::fd::status::Device;
use crate::sys::{Errno, Result};
use nix::dir::Dir;
use nix::fcntl::AtFlags;
use nix::sys::stat::fstatat;
use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// The directory `fd`, and the names of its entries in the kernel's order, without `.` and `..`. ENOENT or ESRCH: it is
/// the directory of a process that has ended.
pub(crate) fn list(fd: OwnedFd) -> Result<(Dir, Vec<CString>)> {
    let mut directory = Dir::from_fd(fd)?;
    let mut names = Vec::new();
    for entry in directory.iter() {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    Ok((directory, names))
}

/// The entries of the directory `fd` that are numbers, in the kernel's order.
pub(crate) fn numbers<T: std::str::FromStr>(fd: OwnedFd) -> Result<Vec<T>> {
    let (_, names) = list(fd)?;
    Ok(names.iter().filter_map(|name| name.to_str().ok()?.parse().ok()).collect())
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

/// The identity of an object of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryStat {
    /// The file system that it belongs to.
    pub device: Device,
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// The number of its names; for `/proc/PID/task` threads and two more.
    pub links: u64,
}

/// fstatat(2), links followed: also the links in `/proc/PID/fd` and `map_files`, without opening anything.
pub(crate) fn stat_at(directory: BorrowedFd<'_>, name: &CStr) -> Result<EntryStat> {
    let stat = fstatat(directory, name, AtFlags::empty())?;
    Ok(EntryStat {
        device: Device { major: libc::major(stat.st_dev), minor: libc::minor(stat.st_dev) },
        inode: stat.st_ino as u64,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        links: u64::from(stat.st_nlink as u32),
    })
}
