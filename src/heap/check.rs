//! A node that may be a heap, looked at before it is opened: opening a device can do harm.

use crate::host::{Root, udmabuf};
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, Device, FileKind, Status};
use crate::sys::{Errno, Result};
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The kind that a node turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// A character device with the major number of the dma-heap class.
    Heap(Device),
    /// The device of udmabuf.
    Udmabuf(Device),
    /// A character device of another driver.
    OtherDriver {
        device: Device,
        /// The major number that heaps have here.
        heaps: u32,
    },
    /// A character device, and the major number of heaps is unknown.
    Unverified(Device),
    OtherKind(FileKind),
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heap(device) => write!(f, "heap node {device}"),
            Self::Udmabuf(device) => write!(f, "udmabuf node {device}"),
            Self::OtherDriver { device, heaps } => {
                write!(f, "character device {device} is not a DMA heap (their major number is {heaps})")
            }
            Self::Unverified(device) => {
                write!(f, "cannot tell whether character device {device} is a DMA heap without /sys and /proc")
            }
            Self::OtherKind(kind) => {
                let what = match kind {
                    FileKind::Block(_) => "a block device",
                    FileKind::Directory => "a directory",
                    FileKind::Fifo => "a FIFO",
                    FileKind::Regular => "a regular file",
                    FileKind::Socket => "a socket",
                    FileKind::Link => "a symbolic link",
                    FileKind::Anonymous | FileKind::Character(_) => "an anonymous object",
                };
                write!(f, "{what}, not a heap node")
            }
        }
    }
}

/// A node held by an `O_PATH` descriptor, so what is opened is what was looked at.
#[derive(Debug)]
pub(crate) struct Node {
    path: PathBuf,
    look: OwnedFd,
    status: Status,
    verdict: NodeKind,
}

impl Node {
    /// Looks at `path` without calling any driver. `heap_major` is what the machine says heaps have.
    pub(crate) fn look(root: &Root, path: &Path, heap_major: Option<u32>) -> Result<Self> {
        let look = root.look(path)?;
        let status = status::status(look.as_fd())?;
        let verdict = match (status.kind, heap_major) {
            (FileKind::Character(device), Some(heaps)) if device.major == heaps => NodeKind::Heap(device),
            (FileKind::Character(device), _) if udmabuf::is_one(root, device) => NodeKind::Udmabuf(device),
            (FileKind::Character(device), Some(heaps)) => NodeKind::OtherDriver { device, heaps },
            (FileKind::Character(device), None) => NodeKind::Unverified(device),
            (kind, _) => NodeKind::OtherKind(kind),
        };
        Ok(Self { path: path.to_owned(), look, status, verdict })
    }

    pub(crate) fn verdict(&self) -> NodeKind {
        self.verdict
    }

    pub(crate) fn status(&self) -> Status {
        self.status
    }

    /// Opens it, read-only, which is all that allocating needs.
    ///
    /// Through /proc the very object that was looked at is opened. Without /proc the path is opened again, and EPROTO
    /// means that another device has taken its place in the meantime.
    pub(crate) fn open(&self) -> Result<OwnedFd> {
        match file::reopen(self.look.as_fd(), Purpose::Device) {
            Err(errno) if status::is_missing(errno) => self.open_by_path(),
            answer => answer,
        }
    }

    fn open_by_path(&self) -> Result<OwnedFd> {
        let fd = file::open(&self.path, Purpose::Device)?;
        if status::status(fd.as_fd())?.kind == self.status.kind { Ok(fd) } else { Err(Errno::EPROTO) }
    }
}

/// Lends the `O_PATH` descriptor that was looked at.
impl AsFd for Node {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.look.as_fd()
    }
}
