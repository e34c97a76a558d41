//! The root directory under which the machine's files are looked up.

use super::unread::Unread;
use crate::error::Error;
use crate::host::parse;
use crate::sys::fd::directory::{self, EntryStat, stat_at};
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, FileKind, Status};
use crate::sys::{Errno, Result};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// More than any file that is read here holds. One that has more is not read (EFBIG).
const FILE_LIMIT: u64 = 4 * 1024 * 1024;

/// This machine's `/`, or a directory that holds a copy of a machine's files (`--sysroot`).
///
/// Under a directory every path, with the links on its way, is resolved inside it, and nothing but
/// regular files and directories is opened for reading.
#[derive(Debug)]
pub(crate) struct Root {
    directory: Option<OwnedFd>,
    /// The failures of [`Root::known`], by path.
    unread: Mutex<BTreeMap<PathBuf, Unread>>,
}

impl Root {
    pub(crate) fn machine() -> Self {
        Self { directory: None, unread: Mutex::default() }
    }

    /// The files below `path`.
    pub(crate) fn at(path: &Path) -> std::result::Result<Self, Error> {
        let fail = |errno| Error::errno("open sysroot", path.display(), errno);
        let directory = file::open(path, Purpose::Look).map_err(fail)?;
        match status::status(directory.as_fd()).map_err(fail)?.kind {
            FileKind::Directory => Ok(Self { directory: Some(directory), unread: Mutex::default() }),
            _ => Err(fail(Errno::ENOTDIR)),
        }
    }

    /// Whether this is the running machine: only there devices may be opened.
    pub(crate) fn is_machine(&self) -> bool {
        self.directory.is_none()
    }

    /// Opens `path`, an absolute one, for looking only.
    pub(crate) fn look(&self, path: &Path) -> Result<OwnedFd> {
        self.open(path, Purpose::Look)
    }

    /// The status of `path`; a last symbolic link is followed.
    pub(crate) fn status(&self, path: &Path) -> Result<Status> {
        status::status(self.look(path)?.as_fd())
    }

    /// The status of `path` itself, even if it is a symbolic link.
    pub(crate) fn link_status(&self, path: &Path) -> Result<Status> {
        status::status(self.open(path, Purpose::LookAtLink)?.as_fd())
    }

    /// Returns where the symbolic link `path` points.
    pub(crate) fn read_link(&self, path: &Path) -> Result<PathBuf> {
        file::read_link(self.open(path, Purpose::LookAtLink)?.as_fd()).map(PathBuf::from)
    }

    /// Returns what reading `path` gave. Only ENOENT says that it is not there: any other errno is kept for
    /// [`Root::unread`].
    pub(crate) fn known<T>(&self, path: &Path, answer: Result<T>) -> Option<T> {
        answer.inspect_err(|errno| self.keep(path, *errno)).ok()
    }

    /// Returns what may be there and could not be read so far, by path.
    pub(crate) fn unread(&self) -> Vec<Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn keep(&self, path: &Path, errno: Errno) {
        if errno == Errno::ENOENT {
            return;
        }
        // Where a directory is out of reach, so is all that is below it: the outermost says so for all.
        let is_behind = |path: &&Path| self.look(path).err() == Some(errno);
        let path = path.ancestors().take_while(is_behind).last().unwrap_or(path);
        let unread = Unread { path: path.to_owned(), errno, kind: self.status(path).ok().map(|status| status.kind) };
        self.unread.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), unread);
    }

    /// Whether there is a `path`.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.known(path, self.find(path)).is_some()
    }

    /// Whether it is known that there is no `path`.
    pub(crate) fn lacks(&self, path: &Path) -> bool {
        self.find(path) == Err(Errno::ENOENT)
    }

    fn find(&self, path: &Path) -> Result<()> {
        match &self.directory {
            None => file::find(path),
            Some(_) => self.look(path).map(drop),
        }
    }

    /// The contents of a file, if it is there and can be read.
    pub(crate) fn contents(&self, path: &Path) -> Option<Vec<u8>> {
        self.known(path, self.read(path))
    }

    /// The names in a directory, sorted; none if it is not there or cannot be read.
    pub(crate) fn names(&self, path: &Path) -> Vec<OsString> {
        self.known(path, self.entries(path)).unwrap_or_default()
    }

    /// Reads a file of procfs, sysfs or another regular file.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>> {
        file::read_all(self.reader(path)?.into(), FILE_LIMIT)
    }

    /// Opens a file of procfs, sysfs or another regular file, to be read bit by bit.
    pub(crate) fn reader(&self, path: &Path) -> Result<std::fs::File> {
        if self.directory.is_some() && self.status(path)?.kind != FileKind::Regular {
            return Err(Errno::EINVAL);
        }
        let file = self.open(path, Purpose::Read)?;
        // Another one may have come in its place.
        if self.directory.is_some() && status::status(file.as_fd())?.kind != FileKind::Regular {
            return Err(Errno::EINVAL);
        }
        Ok(file.into())
    }

    /// Opens a directory, to be listed.
    pub(crate) fn directory(&self, path: &Path) -> Result<OwnedFd> {
        self.open(path, Purpose::List)
    }

    /// Reads a file that holds one number.
    pub(crate) fn read_number(&self, path: &Path) -> Option<u64> {
        parse::number(&self.contents(path)?)
    }

    /// The names in a directory, sorted.
    pub(crate) fn entries(&self, path: &Path) -> Result<Vec<OsString>> {
        directory::entries(self.open(path, Purpose::List)?)
    }

    /// A directory of procfs, an absolute path, below which many files are going to be opened.
    pub(crate) fn place<'p>(&self, path: &'p Path) -> Result<ProcDirectory<'_, 'p>> {
        let directory = self.directory.is_none().then(|| file::open(path, Purpose::Look)).transpose()?;
        Ok(ProcDirectory { root: self, path, directory })
    }

    fn open(&self, path: &Path, purpose: Purpose) -> Result<OwnedFd> {
        match &self.directory {
            None => file::open(path, purpose),
            Some(directory) => file::open_in_root(directory.as_fd(), path, purpose),
        }
    }
}

/// A directory of procfs that is kept open: the way to it is not walked again for each file below it.
///
/// In a copy of a machine's files, where a link may lead anywhere, each path is resolved from the root nevertheless.
#[derive(Debug)]
pub(crate) struct ProcDirectory<'r, 'p> {
    root: &'r Root,
    path: &'p Path,
    /// `O_PATH`; of the running machine only.
    directory: Option<OwnedFd>,
}

impl ProcDirectory<'_, '_> {
    /// Opens a directory at a relative path, to be listed.
    pub(crate) fn directory(&self, path: &str) -> Result<OwnedFd> {
        match &self.directory {
            Some(directory) => file::open_at(directory.as_fd(), path, Purpose::List),
            None => self.root.directory(&self.path.join(path)),
        }
    }

    /// Opens a file of procfs or another regular file at a relative path, to be read bit by bit.
    pub(crate) fn reader(&self, path: &str) -> Result<std::fs::File> {
        match &self.directory {
            Some(directory) => file::open_at(directory.as_fd(), path, Purpose::Read).map(std::fs::File::from),
            None => self.root.reader(&self.path.join(path)),
        }
    }

    /// Reads a file of procfs or another regular file at a relative path.
    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>> {
        file::read_all(self.reader(path)?.into(), FILE_LIMIT)
    }

    /// Returns the identity of the object at a relative path; `None` in a copy, where that would be another's.
    pub(crate) fn identity(&self, path: &str) -> Option<Result<EntryStat>> {
        let directory = self.directory.as_ref()?;
        let name = std::ffi::CString::new(path).map_err(|_| Errno::EINVAL);
        Some(name.and_then(|name| stat_at(directory.as_fd(), &name)))
    }
}
