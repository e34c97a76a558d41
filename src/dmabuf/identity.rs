//! What a descriptor stands for: a dma-buf, or what else.

use crate::error::{Error, Hint};
use crate::host::{Root, class};
use crate::sys::Result;
use crate::sys::fd::file;
use crate::sys::fd::status::{self, FileKind};
use crate::uapi::dma_buf;
use std::fmt;
use std::os::fd::BorrowedFd;

/// Facts about a descriptor's file that can be had without using it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Type of file; a dma-buf has none.
    pub kind: FileKind,
    /// `f_type` of fstatfs(2), the only certain mark of a dma-buf.
    pub file_system: u64,
    /// The text of `/proc/self/fd/N`; empty without /proc.
    link: String,
    /// Whether it is a device with the major number of heaps.
    is_heap: bool,
}

impl Identity {
    /// Asks what `fd` stands for.
    pub(crate) fn of(fd: BorrowedFd<'_>) -> Result<Self> {
        let kind = status::status(fd)?.kind;
        let link = file::link_of(fd);
        let is_heap = match kind {
            FileKind::Character(device) => class::major(&Root::machine()) == Some(device.major),
            _ => false,
        };
        Ok(Self {
            kind,
            file_system: status::file_system_magic(fd)?,
            link: link.map(|link| link.to_string_lossy().into_owned()).unwrap_or_default(),
            is_heap,
        })
    }

    /// Whether it is a dma-buf: only those have its file system.
    pub(crate) const fn is_dma_buf(&self) -> bool {
        self.file_system == dma_buf::SUPER_MAGIC
    }

    /// Refuses what is not a dma-buf, saying what it is.
    pub(crate) fn check(&self, operation: &'static str, object: &str) -> std::result::Result<(), Error> {
        if self.is_dma_buf() {
            return Ok(());
        }
        let reason = format!("{self} (file system {:#x}), not a dma-buf", self.file_system);
        let error = Error::refused(operation, object, reason);
        Err(match self.kind {
            FileKind::Character(_) if self.is_heap => error.with_hint(Hint::AllocateFromHeap),
            _ => error,
        })
    }

    /// Bytes that it has, without moving it: of a file those that it says, of anything else those that it lets be sought.
    pub(crate) fn size(&self, fd: BorrowedFd<'_>) -> Result<u64> {
        match self.kind {
            // Whoever shares the open file goes on where it stands.
            FileKind::Regular if !self.is_dma_buf() => Ok(status::status(fd)?.size),
            _ => file::seek_end(fd),
        }
    }

    /// Whether it may have memory nevertheless: what has bytes and can be mapped.
    pub(crate) const fn may_be_mapped(&self) -> bool {
        matches!(self.kind, FileKind::Regular | FileKind::Anonymous)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            _ if self.is_dma_buf() => "a dma-buf",
            FileKind::Character(device) if self.is_heap => return write!(f, "the node {device} of a heap"),
            FileKind::Character(device) => return write!(f, "character device {device}"),
            FileKind::Block(device) => return write!(f, "block device {device}"),
            FileKind::Directory => "a directory",
            FileKind::Fifo => "a pipe",
            FileKind::Socket => "a socket",
            FileKind::Link => "a symbolic link",
            FileKind::Regular if self.link.starts_with("/memfd:") => "a memfd",
            FileKind::Regular => "a regular file",
            FileKind::Anonymous if self.link.starts_with("anon_inode:") => &self.link,
            FileKind::Anonymous => "an anonymous object",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    fn refusal(fd: BorrowedFd<'_>) -> String {
        Identity::of(fd).unwrap().check("access", "fd 3").unwrap_err().to_string()
    }

    #[test]
    fn file_other_than_a_dma_buf_is_named() {
        let (reader, _writer) = crate::sys::fd::file::pipe().unwrap();
        assert_eq!(refusal(reader.as_fd()), "access fd 3: a pipe (file system 0x50495045), not a dma-buf");
        let null = std::fs::File::open("/dev/null").unwrap();
        assert!(refusal(null.as_fd()).starts_with("access fd 3: character device 1:3 (file system "));
        let directory = std::fs::File::open("/").unwrap();
        assert!(refusal(directory.as_fd()).starts_with("access fd 3: a directory (file system "));
    }
}
