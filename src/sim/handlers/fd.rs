//! Calls on open files: which of them are the simulator's, and what those answer.

use super::buffer::BufferCall;
use super::heap::HeapRequest;
use super::object;
use crate::model::{AccessMode, Request, node};
use crate::sim::caller::{Caller, RemoteFd};
use crate::sim::faults::Rule;
use crate::sim::supervisor::Supervisor;
use crate::sim::syscall::abi::SyscallAbi;
use crate::sim::syscall::decode::FdOperation;
use crate::sim::vfs::DescriptorTarget;
use crate::sim::vfs::open_files::OpenFile;
use crate::sys::Errno;
use crate::sys::sim::seccomp::CallResult;
use crate::uapi::fcntl::PATH_FLAGS;

#[derive(Clone, Copy)]
pub(super) struct FdCalls<'a> {
    pub(super) supervisor: &'a Supervisor,
    pub(super) caller: &'a Caller<'a>,
    pub(super) abi: SyscallAbi,
}

impl FdCalls<'_> {
    pub(super) fn answer(&self, descriptor: RemoteFd, operation: FdOperation) -> CallResult {
        let Supervisor { kernel, faults, heaps, vfs, .. } = self.supervisor;
        let caller = self.caller;
        // To compare a descriptor with the few nodes that are open costs less than to read its link.
        let node = operation.asks_a_heap().then(|| vfs.open_files.find(descriptor.process, descriptor.fd)).flatten();
        let target = node.map_or_else(|| vfs.identify(heaps, descriptor), DescriptorTarget::OpenFile);
        match (target, operation) {
            (DescriptorTarget::Foreign, _) => CallResult::Continue,
            (DescriptorTarget::OpenFile(file), _) => self.answer_open_file(&file, operation),
            (DescriptorTarget::Backing(name), _) => self.answer_object(&name, operation),
            (DescriptorTarget::Buffer(exporter), _) => {
                let call = BufferCall { kernel, faults, caller, descriptor, exporter };
                match operation {
                    FdOperation::Ioctl { request, argument } => call.answer_request(request, argument),
                    other => call.answer(other),
                }
            }
        }
    }

    /// A directory or file of sysfs is a real one; only what shows that it is not sysfs is answered.
    fn answer_object(&self, name: &[u8], operation: FdOperation) -> CallResult {
        match (operation, self.supervisor.vfs.object(name)) {
            (FdOperation::Stat { layout, into }, Some(object)) => self.caller.store(into, &layout.encode(&object.stat)),
            (FdOperation::Statfs(call), _) => object::statfs(self.caller, name, call),
            _ => CallResult::Continue,
        }
    }

    fn answer_open_file(&self, file: &OpenFile, operation: FdOperation) -> CallResult {
        let Supervisor { kernel, faults, heaps, next_fd, .. } = self.supervisor;
        let access = AccessMode::from_flags(file.flags);
        match operation {
            FdOperation::Stat { .. } | FdOperation::Statfs(_) => self.answer_object(&file.name, operation),
            FdOperation::GetFlags if file.is_path() => CallResult::Value((file.flags & PATH_FLAGS).into()),
            FdOperation::GetFlags => CallResult::Value(node::status_flags(kernel, file.flags).into()),
            _ if file.is_path() => Errno::EBADF.into(),
            FdOperation::Ioctl { request, argument } => {
                let Some(minor) = file.minor else { return CallResult::Continue };
                let (request, abi, caller) = (Request::from_register(request), self.abi, self.caller);
                HeapRequest { kernel, faults, heaps, next_fd, caller, abi, minor, access, request }.answer(argument)
            }
            FdOperation::Map(_) | FdOperation::Other(_) if faults.breaks(Rule::NodeReadable) => CallResult::Continue,
            FdOperation::Map(mapping) => node::mmap(kernel, access, &mapping).into(),
            FdOperation::Other(operation) => node::answer(kernel, access, operation).into(),
        }
    }
}
