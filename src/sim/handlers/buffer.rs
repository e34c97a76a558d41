//! Calls and requests on buffers.

use super::argument::Argument;
use super::object::store_statfs;
use crate::model::dmabuf::{self, BufferAction, BufferState, ExporterKind, MmapOutcome};
use crate::model::{AccessMode, Arg, Errno, Kernel, Operation, Request};
use crate::sim::caller::{Caller, RemoteFd};
use crate::sim::faults::{Faults, Rule, SyncFaults};
use crate::sim::syscall::decode::FdOperation;
use crate::sys::Errno as SysErrno;
use crate::sys::fd::file::errno_of;
use crate::sys::fd::status::{Device, FileSystem, Status};
use crate::sys::sim::remote;
use crate::sys::sim::seccomp::CallResult;
use crate::uapi::dma_buf::{IOCTL_SYNC, SET_NAME_A, SET_NAME_B};
use crate::uapi::fcntl as uapi;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

pub(super) struct BufferCall<'a> {
    pub(super) kernel: &'a Kernel,
    pub(super) faults: &'a Faults,
    pub(super) caller: &'a Caller<'a>,
    pub(super) descriptor: RemoteFd,
    pub(super) exporter: ExporterKind,
}

impl BufferCall<'_> {
    /// Answers a call other than ioctl(2).
    pub(super) fn answer(&self, operation: FdOperation) -> CallResult {
        let RemoteFd { process, fd } = self.descriptor;
        let Ok(file) = remote::file_stat(process, fd) else { return CallResult::Continue };
        let mut buffer = self.buffer(file.size);
        // The access mode is looked up only where the answer depends on it: it costs as much as all else. A mapping that
        // a read-write buffer grants is the kernel's: the memfd's own access mode decides as a dma-buf's would.
        match operation {
            FdOperation::Map(mapping) if dmabuf::mmap(self.kernel, &buffer, &mapping) == MmapOutcome::Yes => {
                return CallResult::Continue;
            }
            FdOperation::Stat { .. } | FdOperation::Statfs(_) | FdOperation::Other(Operation::Lseek { .. }) => {}
            _ => match remote::open_mode(process, fd) {
                Ok(mode) => buffer.access = access(mode),
                Err(_) => return CallResult::Continue,
            },
        }
        match operation {
            FdOperation::Stat { layout, into } => self.caller.store(into, &layout.encode(&self.stat(&buffer, file))),
            FdOperation::Statfs(call) => {
                let stat = dmabuf::stat(self.kernel, &buffer);
                let (kind, block_size) = (stat.fs_type, stat.block_size);
                let found =
                    FileSystem { kind, block_size, name_max: 255, fragment: block_size, ..FileSystem::default() };
                store_statfs(self.caller, &found, call)
            }
            FdOperation::GetFlags => {
                let nonblock = remote::open_flags(process, fd).is_ok_and(|flags| flags & uapi::O_NONBLOCK != 0);
                CallResult::Value(dmabuf::status_flags(buffer.access, nonblock).into())
            }
            FdOperation::Map(_) if self.faults.breaks(Rule::PrivateMapping) => CallResult::Continue,
            FdOperation::Map(mapping) => match dmabuf::mmap(self.kernel, &buffer, &mapping) {
                MmapOutcome::Yes => CallResult::Continue,
                MmapOutcome::No(errno) => errno.into(),
                MmapOutcome::IfContiguous => Errno::EINVAL.into(),
            },
            FdOperation::Other(Operation::Lseek { .. }) if self.faults.breaks(Rule::SeekFree) => CallResult::Continue,
            FdOperation::Other(operation) => dmabuf::answer(self.kernel, &buffer, operation).into(),
            FdOperation::Ioctl { .. } => CallResult::Continue,
        }
    }

    fn buffer(&self, size: u64) -> BufferState {
        BufferState { size, access: AccessMode::ReadWrite, exporter: self.exporter, begun: true }
    }

    fn stat(&self, buffer: &BufferState, file: Status) -> Status {
        let stat = dmabuf::stat(self.kernel, buffer);
        let (mode, size, block_size, blocks) = (stat.mode, stat.size, stat.block_size, stat.blocks);
        Status { links: 1, mode, size, block_size, blocks, rdev: Device::default(), ..file }
    }

    pub(super) fn answer_request(&self, request: u64, address: u64) -> CallResult {
        let request = Request::from_register(request);
        let argument = Argument::read(self.caller, self.faults, request, address);
        let arg = Arg { bytes: &argument.bytes, writable: usize::MAX };
        // Neither size nor access mode matters to any request.
        match dmabuf::ioctl(self.kernel, request, &arg, &self.buffer(0)) {
            BufferAction::Vfs(answer) => argument.reply_of_vfs(answer),
            BufferAction::Reply(reply) if reply.result == Err(Errno::EINVAL) && self.forgives(request) => {
                CallResult::Value(0)
            }
            BufferAction::Reply(reply) => argument.reply(&reply),
            // A memfd is coherent, has no name that could be read back, and no fences.
            BufferAction::Sync { begin, write, .. } => {
                let SyncFaults { flips, keeps_fd } = self.faults.count_sync();
                if flips && !begin && write && self.flip().is_ok() {
                    self.faults.record_flip();
                }
                if keeps_fd {
                    let buffer = remote::duplicate(self.caller.thread, self.descriptor.fd);
                    let _ = buffer.map(|buffer| self.caller.give(buffer.as_fd(), true));
                }
                CallResult::Value(0)
            }
            BufferAction::SetName(name) if name.len() > 30 && self.faults.breaks(Rule::NameShort) => {
                Errno::EINVAL.into()
            }
            BufferAction::SetName(_) => CallResult::Value(0),
            BufferAction::ExportSyncFile(_) | BufferAction::ImportSyncFile { .. } => Errno::ENOTTY.into(),
        }
    }

    /// Changes a byte of the buffer. One that cannot be written that way is passed over.
    fn flip(&self) -> Result<(), SysErrno> {
        let (thread, fd) = (self.caller.thread, self.descriptor.fd);
        let middle = remote::file_stat(thread, fd)?.size / 2;
        let buffer = File::from(remote::duplicate(thread, fd)?);
        let mut byte = [0];
        let read = buffer.read_exact_at(&mut byte, middle);
        read.and_then(|()| buffer.write_all_at(&[byte[0] ^ 1], middle)).map_err(|error| errno_of(&error))
    }

    fn forgives(&self, request: Request) -> bool {
        match request.number() {
            IOCTL_SYNC => self.faults.breaks(Rule::SyncUnchecked),
            SET_NAME_A | SET_NAME_B => self.faults.breaks(Rule::NameUnchecked),
            _ => false,
        }
    }
}

const fn access((readable, writable): (bool, bool)) -> AccessMode {
    match (readable, writable) {
        (true, false) => AccessMode::ReadOnly,
        (false, true) => AccessMode::WriteOnly,
        (true, true) => AccessMode::ReadWrite,
        (false, false) => AccessMode::Neither,
    }
}
