//! A path that is followed name by name.

use crate::error::Error;
use crate::quote::quoted;
use crate::sys::Errno;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, FileKind, Status};
use crate::sys::process::credentials::effective_user;
use crate::uapi::fcntl;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

/// `MAXSYMLINKS`.
const MOST_LINKS: usize = 40;
/// `S_IWGRP` and `S_IWOTH`.
const OTHERS_WRITE: u32 = 0o022;
/// `PROC_SUPER_MAGIC`.
const PROCFS: u64 = 0x9fa0;
/// `PROC_ROOT_INO`.
const PROC_ROOT: u64 = 1;

/// A name in a directory, at the end of symbolic links.
#[derive(Debug)]
pub(in crate::ui) struct Destination {
    pub(super) directory: OwnedFd,
    pub(super) name: OsString,
    pub(in crate::ui) found: Option<Existing>,
    /// Whether the name at the end of the path was that of a symbolic link.
    pub(in crate::ui) is_linked: bool,
}

/// The file at that name.
#[derive(Debug)]
pub(in crate::ui) struct Existing {
    /// Open until the end, so no other file gets its inode's number.
    pub(super) object: OwnedFd,
    pub(in crate::ui) status: Status,
}

/// A path, as far as it has been followed.
pub(super) struct PathWalk<'a> {
    path: &'a Path,
    directory: OwnedFd,
    /// The path of `directory`.
    walked: PathBuf,
    /// The names that are left, the first one last.
    ahead: Vec<OsString>,
    links: usize,
    is_linked: bool,
}

impl<'a> PathWalk<'a> {
    pub(super) fn new(path: &'a Path) -> Result<Self, Error> {
        let walked = PathBuf::from(if path.is_absolute() { "/" } else { "." });
        let directory = file::open(&walked, Purpose::Look);
        let directory = directory.map_err(|errno| Error::errno("write", path.display(), errno))?;
        Ok(Self { path, directory, walked, ahead: components(path), links: 0, is_linked: false })
    }

    pub(super) fn destination(mut self) -> Result<Destination, Error> {
        while let Some(name) = self.ahead.pop() {
            let is_last = self.ahead.is_empty();
            if !is_last && self.enter(&name, fcntl::O_NOFOLLOW)? {
                continue;
            }
            let object = match file::look_at(self.directory.as_fd(), &name) {
                Ok(object) => object,
                Err(Errno::ENOENT) if is_last => return Ok(self.found(name, None)),
                Err(errno) => return Err(self.failed(errno)),
            };
            let status = status::status(object.as_fd()).map_err(|errno| self.failed(errno))?;
            let found = Existing { object, status };
            match status.kind {
                FileKind::Link if self.follow(&name, &found)? => {}
                FileKind::Link => return Ok(self.found(name, Some(found))),
                FileKind::Directory if is_last => return Err(self.failed(Errno::EISDIR)),
                _ if is_last => {
                    self.check(&found)?;
                    return Ok(self.found(name, Some(found)));
                }
                _ => return Err(self.failed(Errno::ENOTDIR)),
            }
        }
        Err(self.failed(Errno::ENOENT))
    }

    fn failed(&self, errno: Errno) -> Error {
        Error::errno("write", self.path.display(), errno)
    }

    fn found(self, name: OsString, found: Option<Existing>) -> Destination {
        Destination { directory: self.directory, name, found, is_linked: self.is_linked }
    }

    /// Goes into the directory `name`; not if that is something else.
    fn enter(&mut self, name: &OsStr, follow: u32) -> Result<bool, Error> {
        let flags = fcntl::O_PATH | fcntl::O_DIRECTORY | follow;
        match file::open_at_with(self.directory.as_fd(), Path::new(name), flags) {
            Ok(next) => self.directory = next,
            Err(Errno::ENOTDIR) => return Ok(false),
            Err(errno) => return Err(self.failed(errno)),
        }
        self.walked.push(name);
        Ok(true)
    }

    /// Follows the symbolic link `name`; not one to an open file at the end, which is opened by its name.
    fn follow(&mut self, name: &OsStr, link: &Existing) -> Result<bool, Error> {
        let target = file::read_link(link.object.as_fd()).map_err(|errno| self.failed(errno))?;
        let is_procfs = status::file_system_magic(self.directory.as_fd()).is_ok_and(|magic| magic == PROCFS);
        // These belong to root, which has no number in some user namespaces.
        let is_kernels =
            is_procfs && status::status(self.directory.as_fd()).is_ok_and(|status| status.inode == PROC_ROOT);
        if let Some(why) = self.distrust(link)?.filter(|_| !is_kernels) {
            return Err(self.not_followed(name, &why, Path::new(&target)));
        }
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(self.failed(Errno::ELOOP));
        }
        let is_last = self.ahead.is_empty();
        if is_procfs && !is_kernels {
            // Only the kernel can follow it.
            return if is_last || self.enter(name, 0)? { Ok(!is_last) } else { Err(self.failed(Errno::ENOTDIR)) };
        }
        self.is_linked |= is_last;
        self.ahead.extend(components(Path::new(&target)));
        Ok(true)
    }

    /// Says why others may have put it there.
    fn distrust(&self, found: &Existing) -> Result<Option<String>, Error> {
        let fail = |errno| self.failed(errno);
        let around = status::status(self.directory.as_fd()).map_err(fail)?;
        let is_shared = !is_trusted(around.uid) || around.mode & OTHERS_WRITE != 0;
        let Status { uid, kind, .. } = found.status;
        Ok(if !is_trusted(uid) && (is_shared || kind == FileKind::Link) {
            Some(format!("belongs to user {uid}"))
        } else if is_shared && status::status(found.object.as_fd()).map_err(fail)?.links > 1 {
            Some("has another name (hard link)".to_owned())
        } else {
            None
        })
    }

    fn not_followed(&self, name: &OsStr, why: &str, target: &Path) -> Error {
        let reason = format!("the symbolic link {} {why}", self.walked.join(name).display());
        let mut target = self.walked.join(target);
        target.extend(self.ahead.iter().rev());
        Error::explained("write", self.path.display(), reason, Errno::EACCES)
            .with_hint(format!("to use its target, name that: {}", quoted(target)))
    }

    /// Whether a file at the end may be written.
    fn check(&self, found: &Existing) -> Result<(), Error> {
        let Some(why) = self.distrust(found)? else { return Ok(()) };
        let reason = format!("it {why}, in a directory where others may write");
        Err(Error::explained("write", self.path.display(), reason, Errno::EACCES)
            .with_hint("name a new file, or one in a directory where only you may write"))
    }
}

/// The names of `path`, the first one last.
fn components(path: &Path) -> Vec<OsString> {
    path.components().rev().map(Component::as_os_str).map(OsStr::to_owned).collect()
}

fn is_trusted(uid: u32) -> bool {
    uid == 0 || uid == effective_user()
}
