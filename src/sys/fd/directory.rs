//! What a scan of many directories needs.

use crate::sys::fd::status::Device;
use crate::sys::{Errno, Result};
use nix::fcntl::AtFlags;
use nix::sys::stat::fstatat;
use std::ffi::{CStr, CString, OsString};
use std::mem::offset_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

/// The names in the directory `fd` in the kernel's order, without `.` and `..`. ENOENT or ESRCH: it is the directory of
/// a process that has ended.
///
/// The `Dir` of nix is not used, since it loses the descriptor if fdopendir(3) fails.
pub(crate) fn list(fd: BorrowedFd<'_>) -> Result<Vec<CString>> {
    /// Words of memory for some hundred entries, which are aligned to words.
    const ROOM: usize = 4096;
    let mut names = Vec::new();
    let mut entries = vec![0_u64; ROOM];
    loop {
        let room = size_of_val(&*entries);
        // SAFETY: the kernel writes at most `room` bytes to `entries`, which has as many and is borrowed for the call.
        let read = unsafe { libc::syscall(libc::SYS_getdents64, fd.as_raw_fd(), entries.as_mut_ptr(), room) };
        let read = usize::try_from(Errno::result(read)?).unwrap_or(0);
        if read == 0 {
            return Ok(names);
        }
        let bytes: Vec<u8> = entries.iter().take(read.div_ceil(8)).flat_map(|word| word.to_ne_bytes()).collect();
        let mut rest = &bytes[..read];
        while let Some(entry) = first(rest) {
            let name = CStr::from_bytes_until_nul(&entry[NAME..]).unwrap_or_default();
            if !matches!(name.to_bytes(), b"." | b"..") {
                names.push(name.to_owned());
            }
            rest = &rest[entry.len()..];
        }
    }
}

/// Where the name begins in a `struct linux_dirent64`.
const NAME: usize = offset_of!(libc::dirent64, d_name);

/// The first entry of what getdents64(2) has written.
fn first(entries: &[u8]) -> Option<&[u8]> {
    const LENGTH: usize = offset_of!(libc::dirent64, d_reclen);
    let length = entries.get(LENGTH..LENGTH + 2)?.try_into().ok()?;
    entries.get(..usize::from(u16::from_ne_bytes(length))).filter(|entry| entry.len() > NAME)
}

/// The names in the directory `fd`, without `.` and `..`, sorted.
pub(crate) fn entries(fd: OwnedFd) -> Result<Vec<OsString>> {
    let names = list(fd.as_fd())?;
    let mut names: Vec<OsString> = names.into_iter().map(|name| OsString::from_vec(name.into_bytes())).collect();
    names.sort_unstable();
    Ok(names)
}

/// The entries of the directory `fd` that are numbers, in the kernel's order.
pub(crate) fn numbers<T: std::str::FromStr>(fd: OwnedFd) -> Result<Vec<T>> {
    Ok(list(fd.as_fd())?.iter().filter_map(|name| name.to_str().ok()?.parse().ok()).collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fd::file::{self, Purpose};
    use crate::sys::fd::table::OpenFds;
    use std::path::Path;

    #[test]
    fn every_name_is_listed_once() {
        let place = tempfile::tempdir().expect("a directory");
        // More than what is read at once.
        let mut wanted: Vec<String> = (0..2000).map(|number| format!("{number:0100}")).collect();
        for name in &wanted {
            std::fs::write(place.path().join(name), "").expect("written");
        }
        let fd = file::open(place.path(), Purpose::List).expect("opened");
        let listed = list(fd.as_fd()).expect("listed");
        let mut listed: Vec<&str> = listed.iter().map(|name| name.to_str().expect("text")).collect();
        listed.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(listed, wanted);
    }

    #[test]
    fn a_directory_that_cannot_be_listed_is_not_left_open() {
        let before = OpenFds::now().expect("descriptors");
        let fd = file::open(Path::new("/"), Purpose::Look).expect("opened");
        assert_eq!(numbers::<u32>(fd), Err(Errno::EBADF));
        let fd = file::open(Path::new("/proc/self/stat"), Purpose::Read).expect("opened");
        assert_eq!(entries(fd), Err(Errno::ENOTDIR));
        assert_eq!(OpenFds::appeared_since(&before).map(|left| left.len()), Ok(0));
    }
}
