//! Opened nodes: descriptors that the simulator gave, and how they are recognised.
//!
//! An opened node is an open file of its own only as far as its flags differ: all opens of one object with the same
//! flags share one, which the supervisor keeps. Recognising a descriptor stays a matter of a few comparisons, however
//! often nodes are opened.

use crate::sys::Errno;
use crate::sys::mem::memfd::{self, MemfdSize};
use crate::sys::sim::placeholder;
use crate::sys::sim::remote;
use crate::uapi::fcntl::O_PATH;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The targets of links below /proc for the descriptors that are given for nodes: of Landlock rulesets, and of files
/// that can be read where a fault asks for that.
const LINKS: [&[u8]; 2] = [b"anon_inode:[landlock-ruleset]", b"/memfd:dmaheap-node (deleted)"];

/// Whether a link below /proc may be that of such a descriptor.
pub(crate) fn may_be(link: &[u8]) -> bool {
    LINKS.contains(&link)
}

/// An object of the simulator's tree, opened with certain flags.
#[derive(Debug)]
pub(crate) struct OpenFile {
    fd: OwnedFd,
    pub(crate) name: Vec<u8>,
    /// The heap, if the object is a node.
    pub(crate) minor: Option<u32>,
    /// The flags of open(2) that stay with the open file.
    pub(crate) flags: u32,
}

impl OpenFile {
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
pub(crate) struct OpenFiles(Mutex<Vec<Arc<OpenFile>>>);

impl OpenFiles {
    /// The open file for an object and flags.
    pub(crate) fn open(
        &self,
        name: &[u8],
        minor: Option<u32>,
        flags: u32,
        readable: bool,
    ) -> Result<Arc<OpenFile>, Errno> {
        let mut files = self.files();
        if let Some(file) = files.iter().find(|file| file.flags == flags && file.name == name) {
            return Ok(Arc::clone(file));
        }
        let fd = if readable { memfd::memory(c"dmaheap-node", MemfdSize::Sparse(1))? } else { placeholder::ruleset()? };
        let file = Arc::new(OpenFile { fd, name: name.to_vec(), minor, flags });
        files.push(Arc::clone(&file));
        Ok(file)
    }

    /// The open file that descriptor `fd` of `thread` is one of.
    pub(crate) fn find(&self, thread: u32, fd: u32) -> Option<Arc<OpenFile>> {
        self.files().iter().find(|file| remote::is_same_file(thread, fd, file.as_fd()) == Ok(true)).cloned()
    }

    fn files(&self) -> MutexGuard<'_, Vec<Arc<OpenFile>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
