//! Opened nodes: descriptors that the simulator gave, and how they are recognised.
//!
//! An opened node is an open file of its own only as far as its flags differ: all opens of one object
//! with the same flags share one, which the supervisor keeps. So that recognising a descriptor stays a
//! matter of a few comparisons, however often nodes are opened.

use crate::sys::Errno;
use crate::sys::sim::{placeholder, remote};
use crate::uapi::fcntl::O_PATH;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a link below /proc shows for the descriptors that stand in for nodes.
pub(crate) const LINK: &[u8] = b"anon_inode:[landlock-ruleset]";

/// An object of the simulator's tree, opened with certain flags.
#[derive(Debug)]
pub(crate) struct Opened {
    fd: OwnedFd,
    pub(crate) name: Vec<u8>,
    /// The heap, if the object is a node.
    pub(crate) minor: Option<u32>,
    /// The flags of open(2) that stay with the open file.
    pub(crate) flags: u32,
}

impl Opened {
    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Whether it was opened for looking only.
    pub(crate) const fn is_path(&self) -> bool {
        self.flags & O_PATH != 0
    }
}

/// All that were opened. It grows with the combinations of objects and flags, not with the opens.
#[derive(Debug, Default)]
pub(crate) struct OpenedFiles {
    /// The one that was asked for last comes first.
    files: Mutex<Vec<Arc<Opened>>>,
}

impl OpenedFiles {
    /// The open file for an object and flags, made by `stand_in` if there is none.
    pub(crate) fn open(
        &self,
        name: &[u8],
        minor: Option<u32>,
        flags: u32,
        stand_in: impl FnOnce() -> Result<OwnedFd, Errno>,
    ) -> Result<Arc<Opened>, Errno> {
        let mut files = self.files();
        let at = match files.iter().position(|file| file.flags == flags && file.name == name) {
            Some(at) => at,
            None => {
                let fd = stand_in()?;
                files.push(Arc::new(Opened { fd, name: name.to_vec(), minor, flags }));
                files.len() - 1
            }
        };
        Ok(to_front(&mut files, at))
    }

    /// The open file that descriptor `fd` of `thread` is one of.
    pub(crate) fn find(&self, thread: u32, fd: u32) -> Option<Arc<Opened>> {
        let mut files = self.files();
        let at = files.iter().position(|file| remote::is_same_file(thread, fd, file.fd.as_fd()) == Ok(true))?;
        Some(to_front(&mut files, at))
    }

    fn files(&self) -> MutexGuard<'_, Vec<Arc<Opened>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn to_front(files: &mut [Arc<Opened>], at: usize) -> Arc<Opened> {
    files[..=at].rotate_right(1);
    Arc::clone(&files[0])
}

/// What stands in for an opened node by itself.
pub(crate) fn stand_in() -> Result<OwnedFd, Errno> {
    placeholder::ruleset()
}

/// What a link below /proc shows for the descriptors of [`readable_stand_in`].
pub(crate) const READABLE_LINK: &[u8] = b"/memfd:dmaheap-node (deleted)";

/// What stands in for an opened node where that fault is asked for: it can be read, sought and mapped.
pub(crate) fn readable_stand_in() -> Result<OwnedFd, Errno> {
    placeholder::memory(c"dmaheap-node", placeholder::Size::Sparse(1))
}
