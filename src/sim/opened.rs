//! Opened nodes: descriptors that the simulator gave, and how they are recognised.
//!
//! An opened node is an open file of its own only as far as its flags differ: all opens of one object
//! with the same flags share one, which the supervisor keeps. So that recognising a descriptor stays a
//! matter of a few comparisons, however often nodes are opened.

use crate::sys::{Errno, standin, traced};
use crate::uapi::fcntl::O_PATH;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// What a link below /proc shows for the descriptors that stand in for nodes.
pub(super) const LINK: &[u8] = b"anon_inode:[landlock-ruleset]";

/// An object of the simulator's tree, opened with certain flags.
#[derive(Debug)]
pub(super) struct Opened {
    fd: OwnedFd,
    /// Name of the object.
    pub(super) name: Vec<u8>,
    /// The heap, if the object is a node.
    pub(super) minor: Option<u32>,
    /// The flags of open(2) that stay with the open file.
    pub(super) flags: u32,
}

impl Opened {
    /// Whether it was opened for looking only.
    pub(super) const fn is_path(&self) -> bool {
        self.flags & O_PATH != 0
    }
}

/// All that were opened. It grows with the combinations of objects and flags, not with the opens.
#[derive(Debug, Default)]
pub(super) struct OpenedFiles {
    /// The one that was asked for last comes first.
    files: Vec<Opened>,
}

impl OpenedFiles {
    /// The open file for an object and flags, made by `stand_in` if there is none.
    pub(super) fn open(
        &mut self,
        name: &[u8],
        minor: Option<u32>,
        flags: u32,
        stand_in: impl FnOnce() -> Result<OwnedFd, Errno>,
    ) -> Result<BorrowedFd<'_>, Errno> {
        let at = match self.files.iter().position(|file| file.flags == flags && file.name == name) {
            Some(at) => at,
            None => {
                let fd = stand_in()?;
                self.files.push(Opened { fd, name: name.to_vec(), minor, flags });
                self.files.len() - 1
            }
        };
        self.files[..=at].rotate_right(1);
        Ok(self.files[0].fd.as_fd())
    }

    /// The open file that descriptor `fd` of `thread` is one of.
    pub(super) fn find(&mut self, thread: u32, fd: u32) -> Option<&Opened> {
        let is_it = |file: &Opened| traced::is_same_file(thread, fd, file.fd.as_fd()) == Ok(true);
        let at = self.files.iter().position(is_it)?;
        self.files[..=at].rotate_right(1);
        self.files.first()
    }

    /// As [`find`](Self::find), but only the one that was asked for last is compared.
    pub(super) fn is_latest(&self, thread: u32, fd: u32) -> bool {
        self.files.first().is_some_and(|file| traced::is_same_file(thread, fd, file.fd.as_fd()) == Ok(true))
    }

    /// The one that was asked for last.
    pub(super) fn latest(&self) -> Option<&Opened> {
        self.files.first()
    }
}

/// What stands in for an opened node by itself.
pub(super) fn stand_in() -> Result<OwnedFd, Errno> {
    standin::ruleset()
}

/// What a link below /proc shows for the descriptors of [`readable_stand_in`].
pub(super) const READABLE_LINK: &[u8] = b"/memfd:dmaheap-node (deleted)";

/// What stands in for an opened node where that fault is asked for: it can be read, sought and mapped.
pub(super) fn readable_stand_in() -> Result<OwnedFd, Errno> {
    standin::memory(c"dmaheap-node", standin::Size::Sparse(1))
}
