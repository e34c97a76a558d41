//! Where a file is written that somebody named.
//!
//! In a directory where others may write, too, they can have put something at that name before: a link to a file of
//! the user's, which would be overwritten, or a file or FIFO of their own. What is there is used only if it belongs
//! to the user or to the owner of the directory, as the kernel does it where fs.protected_symlinks and the like are
//! set. What was found is then named by its directory's descriptor, so that nothing else is found later.

use crate::error::Error;
use crate::sys::Errno;
use crate::sys::file::{self, Identity, Purpose};
use crate::sys::status::{self, FileKind, Status};
use crate::uapi::fcntl;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// A name in a directory, at the end of symbolic links.
#[derive(Debug)]
pub(super) struct Destination {
    directory: OwnedFd,
    name: OsString,
    pub(super) status: Option<Status>,
    /// Whether a symbolic link led to it.
    pub(super) is_linked: bool,
    /// Whether the name is a link of /proc to an open file, which only the kernel can follow.
    is_magic: bool,
}

/// `MAXSYMLINKS`.
const MOST_LINKS: usize = 40;
/// `S_IWOTH`.
const OTHERS_WRITE: u32 = 0o002;
/// `PROC_SUPER_MAGIC`.
const PROCFS: u64 = 0x9fa0;

impl Destination {
    /// Finds out where `path` is, and whether what is there may be used.
    ///
    /// # Errors
    /// A directory that is not there, something of another user's in a directory where that user may write.
    pub(super) fn find(path: &Path) -> Result<Self, Error> {
        let fail = |errno| Error::errno("write", path.display(), errno);
        let mut at = path.to_owned();
        for links in 0..=MOST_LINKS {
            let parent = at.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let name = match at.file_name() {
                Some(name) => name.to_owned(),
                None if at.as_os_str().is_empty() => return Err(fail(Errno::ENOENT)),
                // `/` and `..`.
                None => return Err(fail(Errno::EISDIR)),
            };
            let directory = file::open(parent, Purpose::Look).map_err(fail)?;
            let object = match file::look_at(directory.as_fd(), &name) {
                Ok(object) => object,
                Err(Errno::ENOENT) => {
                    return Ok(Self { directory, name, status: None, is_linked: links > 0, is_magic: false });
                }
                Err(errno) => return Err(fail(errno)),
            };
            let found = status::status(object.as_fd()).map_err(fail)?;
            check(directory.as_fd(), &found, path)?;
            let is_magic = found.kind == FileKind::Link
                && status::file_system_magic(directory.as_fd()).is_ok_and(|magic| magic == PROCFS);
            if found.kind != FileKind::Link || is_magic {
                return Ok(Self { directory, name, status: Some(found), is_linked: links > 0, is_magic });
            }
            let target = file::read_link(object.as_fd()).map_err(fail)?;
            at = parent.join(PathBuf::from(OsString::from_vec(target.into_vec())));
        }
        Err(fail(Errno::ELOOP))
    }

    /// Opens what is there for writing, with more flags of open(2), or makes a file.
    pub(super) fn open(&self, flags: u32) -> Result<File, Errno> {
        const WRITE_ONLY: u32 = 1;
        let follow = if self.is_magic { 0 } else { fcntl::O_NOFOLLOW };
        let fd = file::open_at_with(self.directory.as_fd(), Path::new(&self.name), WRITE_ONLY | follow | flags)?;
        Ok(File::from(fd))
    }

    /// Makes a file beside it that nobody had.
    pub(super) fn beside(&self, name: OsString) -> Result<Beside<'_>, Errno> {
        let file = File::from(file::create_at(self.directory.as_fd(), &name)?);
        let identity = file::identity(file.as_fd())?;
        Ok(Beside { destination: self, name, file, identity, in_place: false })
    }

    /// Whether both are the same name in the same directory.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let identity = |destination: &Self| file::identity(destination.directory.as_fd());
        self.name == other.name && identity(self).is_ok() && identity(self) == identity(other)
    }
}

/// A file that is to come into the place of another; removed when this is dropped before that.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    destination: &'a Destination,
    name: OsString,
    pub(super) file: File,
    identity: Identity,
    in_place: bool,
}

impl Beside<'_> {
    pub(super) fn put(mut self) -> Result<(), Errno> {
        let Destination { directory, name, .. } = self.destination;
        file::rename_at(directory.as_fd(), &self.name, name)?;
        self.in_place = true;
        Ok(())
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        let directory = self.destination.directory.as_fd();
        if !self.in_place && file::identity_at(directory, &self.name) == Ok(self.identity) {
            // A file that stays has a name that says whose it is.
            let _ = file::remove_at(directory, &self.name);
        }
    }
}

/// Whether `found` in `directory` may be used.
fn check(directory: BorrowedFd<'_>, found: &Status, path: &Path) -> Result<(), Error> {
    let fail = |errno| Error::errno("write", path.display(), errno);
    let around = status::status(directory).map_err(fail)?;
    if around.mode & OTHERS_WRITE == 0 || found.uid == around.uid || found.uid == status::identity().uid {
        return Ok(());
    }
    let what = if found.kind == FileKind::Link { "a symbolic link" } else { "a file" };
    let reason = format!("{what} of another user is there, in a directory where others may write");
    Err(Error::explained("write", path.display(), reason, Errno::EACCES))
}

/// Opens the file at `path` for writing, as `>` in a shell does: a file is made or emptied, a FIFO or a device is
/// written to.
///
/// # Errors
/// What others may have put there, what cannot be written.
pub(crate) fn create(path: &Path) -> Result<File, Error> {
    let destination = Destination::find(path)?;
    destination.open(fcntl::O_CREAT | fcntl::O_TRUNC).map_err(|errno| Error::errno("write", path.display(), errno))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};

    /// A directory where anybody may write, somebody's file outside of it, and whether this is root's test, who can
    /// have things belong to somebody else.
    fn shared() -> (tempfile::TempDir, PathBuf, PathBuf, bool) {
        let top = tempfile::tempdir().unwrap();
        let (place, victim) = (top.path().join("shared"), top.path().join("victim"));
        fs::create_dir(&place).unwrap();
        fs::set_permissions(&place, Permissions::from_mode(0o1777)).unwrap();
        fs::write(&victim, "kept").unwrap();
        let is_root = fs::metadata(&victim).unwrap().uid() == 0;
        (top, place, victim, is_root)
    }

    #[test]
    fn what_another_user_put_into_a_shared_directory_is_not_used() {
        let (_top, place, victim, is_root) = shared();
        let (link, file) = (place.join("link"), place.join("file"));
        symlink(&victim, &link).unwrap();
        fs::write(&file, "theirs").unwrap();
        for path in [&link, &file] {
            assert!(Destination::find(path).is_ok(), "one's own");
            if is_root {
                lchown(path, Some(65534), None).unwrap();
                let error = Destination::find(path).unwrap_err();
                assert_eq!(error.kernel_errno(), Some(Errno::EACCES));
                assert!(create(path).is_err());
                // What belongs to the directory's owner has his consent.
                chown(&place, Some(65534), None).unwrap();
                assert!(Destination::find(path).is_ok());
                chown(&place, Some(0), None).unwrap();
            }
        }
        assert_eq!((fs::read(&victim).unwrap(), fs::read(&file).unwrap()), (b"kept".to_vec(), b"theirs".to_vec()));
    }

    #[test]
    fn a_link_that_is_planted_after_the_look_is_not_followed() {
        let (_top, place, victim, _) = shared();
        let path = place.join("file");
        let new = Destination::find(&path).unwrap();
        symlink(&victim, &path).unwrap();
        assert_eq!(new.open(fcntl::O_CREAT | fcntl::O_TRUNC).unwrap_err(), Errno::ELOOP);
        // It is replaced, and what it leads to stays.
        new.beside("new".into()).unwrap().put().unwrap();
        assert!(!path.is_symlink() && fs::read(&victim).unwrap() == b"kept");
    }

    #[test]
    fn a_directory_that_was_swapped_leads_nowhere_else() {
        let (top, place, victim, _) = shared();
        fs::write(place.join("file"), "old").unwrap();
        let there = Destination::find(&place.join("file")).unwrap();
        let beside = there.beside("new".into()).unwrap();
        let elsewhere = top.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("new"), "kept").unwrap();
        fs::rename(&place, top.path().join("away")).unwrap();
        symlink(&elsewhere, &place).unwrap();
        drop(beside);
        assert_eq!(fs::read(elsewhere.join("new")).unwrap(), b"kept");
        assert!(!top.path().join("away/new").exists() && victim.exists());
        there.beside("new".into()).unwrap().put().unwrap();
        assert_eq!(fs::read(top.path().join("away/file")).unwrap(), b"");
    }

    #[test]
    fn what_took_the_place_of_a_file_in_the_making_is_not_removed() {
        let (_top, place, _, _) = shared();
        let there = Destination::find(&place.join("file")).unwrap();
        let beside = there.beside("new".into()).unwrap();
        fs::rename(place.join("new"), place.join("other")).unwrap();
        fs::create_dir(place.join("new")).unwrap();
        drop(beside);
        assert!(place.join("new").is_dir() && place.join("other").exists());
    }

    #[test]
    fn a_stream_of_this_process_is_written_to() {
        let (read, write) = file::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&write));
        std::io::Write::write_all(&mut create(Path::new(&path)).unwrap(), b"text").unwrap();
        assert_eq!(file::read_all(read, 4).unwrap(), b"text");
    }
}
