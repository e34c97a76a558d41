//! Files that are written whole or not at all.

use crate::error::Error;
use crate::sys::file::errno_of;
use crate::sys::{Errno, signals};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that can be written, which was tried before there was anything to write.
#[derive(Debug)]
pub struct Replacement {
    /// As it was asked for.
    name: String,
    /// The file itself, at the end of symbolic links.
    path: PathBuf,
    /// Of the file that is there already.
    permissions: Option<Permissions>,
}

impl Replacement {
    /// Finds out whether `path` can be written: a file in its directory is made and removed.
    ///
    /// # Errors
    /// A directory that is not there or takes no file, a path that is no regular file, one that may not be
    /// written.
    pub fn prepare(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let fail = |error: io::Error| Error::errno("write", &name, errno_of(&error));
        let (path, permissions) = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {
                // What may not be written is not replaced either, though its directory would let it.
                OpenOptions::new().write(true).open(path).map_err(fail)?;
                (fs::canonicalize(path).map_err(fail)?, Some(metadata.permissions()))
            }
            Ok(_) => return Err(Error::refused("write", &name, "not a regular file")),
            Err(_) if path.is_symlink() => {
                return Err(Error::refused("write", &name, "a symbolic link to a file that is not there"));
            }
            Err(error) => match (error.kind(), path.file_name()) {
                (io::ErrorKind::NotFound, Some(file)) => {
                    (fs::canonicalize(directory_of(path)).map_err(fail)?.join(file), None)
                }
                _ => return Err(fail(error)),
            },
        };
        let replacement = Self { name, path, permissions };
        signals::put_off(|| {
            let (trial, _) = replacement.temporary()?;
            fs::remove_file(trial).map_err(|error| replacement.failed(&error))
        })?;
        Ok(replacement)
    }

    /// Whether both are the same file.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.path == other.path
    }

    /// Writes the file; what was there before is there until all of it is on the disk. A signal that comes
    /// meanwhile ends the process afterwards, so that nothing half-done is left beside the file.
    ///
    /// # Errors
    /// What kept it from being written. Nothing has changed then.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        signals::put_off(|| {
            let (path, mut file) = self.temporary()?;
            let written = file
                .write_all(bytes)
                .and_then(|()| self.permissions.clone().map_or(Ok(()), |permissions| file.set_permissions(permissions)))
                .and_then(|()| file.sync_all())
                .and_then(|()| fs::rename(&path, &self.path));
            written.map_err(|error| {
                let _ = fs::remove_file(&path);
                self.failed(&error)
            })
        })
    }

    /// A new file in the same directory, so that it can be renamed.
    fn temporary(&self) -> Result<(PathBuf, File), Error> {
        /// Names that are tried: a process of the same number may have left one.
        const TRIES: u32 = 100;
        let directory = directory_of(&self.path);
        for number in 0..TRIES {
            let path = directory.join(format!(".dmaheap-{}-{number}.tmp", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((path, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Err(Error::errno("write", &self.name, Errno::EEXIST))
    }

    fn failed(&self, error: &io::Error) -> Error {
        let errno = errno_of(error);
        let error = Error::errno("write", &self.name, errno);
        match errno {
            Errno::EACCES | Errno::EROFS | Errno::EPERM => {
                error.with_hint("it is replaced as a whole, so its directory has to take a new file")
            }
            _ => error,
        }
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

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
    fn what_cannot_be_a_file_is_found_before() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("gone", dir.path().join("dangling")).unwrap();
        for (path, reason) in [
            (dir.path().to_owned(), "not a regular file"),
            (PathBuf::from("/dev/null"), "not a regular file"),
            (dir.path().join("none/a"), "no such file or directory (ENOENT)"),
            (dir.path().join("dangling"), "a symbolic link to a file that is not there"),
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
