//! From what was typed to an open heap, or to an error that tells what to do.

use super::check::{Node, NodeKind};
use crate::access::denial::Denial;
use crate::error::{Error, Hint};
use crate::heap::name::{self, CMA_ALIAS, CMA_NAMES, Selector};
use crate::host::{Root, class};
use crate::quote::quoted;
use crate::sys::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

const OPEN: &str = "open heap";

/// Where a heap that was asked for is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// What to call it: its name, or the path that was typed.
    pub name: String,
    pub path: PathBuf,
    /// Whether the alias `cma` was resolved to get here.
    pub by_alias: bool,
}

impl Place {
    /// Finds the node that `selector` stands for; it need not exist.
    #[must_use]
    pub(crate) fn of(selector: &Selector, root: &Root) -> Self {
        match selector {
            Selector::Path(path) => Self { name: path.display().to_string(), path: path.clone(), by_alias: false },
            Selector::Name(typed) => {
                let exists = |name: &&str| root.has(&name::node_path(name));
                let alias =
                    (typed == CMA_ALIAS && !exists(&CMA_ALIAS)).then(|| CMA_NAMES.into_iter().find(exists)).flatten();
                let name = alias.unwrap_or(typed);
                // A device manager may have made directories of a name with slashes.
                let nested = Path::new(class::DIRECTORY).join(name);
                let path = if name.contains('/') && root.has(&nested) { nested } else { name::node_path(name) };
                Self { name: name.to_owned(), path, by_alias: alias.is_some() }
            }
        }
    }
}

impl Place {
    /// The error for a heap that is not there, with what is there instead.
    #[must_use]
    pub(crate) fn missing(&self, root: &Root) -> Error {
        unreachable(root, self, Errno::ENOENT)
    }
}

#[derive(Debug)]
pub(crate) struct Heap {
    name: String,
    fd: OwnedFd,
}

impl Heap {
    /// Opens the heap at `place`, after having looked whether it is one.
    ///
    /// `force` opens a character device of which nothing can tell what it is.
    ///
    /// # Errors
    /// Tells for each cause (missing, not permitted, no heap, no driver behind it) what would help.
    pub(crate) fn open(root: &Root, place: &Place, force: bool) -> Result<Self, Error> {
        let node =
            Node::look(root, &place.path, class::major(root)).map_err(|errno| unreachable(root, place, errno))?;
        match node.verdict() {
            NodeKind::Heap(_) => {}
            NodeKind::Unverified(_) if force => {}
            refused @ NodeKind::Unverified(_) => {
                return Err(Error::refused(OPEN, &place.name, refused).with_hint(Hint::ForceUnverified));
            }
            refused => return Err(Error::refused(OPEN, &place.name, refused)),
        }
        let fd = node.open().map_err(|errno| not_opened(root, place, &node, errno))?;
        Ok(Self { name: place.name.clone(), fd })
    }

    #[must_use]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl AsFd for Heap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The node could not even be looked at.
fn unreachable(root: &Root, place: &Place, errno: Errno) -> Error {
    let error = if errno == Errno::ENOENT {
        Error::explained(OPEN, &place.name, "no such heap", errno)
    } else {
        Error::errno(OPEN, &place.name, errno)
    };
    match errno {
        Errno::ENOENT => error.with_hint(missing_hint(root, place)),
        Errno::ELOOP | Errno::EACCES => error.with_hint(hint(&Denial::before(root, &place.path, errno), &place.path)),
        Errno::EMFILE => error.with_hint(open_files_hint()),
        _ => error,
    }
}

fn hint(obstacle: &Denial, path: &Path) -> String {
    let help = obstacle.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
    format!("{}: {}{help}", path.display(), obstacle.evidence)
}

fn missing_hint(root: &Root, place: &Place) -> Hint {
    if root.read_link(&place.path).is_ok() {
        return hint(&Denial::before(root, &place.path, Errno::ENOENT), &place.path).into();
    }
    let class = class::entries(root).unwrap_or_default();
    if let Some(device) = class.iter().find(|entry| entry.name == place.name).and_then(|entry| entry.device) {
        let path = quoted(&place.path);
        return format!("the kernel has this heap, /dev has no node: mknod {path} c {} {}", device.major, device.minor)
            .into();
    }
    let names = super::discover::names(root);
    if names.is_empty() {
        return Hint::NoHeaps;
    }
    let wanted = place.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let meant = name::nearest(&wanted, names.iter().map(String::as_str));
    let meant = meant.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    format!("heaps here: {}{meant}", names.join(" ")).into()
}

/// The node is a heap's, and opening it failed.
fn not_opened(root: &Root, place: &Place, node: &Node, errno: Errno) -> Error {
    let error = Error::errno(OPEN, &place.name, errno);
    let path = place.path.display();
    if let Some(obstacle) = Denial::at(root, &place.path, node.as_fd(), errno) {
        return error.with_hint(hint(&obstacle, &place.path));
    }
    match errno {
        Errno::ENXIO | Errno::ENODEV => {
            error.with_hint(format!("no driver is behind {path}: the node is stale, remove it or make it anew"))
        }
        Errno::EPROTO => error.with_hint(format!("{path} was replaced while it was looked at")),
        Errno::EMFILE => error.with_hint(open_files_hint()),
        _ => error,
    }
}

/// What to do about EMFILE.
pub(crate) fn open_files_hint() -> String {
    crate::error::open_files_hint()
}
