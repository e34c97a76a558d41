//! An open dma-buf: what it is, what it is called, and its bytes.
//!
//! Everything here is about one descriptor, wherever it came from; heaps are not known. Begin with `mapping`: a `Target`
//! says how a buffer is to be accessed, and `begin` maps a range of it between the two requests of `sync`. `transfer`
//! copies through such a mapping; so does `pattern`, a folder of its own.

pub(crate) mod borrow;
pub(crate) mod fence;
pub(crate) mod identity;
pub(crate) mod mapping;
pub(crate) mod range;
pub(crate) mod sync;
pub(crate) mod transfer;
pub(crate) mod width;

use crate::host::parse::fdinfo::{self, Fdinfo};
use crate::host::simulation;
use crate::sys::Result;
use crate::sys::fd::{file, ioctl, status};
use crate::uapi::dma_buf;
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A file descriptor of a dma-buf.
#[derive(Debug)]
pub(crate) struct DmaBuf {
    fd: OwnedFd,
}

impl From<OwnedFd> for DmaBuf {
    fn from(fd: OwnedFd) -> Self {
        Self { fd }
    }
}

impl From<DmaBuf> for OwnedFd {
    fn from(buffer: DmaBuf) -> Self {
        buffer.fd
    }
}

impl AsFd for DmaBuf {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl DmaBuf {
    /// Whether `fd` is a dma-buf: its file system is that of dma-bufs (fstatfs).
    pub(crate) fn is_one(fd: BorrowedFd<'_>) -> Result<bool> {
        Ok(status::file_system_magic(fd)? == dma_buf::SUPER_MAGIC)
    }

    /// The size of `fd` in bytes, if it is a dma-buf. Of anything else it is not asked for: lseek(2) would move it, for
    /// everyone who shares its open file.
    pub(crate) fn size_of(fd: BorrowedFd<'_>) -> Result<Option<u64>> {
        if Self::is_one(fd)? { file::seek_end(fd).map(Some) } else { Ok(None) }
    }

    /// The number of the descriptor.
    pub(crate) fn number(&self) -> i32 {
        self.fd.as_raw_fd()
    }

    /// Bytes, as the exporter made it: a multiple of the page size (`dma_buf_llseek`).
    pub(crate) fn size(&self) -> Result<u64> {
        file::seek_end(self.as_fd())
    }

    /// The inode number, unique to each buffer in /proc and in debugfs.
    pub(crate) fn inode(&self) -> Result<u64> {
        Ok(status::status(self.as_fd())?.inode)
    }

    /// The access mode, `O_CLOEXEC` and whatever else fcntl(2) says of the descriptor.
    pub(crate) fn flags(&self) -> Result<u32> {
        status::open_flags(self.as_fd())
    }

    /// Reads what the kernel prints about it in /proc; nothing where there is no /proc. The exporter of a simulated
    /// buffer is in its link.
    pub(crate) fn fdinfo(&self) -> Fdinfo {
        let path = format!("/proc/self/fdinfo/{}", self.number());
        let read = file::open(Path::new(&path), file::Purpose::Read).and_then(|fd| file::read_all(fd, 64 * 1024));
        let mut info = read.map(|bytes| fdinfo::parse(&bytes)).unwrap_or_default();
        if info.exporter.is_none() && simulation::is_simulated() {
            let link = file::link_of(self.as_fd()).unwrap_or_default();
            info.exporter = simulation::heap_in(link.as_bytes()).map(|heap| String::from_utf8_lossy(heap).into_owned());
        }
        info
    }

    /// Names it (`DMA_BUF_SET_NAME_B`).
    pub(crate) fn set_name(&self, name: &BufferName) -> Result<()> {
        ioctl::buffer_set_name(self.as_fd(), &name.0)
    }
}

/// A name that a dma-buf can have: at most 31 bytes, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BufferName(CString);

impl BufferName {
    /// Checks a name.
    ///
    /// The kernel would accept control characters, but prints names as they are into line-oriented
    /// files, where a newline forges fields.
    pub(crate) fn new(text: &str) -> std::result::Result<Self, String> {
        const LIMIT: usize = dma_buf::NAME_LEN - 1;
        if text.len() > LIMIT {
            return Err(format!("{} bytes long; the kernel accepts at most {LIMIT}", text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err("holds a newline or another control character, which would forge fields in /proc".to_owned());
        }
        CString::new(text).map(Self).map_err(|_| "holds a NUL".to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl std::str::FromStr for BufferName {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_long_as_the_kernel_takes_them() {
        assert_eq!(BufferName::new("").map(|name| name.as_str().len()), Ok(0));
        assert!(BufferName::new(&"x".repeat(31)).is_ok());
        assert!(BufferName::new(&"x".repeat(32)).unwrap_err().contains("at most 31"));
        // Bytes count, not characters.
        assert!(BufferName::new(&"ü".repeat(16)).is_err());
        assert!(BufferName::new("a\nsize:\t1").is_err());
        assert!(BufferName::new("a\0b").is_err());
    }
}
