//! Where a file is written that the user named.
//!
//! Other users can have put something on the way where they may write: a link that leads to a file of the user's, which
//! would be overwritten, another name of such a file, or a file or FIFO of their own. A symbolic link anywhere on the
//! path is followed only if it belongs to the user or to root. A file that exists is written only if it belongs to one
//! of them, or if nobody else can write its directory. Where others can write, neither may have a second name. The path is walked by
//! descriptors, and what follows uses the last of them: what was checked is what is used.

use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::blocking::Patient;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, FileKind, ObjectId};
use crate::uapi::fcntl;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;

mod walk;
use walk::PathWalk;
pub(super) use walk::{Destination, Existing};

/// Looks at a name that is always another file when it is opened.
const MOST_LOOKS: usize = 100;
/// `O_WRONLY`.
const WRITE_ONLY: u32 = 1;

impl Destination {
    /// Finds out where `path` is, and whether what is there may be used.
    pub(super) fn find(path: &Path) -> Result<Self, Error> {
        PathWalk::new(path)?.destination()
    }

    /// Opens what was found for writing, or makes a file where nothing was. Nothing is answered if something else is
    /// there by now. What was found is not emptied, and does not block when it is written to, but for a FIFO.
    pub(super) fn open(&self) -> Result<Option<File>, Errno> {
        let Some(found) = &self.found else {
            return match file::create_at(self.directory.as_fd(), &self.name) {
                Ok(fd) => Ok(Some(File::from(fd))),
                Err(Errno::EEXIST) => Ok(None),
                Err(errno) => Err(errno),
            };
        };
        let expected = status::status(found.object.as_fd())?.id();
        let (follow, is_it) = match found.status.kind {
            // Until a reader comes it waits, and for that FIFO only.
            FileKind::Fifo => return file::reopen(found.object.as_fd(), Purpose::Write).map(|fd| Some(File::from(fd))),
            FileKind::Link => (0, true),
            _ => (fcntl::O_NOFOLLOW, false),
        };
        let flags = WRITE_ONLY | fcntl::O_NONBLOCK | follow;
        match file::open_at_with(self.directory.as_fd(), Path::new(&self.name), flags) {
            Ok(fd) if is_it || status::status(fd.as_fd())?.id() == expected => Ok(Some(File::from(fd))),
            Err(errno) if status::id_at(self.directory.as_fd(), &self.name) == Ok(expected) => Err(errno),
            _ => Ok(None),
        }
    }

    /// Makes a file beside it that nobody had.
    pub(super) fn beside(&self, name: OsString) -> Result<Beside<'_>, Errno> {
        let file = File::from(file::create_at(self.directory.as_fd(), &name)?);
        let identity = status::status(file.as_fd())?.id();
        Ok(Beside { destination: self, name, file, identity, in_place: false })
    }

    /// Whether both are the same name in the same directory.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let identity = |destination: &Self| status::status(destination.directory.as_fd()).map(|status| status.id());
        self.name == other.name && identity(self).is_ok() && identity(self) == identity(other)
    }
}

/// A file that is to come into the place of another; removed when this is dropped before that.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    destination: &'a Destination,
    name: OsString,
    pub(super) file: File,
    identity: ObjectId,
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
        if !self.in_place && status::id_at(directory, &self.name) == Ok(self.identity) {
            // A file that stays has a name that says whose it is.
            let _ = file::remove_at(directory, &self.name);
        }
    }
}

/// Opens the file at `path` for writing, as `>` in a shell does: a file is made or emptied, a FIFO or a device is
/// written to.
pub(crate) fn create(path: &Path) -> Result<Patient<File>, Error> {
    let fail = |errno| Error::errno("write", path.display(), errno);
    for _ in 0..MOST_LOOKS {
        let destination = Destination::find(path)?;
        if let Some(file) = destination.open().map_err(fail)? {
            if status::status(file.as_fd()).map_err(fail)?.kind == FileKind::Regular {
                file.set_len(0).map_err(|error| fail(file::errno_of(&error)))?;
            }
            return Ok(Patient(file));
        }
    }
    Err(changing(path))
}

/// The error for a name at which there is something else whenever it is opened.
pub(super) fn changing(path: &Path) -> Error {
    Error::explained("write", path.display(), "another process replaced it while it was being opened", Errno::EAGAIN)
}

#[cfg(test)]
mod tests;
