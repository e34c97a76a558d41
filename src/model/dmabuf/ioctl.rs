//! The requests of a buffer (`dma_buf_ioctl`): compared as a whole; everything else is ENOTTY.

use super::{BufferState, ExporterKind};
use crate::model::alloc::{FdFate, Outcome};
use crate::model::vfs::{self, File};
use crate::model::{Arg, Check, Errno, Kernel, Release, Reply, Request};
use crate::uapi::dma_buf;

/// A buffer's reaction to an ioctl.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum BufferAction {
    /// The VFS answers; the buffer never sees the request.
    Vfs(vfs::VfsAnswer),
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
    /// The buffer is named: at most 31 bytes, none of them NUL; the call returns 0. (Until 5.16, EBUSY
    /// while a device is attached.)
    SetName(Vec<u8>),
    /// A sync_file is made of the buffer's fences.
    ExportSyncFile(ExportPlan),
    /// The fence of a sync_file is put into the buffer: 0 if `fd` is one, else EINVAL, also where no
    /// such file is open (`sync_file_get_fence`).
    ImportSyncFile {
        fd: i32,
        /// `DMA_BUF_SYNC_WRITE` was set.
        write: bool,
    },
}

/// An accepted export that waits for its file descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct ExportPlan {
    flags: u32,
    writable: usize,
    kernel: Kernel,
}

/// Returns what `buffer` does with `request` (`do_vfs_ioctl`, then `dma_buf_ioctl`). Its access mode does not matter.
pub(crate) fn ioctl(kernel: &Kernel, request: Request, arg: &Arg<'_>, buffer: &BufferState) -> BufferAction {
    if let Some(answer) = vfs::answer(kernel, request, arg, File::Buffer) {
        return BufferAction::Vfs(answer);
    }
    let sync_file = kernel.sync_file && kernel.release >= Release(6, 0);
    let action = match request.number() {
        dma_buf::IOCTL_SYNC => sync(kernel, arg, buffer),
        dma_buf::SET_NAME_A | dma_buf::SET_NAME_B => set_name(kernel, arg),
        dma_buf::IOCTL_EXPORT_SYNC_FILE if sync_file => export_sync_file(kernel, arg),
        dma_buf::IOCTL_IMPORT_SYNC_FILE if sync_file => import_sync_file(kernel, arg),
        _ if kernel.has(Check::BufferNumber) => Err(Errno::ENOTTY),
        _ => return BufferAction::Reply(Reply::ok()),
    };
    action.unwrap_or_else(|errno| BufferAction::Reply(Reply::err(errno)))
}

/// The heaps and TEE have nothing to do without an importer, and succeed; `end_cpu_udmabuf` fails
/// before any START, which makes its scatter list.
fn sync(kernel: &Kernel, arg: &Arg<'_>, buffer: &BufferState) -> Result<BufferAction, Errno> {
    let flags = arg.copy_in_array(kernel, Check::SyncCopyIn).map(u64::from_ne_bytes).ok_or(Errno::EFAULT)?;
    let has = |bit| flags & bit != 0;
    if has(!dma_buf::SYNC_VALID_FLAGS_MASK) && kernel.has(Check::SyncFlags)
        || !has(dma_buf::SYNC_RW) && kernel.has(Check::SyncDirection)
    {
        return Err(Errno::EINVAL);
    }
    let begin = !has(dma_buf::SYNC_END);
    if buffer.exporter == ExporterKind::Udmabuf && !begin && !buffer.begun && kernel.has(Check::AccessBegun) {
        return Err(Errno::EINVAL);
    }
    Ok(BufferAction::Sync { begin, read: has(dma_buf::SYNC_READ), write: has(dma_buf::SYNC_WRITE) })
}

/// `dma_buf_set_name`: `strndup_user` of at most 32 bytes. A name without its NUL among them is too
/// long, unless the memory ends before.
fn set_name(kernel: &Kernel, arg: &Arg<'_>) -> Result<BufferAction, Errno> {
    let bytes = arg.bytes.get(..dma_buf::NAME_LEN).unwrap_or(arg.bytes);
    match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => Ok(BufferAction::SetName(bytes.iter().copied().take(end).collect())),
        None if bytes.len() == dma_buf::NAME_LEN && kernel.has(Check::NameLength) => Err(Errno::EINVAL),
        None if bytes.len() < dma_buf::NAME_LEN && kernel.has(Check::NameCopyIn) => Err(Errno::EFAULT),
        None => Ok(BufferAction::SetName(bytes.to_vec())),
    }
}

/// `dma_buf_export_sync_file`.
fn export_sync_file(kernel: &Kernel, arg: &Arg<'_>) -> Result<BufferAction, Errno> {
    let (flags, _) = sync_file(kernel, arg, [Check::ExportCopyIn, Check::ExportFlags, Check::ExportDirection])?;
    Ok(BufferAction::ExportSyncFile(ExportPlan { flags, writable: arg.writable, kernel: *kernel }))
}

/// `dma_buf_import_sync_file`.
fn import_sync_file(kernel: &Kernel, arg: &Arg<'_>) -> Result<BufferAction, Errno> {
    let (flags, fd) = sync_file(kernel, arg, [Check::ImportCopyIn, Check::ImportFlags, Check::ImportDirection])?;
    Ok(BufferAction::ImportSyncFile { fd, write: u64::from(flags) & dma_buf::SYNC_WRITE != 0 })
}

/// The flags, of which one direction at least and nothing else is wanted, and the fd.
fn sync_file(kernel: &Kernel, arg: &Arg<'_>, [copy_in, valid, direction]: [Check; 3]) -> Result<(u32, i32), Errno> {
    let [f0, f1, f2, f3, d0, d1, d2, d3] = arg.copy_in_array(kernel, copy_in).ok_or(Errno::EFAULT)?;
    let flags = u32::from_ne_bytes([f0, f1, f2, f3]);
    let has = |bits: u64| u64::from(flags) & bits != 0;
    if has(!dma_buf::SYNC_RW) && kernel.has(valid) || !has(dma_buf::SYNC_RW) && kernel.has(direction) {
        return Err(Errno::EINVAL);
    }
    Ok((flags, i32::from_ne_bytes([d0, d1, d2, d3])))
}

impl ExportPlan {
    /// Returns how the call ends, once there is a new file descriptor (which has `O_CLOEXEC`) or an error: it is not
    /// published before the struct is written.
    pub(crate) fn finish(self, fd: Result<u32, Errno>) -> Outcome {
        let fd = match fd {
            Ok(fd) => fd,
            Err(errno) => return Outcome::without_buffer(Reply::err(errno)),
        };
        let reply = [self.flags.to_ne_bytes(), fd.to_ne_bytes()].concat();
        let (copy_out, whole) = Arg::copy_out(self.writable, reply);
        if whole || !self.kernel.has(Check::ExportCopyOut) {
            Outcome { result: Ok(0), copy_out, fd: FdFate::Returned }
        } else {
            Outcome { result: Err(Errno::EFAULT), copy_out, fd: FdFate::Closed }
        }
    }
}
