//! File operations on a buffer (`dma_buf_fops`: llseek, poll, mmap, ioctl).

use super::{BufferState, ExporterKind};
use crate::model::node::{self, SEEK_MAX};
use crate::model::{AccessMode, Check, Errno, Kernel, MmapRequest, Operation, Release};
use crate::uapi::dma_buf;

const SEEK_SET: u32 = 0;
const SEEK_END: u32 = 2;
/// `EPOLLIN | EPOLLOUT`.
const IDLE: u16 = 0x5;

/// Returns the answer of `buffer` to `operation`: the call's return value, or its error. Its fences are taken to be
/// signalled, as they are without an importer.
pub(crate) fn answer(kernel: &Kernel, buffer: &BufferState, operation: Operation) -> Result<u64, Errno> {
    match operation {
        // dma_buf_llseek returns the size, and can return to the start.
        Operation::Lseek { whence, .. } if whence > SEEK_MAX => Err(Errno::EINVAL),
        Operation::Lseek { offset, .. } if offset != 0 && kernel.has(Check::SeekOffset) => Err(Errno::EINVAL),
        Operation::Lseek { whence: SEEK_END, .. } => Ok(buffer.size),
        Operation::Lseek { whence, .. } if whence != SEEK_SET && kernel.has(Check::SeekWhence) => Err(Errno::EINVAL),
        Operation::Lseek { .. } => Ok(0),
        // dma_buf_poll: no other event is ever reported.
        Operation::Poll { events } => Ok(u64::from(events & IDLE)),
        Operation::EpollAdd => Ok(0),
        // Without a read, a write, an fsync, a fallocate, and neither regular nor shmem: as a node.
        // alloc_file_pseudo gives no FMODE_PREAD.
        Operation::Read
        | Operation::Write
        | Operation::Pread { .. }
        | Operation::Pwrite { .. }
        | Operation::Fsync
        | Operation::Ftruncate { .. }
        | Operation::Fallocate { .. }
        | Operation::AddSeals { .. }
        | Operation::GetSeals => node::answer(kernel, buffer.access, operation),
    }
}

/// How an mmap(2) of a buffer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MmapOutcome {
    Yes,
    No(Errno),
    /// It succeeds if one physically contiguous chunk of the buffer covers it all, else EINVAL: a
    /// private mapping of a `system` buffer. How the memory was cut is not known here.
    IfContiguous,
}

/// Returns the outcome of mmap(2) of `buffer` (`do_mmap`, `dma_buf_mmap_internal`, the exporter).
pub(crate) fn mmap(kernel: &Kernel, buffer: &BufferState, mapping: &MmapRequest) -> MmapOutcome {
    if let Some(errno) = mapping.refused(kernel, buffer.access, kernel.pseudo_noexec) {
        return MmapOutcome::No(errno);
    }
    let end = mapping.first_page(kernel).saturating_add(mapping.pages(kernel));
    if buffer.exporter == ExporterKind::Protected && kernel.has(Check::MmapOperation)
        || end > buffer.size / kernel.page_size && kernel.has(Check::MmapEnd)
    {
        return MmapOutcome::No(Errno::EINVAL);
    }
    if mapping.shared { MmapOutcome::Yes } else { private(kernel, buffer.exporter, mapping) }
}

/// `cma_heap_mmap` and `mmap_udmabuf` refuse private mappings. `system_heap_mmap` leaves that to
/// `remap_pfn_range`, which makes a copy-on-write mapping only if it covers all of it at once: one
/// page at a time until 6.18, one chunk since. The helpers that the heaps shared before 5.11 refused.
fn private(kernel: &Kernel, exporter: ExporterKind, mapping: &MmapRequest) -> MmapOutcome {
    let helpers = kernel.release < Release(5, 11);
    if !kernel.has(Check::SharedMapping) {
        MmapOutcome::Yes
    } else if exporter != ExporterKind::System || helpers {
        MmapOutcome::No(Errno::EINVAL)
    } else if mapping.pages(kernel) == 1 {
        MmapOutcome::Yes
    } else if kernel.release < Release(6, 19) {
        MmapOutcome::No(Errno::EINVAL)
    } else {
        MmapOutcome::IfContiguous
    }
}

/// The fields of fstat(2) and fstatfs(2) of a buffer that are the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BufferStat {
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

/// Returns what fstat(2) and fstatfs(2) say of `buffer` (`dma_buf_getfile`, `alloc_anon_inode`, `init_pseudo`,
/// `simple_statfs`).
pub(crate) const fn stat(kernel: &Kernel, buffer: &BufferState) -> BufferStat {
    BufferStat {
        size: buffer.size,
        mode: 0o600,
        blocks: buffer.size / 512,
        block_size: kernel.page_size,
        fs_type: dma_buf::SUPER_MAGIC,
    }
}

/// Returns `F_GETFL` of a buffer (`dma_buf_getfile`): its access mode, and `O_NONBLOCK` once that was set; neither
/// `O_CLOEXEC`, which is the descriptor's, nor `O_LARGEFILE`.
pub(crate) const fn status_flags(access: AccessMode, nonblock: bool) -> u32 {
    const NONBLOCK: u32 = 0o4000;
    access.flags() | if nonblock { NONBLOCK } else { 0 }
}

/// The error of open(2) of a buffer's `/proc/PID/fd` link (`no_open`): its access mode cannot be changed by opening it
/// again.
pub(crate) const REOPEN: Errno = Errno::ENXIO;
