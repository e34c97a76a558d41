//! A directory of this process alone, in a place where others may make and remove what they like.
//!
//! Whatever others do to the names there, nothing is made, opened, changed or removed but what was made
//! here: all of it is reached from descriptors, component by component, and no symbolic link is followed.

use crate::sys::fd::status::{ObjectId, id_at, status};
use crate::sys::fd::{directory, file};
use crate::sys::{Errno, Result};
use nix::fcntl::{AT_FDCWD, OFlag, openat, readlinkat, renameat};
use nix::sys::stat::{Mode, SFlag, fchmod, fstat, fstatat, mkdirat, mknodat};
use nix::unistd::{UnlinkatFlags, geteuid, symlinkat, unlinkat};
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Who must own a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScratchPlace {
    /// The effective user, who alone may write there.
    Own,
    /// Anyone. Where others may write, they may remove only what is theirs (the sticky bit).
    Shared,
}

/// A directory with what was made in it. It is removed when this is dropped, by whichever process does that
/// first: after a fork(2) each has the descriptors that this takes.
#[derive(Debug)]
pub(crate) struct Scratch {
    place: OwnedFd,
    name: OsString,
    directory: OwnedFd,
    /// Every directory that was made here; nothing is done below another one.
    made: Vec<ObjectId>,
    /// How many files were replaced, so each has a name of its own until it takes its place.
    replaced: AtomicU64,
}

const ONLY_DIRECTORY: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

impl Scratch {
    /// Makes the directory `name`, a [`fresh_name`], of mode 0700 in `place`.
    ///
    /// EPERM: `place` has the wrong owner, or something else came into the directory's place.
    pub(crate) fn make(place: &Path, kind: ScratchPlace, name: &OsStr) -> Result<Self> {
        let place = open_place(place, kind)?;
        mkdirat(&place, name, Mode::S_IRWXU)?;
        let directory = own_directory(place.as_fd(), name)?;
        let made = vec![status(directory.as_fd())?.id()];
        Ok(Self { place, name: name.to_owned(), directory, made, replaced: AtomicU64::new(0) })
    }

    /// The directory `name` that another process of this program has made, to remove it if that process cannot: with
    /// the directories that are in it now. ENOENT: there is none.
    pub(crate) fn adopt(place: &Path, kind: ScratchPlace, name: &OsStr) -> Result<Self> {
        let place = open_place(place, kind)?;
        let directory = openat(&place, name, ONLY_DIRECTORY, Mode::empty())?;
        check_owner(directory.as_fd())?;
        let mut made = Vec::new();
        record(directory.as_fd(), &mut made)?;
        Ok(Self { place, name: name.to_owned(), directory, made, replaced: AtomicU64::new(0) })
    }

    /// Returns its path, as a link below /proc shows it.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        readlinkat(AT_FDCWD, format!("/proc/self/fd/{}", self.directory.as_raw_fd()).as_str()).map(PathBuf::from)
    }

    /// Makes the directory `name` and those that lead to it, as far as they are not there.
    pub(crate) fn make_directory(&mut self, name: &Path) -> Result<()> {
        let mut here = file::open_at(self.directory.as_fd(), ".", file::Purpose::List)?;
        for component in name {
            let is_new = match mkdirat(&here, component, Mode::S_IRWXU) {
                Err(Errno::EEXIST) => false,
                made => made.map(|()| true)?,
            };
            here = openat(&here, component, ONLY_DIRECTORY, Mode::empty())?;
            let identity = status(here.as_fd())?.id();
            if is_new {
                fchmod(&here, Mode::from_bits_truncate(0o755))?;
                self.made.push(identity);
            }
            self.check(identity)?;
        }
        Ok(())
    }

    pub(crate) fn make_link(&self, name: &Path, target: &OsStr) -> Result<()> {
        let (directory, name) = self.directory_of(name)?;
        symlinkat(target, directory, name)
    }

    /// Makes the character device 0:0, the one device number that anyone may make. It cannot be opened
    /// (ENXIO), but a directory that holds it lists a character device.
    pub(crate) fn make_device(&self, name: &Path) -> Result<()> {
        let (directory, name) = self.directory_of(name)?;
        mknodat(directory, name, SFlag::S_IFCHR, Mode::from_bits_truncate(0o666), 0)
    }

    /// Makes a file with this content, or replaces the one that is there: processes that have the old file open keep
    /// reading its content.
    pub(crate) fn put_file(&self, name: &Path, content: &[u8]) -> Result<()> {
        let (directory, name) = self.directory_of(name)?;
        let new = format!("new-{}-{}", std::process::id(), self.replaced.fetch_add(1, Ordering::Relaxed));
        let file = file::create_at(self.directory.as_fd(), OsStr::new(&new))?;
        file::write_all(file.as_fd(), content)
            .and_then(|()| renameat(&self.directory, new.as_str(), directory, name))
            .inspect_err(|_| {
                let _ = file::remove_at(self.directory.as_fd(), OsStr::new(&new));
            })
    }

    pub(crate) fn remove_file(&self, name: &Path) -> Result<()> {
        let (directory, name) = self.directory_of(name)?;
        file::remove_at(directory.as_fd(), name)
    }

    /// Lets only root put something into the directory `name` or take something out.
    pub(crate) fn make_read_only(&self, name: &Path) -> Result<()> {
        fchmod(self.open_made(name)?, Mode::from_bits_truncate(0o555))
    }

    /// The inode and the time of the last modification, in seconds, of what `name` is.
    pub(crate) fn look(&self, name: &Path) -> Result<(u64, i64)> {
        let (directory, name) = self.directory_of(name)?;
        let stat = fstatat(directory, name, nix::fcntl::AtFlags::AT_SYMLINK_NOFOLLOW)?;
        // Their types differ between architectures.
        #[allow(clippy::unnecessary_cast, reason = "they are narrower on some architectures")]
        Ok((stat.st_ino as u64, stat.st_mtime as i64))
    }

    /// Opens a directory that was made here, or a regular file, with flags of open(2).
    ///
    /// EPERM: something else is there by now.
    pub(crate) fn open(&self, name: &Path, flags: u32) -> Result<OwnedFd> {
        let (directory, name) = self.directory_of(name)?;
        let looked = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let object = openat(directory, name, looked, Mode::empty())?;
        match fstat(&object)?.st_mode & libc::S_IFMT {
            libc::S_IFDIR => {
                self.check(status(object.as_fd())?.id())?;
                file::open_at_with(object.as_fd(), Path::new("."), flags)
            }
            // The link leads to that very object, whatever has the name now; it is one, and is to be followed.
            libc::S_IFREG => {
                let link = PathBuf::from(format!("/proc/self/fd/{}", object.as_raw_fd()));
                file::open_at_with(AT_FDCWD, &link, flags & !(libc::O_NOFOLLOW as u32))
            }
            _ => Err(Errno::EPERM),
        }
    }

    /// Removes the directory with what was made in it, and the files that others have put into it. A directory
    /// that was not made here stays, with those around it, and so does what has come into its own place.
    /// Nothing is done where it is gone already.
    pub(crate) fn remove(&self) -> Result<()> {
        let own = status(self.directory.as_fd())?.id();
        if id_at(self.place.as_fd(), &self.name) != Ok(own) {
            return Ok(());
        }
        self.empty(self.directory.as_fd())?;
        remove_directory(self.place.as_fd(), &self.name)
    }

    fn empty(&self, directory: BorrowedFd<'_>) -> Result<()> {
        fchmod(directory, Mode::S_IRWXU)?;
        for name in directory::entries(file::open_at(directory, ".", file::Purpose::List)?)? {
            match openat(directory, name.as_os_str(), ONLY_DIRECTORY, Mode::empty()) {
                Ok(inner) if self.check(status(inner.as_fd())?.id()).is_ok() => {
                    self.empty(inner.as_fd())?;
                    remove_directory(directory, &name)?;
                }
                Ok(_) => return Err(Errno::ENOTEMPTY),
                // A link says the one or the other.
                Err(Errno::ENOTDIR | Errno::ELOOP) => file::remove_at(directory, &name)?,
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// The directory that holds `name`, which was made here, and its last component.
    fn directory_of<'n>(&self, name: &'n Path) -> Result<(OwnedFd, &'n OsStr)> {
        let last = name.file_name().ok_or(Errno::EINVAL)?;
        Ok((self.open_made(name.parent().unwrap_or(Path::new("")))?, last))
    }

    fn open_made(&self, name: &Path) -> Result<OwnedFd> {
        let mut here = file::open_at(self.directory.as_fd(), ".", file::Purpose::List)?;
        for component in name {
            here = openat(&here, component, ONLY_DIRECTORY, Mode::empty())?;
            self.check(status(here.as_fd())?.id())?;
        }
        Ok(here)
    }

    fn check(&self, directory: ObjectId) -> Result<()> {
        if self.made.contains(&directory) { Ok(()) } else { Err(Errno::EPERM) }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays, as it is not only this process's.
        let _ = self.remove();
    }
}

/// A name that begins with `prefix` and that nothing has, since no one can know it.
pub(crate) fn fresh_name(prefix: &str) -> Result<OsString> {
    Ok(OsString::from(format!("{prefix}{:016x}", random()?)))
}

fn open_place(place: &Path, kind: ScratchPlace) -> Result<OwnedFd> {
    let place = openat(AT_FDCWD, place, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    check_place(place.as_fd(), kind)?;
    Ok(place)
}

/// Whether a directory is this user's and closed to others.
fn check_owner(directory: BorrowedFd<'_>) -> Result<()> {
    let stat = fstat(directory)?;
    if stat.st_uid == geteuid().as_raw() && stat.st_mode & 0o077 == 0 { Ok(()) } else { Err(Errno::EPERM) }
}

/// Adds `directory` and all directories below it.
fn record(directory: BorrowedFd<'_>, made: &mut Vec<ObjectId>) -> Result<()> {
    made.push(status(directory)?.id());
    for name in directory::entries(file::open_at(directory, ".", file::Purpose::List)?)? {
        if let Ok(inner) = openat(directory, name.as_os_str(), ONLY_DIRECTORY, Mode::empty()) {
            record(inner.as_fd(), made)?;
        }
    }
    Ok(())
}

fn check_place(place: BorrowedFd<'_>, kind: ScratchPlace) -> Result<()> {
    let stat = fstat(place)?;
    let others_write = stat.st_mode & 0o022 != 0;
    let is_fit = match kind {
        ScratchPlace::Own => !others_write && stat.st_uid == geteuid().as_raw(),
        ScratchPlace::Shared => !others_write || stat.st_mode & libc::S_ISVTX != 0,
    };
    if is_fit { Ok(()) } else { Err(Errno::EPERM) }
}

/// Opens the directory `name` that was made in `place` a moment ago, if it is still that one: nobody else
/// could have made an empty one of this user's with this mode.
fn own_directory(place: BorrowedFd<'_>, name: &OsStr) -> Result<OwnedFd> {
    let directory = openat(place, name, ONLY_DIRECTORY, Mode::empty()).inspect_err(|_| {
        // Only an empty directory is removed so.
        let _ = remove_directory(place, name);
    })?;
    check_owner(directory.as_fd())?;
    let is_ours = id_at(place, name)? == status(directory.as_fd())?.id()
        && directory::entries(file::open_at(directory.as_fd(), ".", file::Purpose::List)?)?.is_empty();
    if !is_ours {
        return Err(Errno::EPERM);
    }
    // The file mode creation mask may have taken more away.
    fchmod(&directory, Mode::S_IRWXU)?;
    Ok(directory)
}

fn remove_directory(parent: BorrowedFd<'_>, name: &OsStr) -> Result<()> {
    unlinkat(parent, name, UnlinkatFlags::RemoveDir)
}

fn random() -> Result<u64> {
    let mut bytes = [0; 8];
    // SAFETY: the kernel writes at most the 8 bytes of the array, which is borrowed for the call.
    let got = Errno::result(unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) })?;
    if got as usize == bytes.len() { Ok(u64::from_ne_bytes(bytes)) } else { Err(Errno::EIO) }
}

#[cfg(test)]
mod tests;
