//! Requests and file operations on a buffer (drivers/dma-buf/dma-buf.c).

use super::alloc::Outcome;
use super::vfs;
use super::{Access, Arg, Errno, Kernel, Mapping, Operation, Reply, Request};

/// A dma-buf, as far as its answers depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Bytes, a multiple of the page size.
    pub size: u64,
    /// The access mode, the same for all descriptors of the buffer.
    pub access: Access,
    /// Who exported it.
    pub exporter: Exporter,
    /// Whether a CPU access was begun, which udmabuf alone cares for: its END before any START fails.
    pub begun: bool,
}

/// Where a buffer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exporter {
    /// The system heap.
    System,
    /// A CMA heap.
    Cma,
    /// `/dev/udmabuf`.
    Udmabuf,
    /// A TEE heap (`protected,*`): it cannot be mapped.
    Protected,
}

/// What a buffer does with an ioctl.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Action {
    /// The VFS answers; the buffer never sees the request.
    Vfs(vfs::Answer),
    /// This, and nothing else changes.
    Reply(Reply),
    /// A CPU access begins or ends; the call returns 0 (or EINTR, while it waits for a fence).
    Sync {
        /// `DMA_BUF_SYNC_END` was not set.
        begin: bool,
        /// `DMA_BUF_SYNC_READ` was set.
        read: bool,
        /// `DMA_BUF_SYNC_WRITE` was set.
        write: bool,
    },
    /// The buffer is named: at most 31 bytes, none of them NUL; the call returns 0.
    SetName(Vec<u8>),
    /// A sync_file is made of the buffer's fences.
    ExportSyncFile(ExportPlan),
    /// The fence of a sync_file is put into the buffer: 0 if `fd` is one, else EINVAL.
    ImportSyncFile {
        /// The sync_file.
        fd: i32,
        /// `DMA_BUF_SYNC_WRITE` was set.
        write: bool,
    },
}

/// An accepted export that waits for its file descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ExportPlan {
    flags: u32,
    writable: usize,
}

impl ExportPlan {
    /// How the call ends, once there is a new file descriptor (which has `O_CLOEXEC`) or an error.
    pub fn finish(self, fd: Result<u32, Errno>) -> Outcome {
        let _ = (fd, self.flags, self.writable);
        Outcome { result: Ok(0), copy_out: Vec::new(), fd: super::alloc::FdFate::Hidden }
    }
}

/// What `buffer` does with `request` (`do_vfs_ioctl`, then `dma_buf_ioctl`).
pub fn ioctl(kernel: &Kernel, request: Request, arg: &Arg<'_>, buffer: &Buffer) -> Action {
    let _ = (kernel, request, arg, buffer);
    Action::Reply(Reply::err(Errno::ENOTTY))
}

/// What `buffer` answers to `operation`: the call's return value, or its error.
///
/// # Errors
///
/// Those of the kernel.
pub fn answer(kernel: &Kernel, buffer: &Buffer, operation: Operation) -> Result<u64, Errno> {
    let _ = (kernel, buffer, operation);
    Err(Errno::EINVAL)
}

/// How an mmap(2) of a buffer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mapped {
    /// It succeeds.
    Yes,
    /// It fails.
    No(Errno),
    /// It succeeds if one physically contiguous chunk of the buffer covers it all, else EINVAL: a
    /// private mapping of a `system` buffer. How the memory was cut is not known here.
    IfContiguous,
}

/// What mmap(2) of `buffer` ends with.
#[must_use]
pub fn mmap(kernel: &Kernel, buffer: &Buffer, mapping: &Mapping) -> Mapped {
    let _ = (kernel, buffer, mapping);
    Mapped::Yes
}

/// What fstat(2) and fstatfs(2) say of a buffer, as far as it is the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// `st_size`, bytes.
    pub size: u64,
    /// `st_mode`: 0600, with no file type.
    pub mode: u32,
    /// `st_blocks`, units of 512 bytes.
    pub blocks: u64,
    /// `st_blksize` and `f_bsize`, bytes.
    pub block_size: u64,
    /// `f_type`.
    pub fs_type: u64,
}

/// What fstat(2) and fstatfs(2) say of `buffer`.
#[must_use]
pub fn stat(kernel: &Kernel, buffer: &Buffer) -> Stat {
    Stat {
        size: buffer.size,
        mode: 0o600,
        blocks: buffer.size / 512,
        block_size: kernel.page_size,
        fs_type: crate::uapi::dma_buf::SUPER_MAGIC,
    }
}

/// What `F_GETFL` says of a buffer.
#[must_use]
pub fn status_flags(access: Access, nonblock: bool) -> u32 {
    access.flags() | if nonblock { 0o4000 } else { 0 }
}
