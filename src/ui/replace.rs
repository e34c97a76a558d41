//! Files that are written whole or not at all.

use super::destination::{self, Beside, Destination, Existing};
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::file::errno_of;
use crate::sys::fd::status::{FileKind, Status};
use crate::sys::process::signals;
use std::ffi::OsString;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A file that can be written, which was tried before there was anything to write.
#[derive(Debug)]
pub(crate) struct Replacement {
    name: String,
    /// Where the file itself is.
    destination: Destination,
}

impl Replacement {
    /// Finds out whether `path` can be written: a file in its directory is made and removed.
    pub(crate) fn prepare(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        if path.is_dir() {
            return Err(Error::refused("write", &name, "not a regular file"));
        }
        let replacement = Self { destination: Destination::find(path)?, name };
        match &replacement.destination.found {
            None if replacement.destination.is_linked => {
                let reason = "a symbolic link to a file that does not exist";
                return Err(Error::refused("write", &replacement.name, reason));
            }
            None => {}
            // What may not be written is not replaced either, though its directory would let it.
            Some(Existing { status: Status { kind: FileKind::Regular, .. }, .. }) => {
                let opened = replacement.destination.open();
                if opened.map_err(|errno| Error::errno("write", &replacement.name, errno))?.is_none() {
                    return Err(destination::changing(path));
                }
            }
            Some(_) => return Err(Error::refused("write", &replacement.name, "not a regular file")),
        }
        signals::put_off(|| replacement.temporary(|_| Ok(())))?;
        Ok(replacement)
    }

    /// Whether both are the same file.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.destination.is_same_as(&other.destination)
    }

    /// Writes the file; what was there before is there until all of it is on the disk. A signal that comes in the
    /// meantime ends the process afterwards, so nothing half-done is left beside the file.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        signals::put_off(|| {
            self.temporary(|mut beside| {
                let written = beside.file.write_all(bytes);
                // Of the file that is there already.
                let permissions =
                    self.destination.found.as_ref().map(|found| Permissions::from_mode(found.status.mode & 0o7777));
                written
                    .and_then(|()| permissions.map_or(Ok(()), |permissions| beside.file.set_permissions(permissions)))
                    .and_then(|()| beside.file.sync_all())
                    .map_err(|error| errno_of(&error))?;
                beside.put()
            })
        })
    }

    /// Calls `act` with a new file in the same directory, so it can be renamed.
    fn temporary(&self, act: impl FnOnce(Beside<'_>) -> Result<(), Errno>) -> Result<(), Error> {
        /// Names that are tried: a process of the same number may have left one.
        const TRIES: u32 = 100;
        let beside = (0..TRIES)
            .map(|number| {
                self.destination.beside(OsString::from(format!(".dmaheap-{}-{number}.tmp", std::process::id())))
            })
            .find(|made| !matches!(made, Err(Errno::EEXIST)))
            .unwrap_or(Err(Errno::EEXIST));
        beside.and_then(act).map_err(|errno| self.failed(errno))
    }

    fn failed(&self, errno: Errno) -> Error {
        let error = Error::errno("write", &self.name, errno);
        match errno {
            Errno::EACCES | Errno::EROFS | Errno::EPERM => {
                error.with_hint("it is replaced as a whole, so its directory must be writable")
            }
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    fn entries(directory: &Path) -> usize {
        fs::read_dir(directory).unwrap().count()
    }

    #[test]
    fn a_file_is_made_and_replaced_and_keeps_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        Replacement::prepare(&path).unwrap().write(b"one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let next = Replacement::prepare(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one", "a trial changes nothing");
        next.write(b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(entries(dir.path()), 1, "nothing else is left");
    }

    #[test]
    fn a_link_stays_one() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("a"), dir.path().join("link"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        let file = Replacement::prepare(&link).unwrap();
        assert!(file.is_same_as(&Replacement::prepare(&path).unwrap()));
        file.write(b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn destination_that_cannot_be_a_file_is_refused_early() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("gone", dir.path().join("dangling")).unwrap();
        for (path, reason) in [
            (dir.path().to_owned(), "not a regular file"),
            (PathBuf::from("/dev/null"), "not a regular file"),
            (dir.path().join("none/a"), "no such file or directory (ENOENT)"),
            (dir.path().join("dangling"), "a symbolic link to a file that does not exist"),
            (PathBuf::new(), "no such file or directory (ENOENT)"),
        ] {
            let error = Replacement::prepare(&path).unwrap_err();
            assert_eq!(error.to_string(), format!("write {}: {reason}", path.display()));
        }
        assert_eq!(entries(dir.path()), 1);
    }

    #[test]
    fn a_directory_that_went_away_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let file = Replacement::prepare(&dir.path().join("a")).unwrap();
        drop(dir);
        assert_eq!(file.write(b"x").unwrap_err().kernel_errno(), Some(Errno::ENOENT));
    }
}
