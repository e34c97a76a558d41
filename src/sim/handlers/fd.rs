//! Calls on open files: which of them are the simulator's, and what those answer.

use crate::model::dmabuf::{self, BufferState, ExporterKind, MmapOutcome};
use crate::model::{AccessMode, Errno, MmapRequest, Operation, node};
use crate::sim::caller::Caller;
use crate::sim::faults::Rule;
use crate::sim::heaps::Heaps;
use crate::sim::supervisor::Supervisor;
use crate::sim::syscall::abi::Entry;
use crate::sim::syscall::decode::FdOperation;
use crate::sim::syscall::layout::{Stat, StatLayout, Statfs, StatfsLayout};
use crate::sim::vfs::external::Descriptor;
use crate::sim::vfs::open_files;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status;
use crate::sys::sim::remote::{self, Link};
use crate::sys::sim::seccomp::Answer;
use crate::uapi::fcntl as uapi;
use std::os::fd::AsFd;

/// What a descriptor of a caller stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Nothing of the simulator's.
    Foreign,
    /// An object of the tree, opened with these flags.
    Opened {
        name: Vec<u8>,
        minor: Option<u32>,
        flags: u32,
    },
    /// The mirror of the directory or file of this name.
    Mirrored {
        name: Vec<u8>,
    },
    Buffer {
        exporter: ExporterKind,
    },
}

impl Supervisor {
    /// What a descriptor stands for. Most are foreign, and one look tells.
    pub(crate) fn identify(&self, Descriptor { process, fd }: Descriptor) -> Identity {
        let mut buffer = [0; Heaps::LINK_MAX];
        let Ok(link) = remote::read_link(process, Link::Fd(fd), &mut buffer) else { return Identity::Foreign };
        if let Some(exporter) = self.heaps().exporter_in(link) {
            return Identity::Buffer { exporter };
        }
        if let Some(name) = self.mirror.name_of(link) {
            return Identity::Mirrored { name: name.to_vec() };
        }
        if link != open_files::LINK && link != open_files::READABLE_LINK {
            return Identity::Foreign;
        }
        match self.opened.find(process, fd) {
            Some(file) => Identity::Opened { name: file.name.clone(), minor: file.minor, flags: file.flags },
            None => Identity::Foreign,
        }
    }

    /// Answers a call on an open file.
    pub(crate) fn answer_fd(
        &self,
        caller: &Caller<'_>,
        entry: Entry,
        descriptor: Descriptor,
        operation: FdOperation,
    ) -> Answer {
        match self.identify(descriptor) {
            Identity::Foreign => Answer::Continue,
            Identity::Opened { name, minor, flags } => {
                self.answer_opened(caller, entry, (&name, minor, flags), operation)
            }
            Identity::Mirrored { name } => self.answer_mirrored(caller, &name, operation),
            Identity::Buffer { exporter } => self.answer_buffer(caller, descriptor, exporter, operation),
        }
    }

    fn answer_opened(
        &self,
        caller: &Caller<'_>,
        entry: Entry,
        (name, minor, flags): (&[u8], Option<u32>, u32),
        operation: FdOperation,
    ) -> Answer {
        let path = flags & uapi::O_PATH != 0;
        match (operation, minor) {
            (FdOperation::Stat { layout, into }, _) => self.stat_object(caller, name, layout, into),
            (FdOperation::Statfs { layout, into, size }, _) => self.statfs_object(caller, name, (layout, into, size)),
            (FdOperation::GetFlags, _) if path => Answer::Value((flags & uapi::PATH_FLAGS).into()),
            (FdOperation::GetFlags, _) => Answer::Value(node::status_flags(&self.kernel, flags).into()),
            (_, _) if path => error(Errno::EBADF),
            (FdOperation::Ioctl { request, argument }, Some(minor)) => {
                self.heap_ioctl(caller, entry, (minor, AccessMode::from_flags(flags)), (request, argument))
            }
            (FdOperation::Map { len, protection, flags: kind, offset }, _) => {
                if self.faults.breaks(Rule::NodeReadable) {
                    return Answer::Continue;
                }
                let mapping = mapping(len, protection, kind, offset);
                error(node::mmap(&self.kernel, AccessMode::from_flags(flags), &mapping))
            }
            (other, _) => match operation_of(other) {
                Some(_) if self.faults.breaks(Rule::NodeReadable) => Answer::Continue,
                Some(operation) => answer(node::answer(&self.kernel, AccessMode::from_flags(flags), operation)),
                None => Answer::Continue,
            },
        }
    }

    /// A directory or file of sysfs is a real one; only what tells that it is not sysfs is answered.
    fn answer_mirrored(&self, caller: &Caller<'_>, name: &[u8], operation: FdOperation) -> Answer {
        match operation {
            FdOperation::Stat { layout, into } => self.stat_object(caller, name, layout, into),
            FdOperation::Statfs { layout, into, size } => self.statfs_object(caller, name, (layout, into, size)),
            _ => Answer::Continue,
        }
    }

    fn answer_buffer(
        &self,
        caller: &Caller<'_>,
        Descriptor { process, fd }: Descriptor,
        exporter: ExporterKind,
        operation: FdOperation,
    ) -> Answer {
        if let FdOperation::Ioctl { request, argument } = operation {
            // Neither size nor access mode matters to any request.
            let buffer = BufferState { size: 0, access: AccessMode::ReadWrite, exporter, begun: true };
            return self.buffer_ioctl(caller, (fd, &buffer), request, argument);
        }
        let Ok(view) = remote::file_view(process, fd) else { return Answer::Continue };
        // The access mode is looked up only where the answer depends on it: it costs as much as all else.
        let mut buffer = BufferState { size: view.size, access: AccessMode::ReadWrite, exporter, begun: true };
        if self.is_kernels(&buffer, operation) {
            return Answer::Continue;
        }
        if !matches!(operation, FdOperation::Stat { .. } | FdOperation::Statfs { .. } | FdOperation::Seek { .. }) {
            let Ok((readable, writable)) = remote::open_mode(process, fd) else { return Answer::Continue };
            buffer.access = access(readable, writable);
        }
        match operation {
            FdOperation::Stat { layout, into } => {
                self.store(caller, into, &self.buffer_stat(&buffer, &view).encode(layout))
            }
            FdOperation::Statfs { layout, into, size } => {
                let stat = dmabuf::stat(&self.kernel, &buffer);
                let statfs = Statfs {
                    kind: stat.fs_type,
                    block_size: stat.block_size,
                    name_max: 255,
                    fragment: stat.block_size,
                    ..Statfs::default()
                };
                self.store_statfs(caller, &statfs, (layout, into, size))
            }
            FdOperation::GetFlags => {
                let nonblock = remote::open_flags(process, fd).is_ok_and(|flags| flags & uapi::O_NONBLOCK != 0);
                Answer::Value(dmabuf::status_flags(buffer.access, nonblock).into())
            }
            FdOperation::Map { .. } if self.faults.breaks(Rule::PrivateMapping) => Answer::Continue,
            FdOperation::Seek { .. } if self.faults.breaks(Rule::SeekFree) => Answer::Continue,
            FdOperation::Map { len, protection, flags, offset } => {
                match dmabuf::mmap(&self.kernel, &buffer, &mapping(len, protection, flags, offset)) {
                    MmapOutcome::Yes => Answer::Continue,
                    MmapOutcome::No(errno) => error(errno),
                    MmapOutcome::IfContiguous => error(Errno::EINVAL),
                }
            }
            other => match operation_of(other) {
                Some(operation) => answer(dmabuf::answer(&self.kernel, &buffer, operation)),
                None => Answer::Continue,
            },
        }
    }

    /// Whether a mapping is one that a read-write buffer grants: whether this one does, the stand-in's
    /// own access mode decides as a dma-buf's would.
    fn is_kernels(&self, buffer: &BufferState, operation: FdOperation) -> bool {
        match operation {
            FdOperation::Map { len, protection, flags, offset } => {
                dmabuf::mmap(&self.kernel, buffer, &mapping(len, protection, flags, offset)) == MmapOutcome::Yes
            }
            _ => false,
        }
    }

    /// fstat(2) of a buffer.
    pub(crate) fn buffer_stat(&self, buffer: &BufferState, view: &remote::FileView) -> Stat {
        let stat = dmabuf::stat(&self.kernel, buffer);
        Stat {
            device: view.device.into(),
            inode: view.inode,
            links: 1,
            mode: stat.mode,
            uid: view.uid,
            gid: view.gid,
            size: stat.size,
            block_size: stat.block_size as u32,
            blocks: stat.blocks,
            time: view.time,
            ..Stat::default()
        }
    }

    pub(crate) fn stat_object(&self, caller: &Caller<'_>, name: &[u8], layout: StatLayout, into: u64) -> Answer {
        match self.tree.get(name) {
            Some((_, object)) => self.store(caller, into, &object.stat.encode(layout)),
            None => Answer::Continue,
        }
    }

    /// The file system below is the one that the name belongs to.
    pub(crate) fn statfs_object(
        &self,
        caller: &Caller<'_>,
        name: &[u8],
        place: (StatfsLayout, u64, Option<u64>),
    ) -> Answer {
        let below = if name.starts_with(b"/dev") { "/dev" } else { "/sys" };
        let below = file::open(std::path::Path::new(below), Purpose::Look);
        match below.and_then(|below| status::file_system(below.as_fd())) {
            Ok(found) => self.store_statfs(caller, &Statfs::from(found), place),
            Err(errno) => Answer::Error(errno as i32),
        }
    }

    pub(crate) fn store_statfs(
        &self,
        caller: &Caller<'_>,
        statfs: &Statfs,
        (layout, into, size): (StatfsLayout, u64, Option<u64>),
    ) -> Answer {
        let bytes = statfs.encode(layout);
        // Only fstatfs64(2) and statfs64(2) are told a size; programs pass 84 or, padded, 88.
        if size.is_some_and(|size| size != 84 && size != 88) {
            return error(Errno::EINVAL);
        }
        self.store(caller, into, &bytes)
    }

    pub(crate) fn store(&self, caller: &Caller<'_>, into: u64, bytes: &[u8]) -> Answer {
        match caller.store(into, bytes) {
            Ok(()) => Answer::Value(0),
            Err(errno) => Answer::Error(errno as i32),
        }
    }
}

/// The access mode that /proc shows.
const fn access(readable: bool, writable: bool) -> AccessMode {
    match (readable, writable) {
        (true, false) => AccessMode::ReadOnly,
        (false, true) => AccessMode::WriteOnly,
        (true, true) => AccessMode::ReadWrite,
        (false, false) => AccessMode::Neither,
    }
}

fn mapping(len: u64, protection: u32, flags: u32, offset: u64) -> MmapRequest {
    MmapRequest {
        len,
        offset,
        write: protection & uapi::PROT_WRITE != 0,
        exec: protection & uapi::PROT_EXEC != 0,
        shared: flags & uapi::MAP_TYPE != uapi::MAP_PRIVATE,
    }
}

/// The operations that the model knows for every file.
fn operation_of(operation: FdOperation) -> Option<Operation> {
    Some(match operation {
        FdOperation::Seek { offset, whence } => Operation::Lseek { offset, whence },
        FdOperation::Truncate { len } => Operation::Ftruncate { len },
        FdOperation::Allocate { mode, offset, len } => Operation::Fallocate { mode, offset, len },
        FdOperation::AddSeals { seals } => Operation::AddSeals { seals },
        FdOperation::GetSeals => Operation::GetSeals,
        FdOperation::Ioctl { .. }
        | FdOperation::Stat { .. }
        | FdOperation::Statfs { .. }
        | FdOperation::GetFlags
        | FdOperation::Map { .. } => return None,
    })
}

fn answer(result: Result<u64, Errno>) -> Answer {
    match result {
        Ok(value) => Answer::Value(value as i64),
        Err(errno) => error(errno),
    }
}

fn error(errno: Errno) -> Answer {
    Answer::Error(errno.raw())
}
