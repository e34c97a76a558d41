//! What may be there and could not be read.

use crate::sys::fd::status::FileKind;
use crate::sys::{Errno, errno_name};
use std::fmt;
use std::path::{Path, PathBuf};

/// A path that could not be looked at, listed or read for another reason than that nothing is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub path: PathBuf,
    pub errno: Errno,
    /// The kind of file there; `None` where not even that could be found.
    pub kind: Option<FileKind>,
}

impl Unread {
    /// Whether it hides `path` or something below it.
    pub(crate) fn hides(&self, path: &Path) -> bool {
        self.path.starts_with(path) || path.starts_with(&self.path)
    }

    /// Says why, without the path.
    pub(crate) fn reason(&self) -> String {
        let errno = errno_name(self.errno);
        let is_denied = matches!(self.errno, Errno::EACCES | Errno::EPERM);
        match (self.kind, is_denied) {
            (None, _) => format!("cannot be examined ({errno})"),
            (Some(FileKind::Directory), true) => format!("exists but may not be listed ({errno})"),
            (Some(_), true) => format!("exists but may not be read ({errno})"),
            (Some(_), false) => format!("exists but cannot be read ({errno})"),
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.display(), self.reason())
    }
}
