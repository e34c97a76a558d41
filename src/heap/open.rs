//! From where a heap is to an open heap, or to an error that says what to do.

use super::check::{Node, NodeKind};
use super::place::{OPEN, Place, hint};
use crate::access::denial::Denial;
use crate::error::{Error, Hint, open_files_hint};
use crate::host::udmabuf::UdmabufLimits;
use crate::host::{Root, Unread, class};
use crate::sys::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

#[derive(Debug)]
pub(crate) struct Heap {
    name: String,
    fd: OwnedFd,
    /// Whether it makes buffers of memfds, by a request of its own.
    pub(super) is_udmabuf: bool,
}

impl Heap {
    /// Opens the heap at `place`, after having looked whether it is one.
    ///
    /// `force` opens a character device of which nothing can tell what it is.
    ///
    /// # Errors
    /// Says for each cause (missing, not permitted, no heap, no driver behind it) what would help.
    pub(crate) fn open(root: &Root, place: &Place, force: bool) -> Result<Self, Error> {
        let node = Node::look(root, &place.path, class::major(root)).map_err(|errno| place.unreachable(root, errno))?;
        match node.verdict() {
            NodeKind::Heap(_) | NodeKind::Udmabuf(_) => {}
            NodeKind::Unverified(_) if force => {}
            refused @ NodeKind::Unverified(_) => {
                return Err(unverified(root, place, refused));
            }
            refused => return Err(Error::refused(OPEN, &place.name, refused)),
        }
        let fd = node.open().map_err(|errno| not_opened(root, place, &node, errno))?;
        let is_udmabuf = matches!(node.verdict(), NodeKind::Udmabuf(_));
        Ok(Self { name: place.name.clone(), fd, is_udmabuf })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes beyond which it refuses every buffer (EINVAL), if there is such a limit.
    pub(crate) fn size_limit(&self, root: &Root) -> Option<u64> {
        if self.is_udmabuf { UdmabufLimits::of(root).size } else { None }
    }

    /// Whether it takes the requests of heaps.
    pub(crate) fn is_a_heap(&self) -> bool {
        !self.is_udmabuf
    }
}

impl AsFd for Heap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Nothing says what the node is: where that could not be read, why.
fn unverified(root: &Root, place: &Place, found: NodeKind) -> Error {
    let hides = |unread: &Unread| [class::DEVICES, class::CLASS].iter().any(|path| unread.hides(Path::new(path)));
    match root.unread().into_iter().find(hides) {
        Some(unread) => {
            let reason = format!("{found}; {} cannot be read", unread.path.display());
            let error = Error::explained(OPEN, &place.name, reason, unread.errno);
            if unread.errno == Errno::EMFILE {
                error.with_hint(open_files_hint())
            } else {
                error.with_hint(Hint::ForceUnverified)
            }
        }
        None => Error::refused(OPEN, &place.name, found).with_hint(Hint::ForceUnverified),
    }
}

/// The node is a heap's, and opening it failed.
fn not_opened(root: &Root, place: &Place, node: &Node, errno: Errno) -> Error {
    let error = Error::errno(OPEN, &place.name, errno);
    let path = place.path.display();
    if let Some(denial) = Denial::at(root, &place.path, node.as_fd(), errno) {
        return error.with_hint(hint(&denial, &place.path));
    }
    match errno {
        Errno::ENXIO | Errno::ENODEV => error.with_hint(format!("no driver is behind {path}: the node is stale")),
        Errno::EPROTO => error.with_hint(format!("{path} was replaced while it was being checked")),
        Errno::EMFILE => error.with_hint(open_files_hint()),
        _ => error,
    }
}
