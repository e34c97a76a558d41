//! Requests on heaps and buffers, answered by the model's rules.

use super::caller::Caller;
use super::entry::Entry;
use super::faults::Rule;
use super::supervisor::Supervisor;
use crate::model::alloc::{self, Decision, Plan};
use crate::model::dmabuf::{self, Action, Buffer};
use crate::model::vfs;
use crate::model::{Abi, Access, Arg, Errno, Reply, Request};
use crate::sys::seccomp::Answer;
use crate::uapi::dma_buf::NAME_LEN;
use std::os::fd::AsFd;
use std::time::Duration;

/// `struct dma_heap_allocation_data`.
const ALLOCATION: usize = 24;

/// What is at the pointer of a request.
struct Argument {
    address: u64,
    /// The readable ones.
    bytes: Vec<u8>,
}

impl Argument {
    /// Reads what the request names, and a name's length in any case.
    fn read(caller: &Caller<'_>, request: Request, address: u64) -> Self {
        let mut bytes = vec![0; request.size().max(NAME_LEN)];
        let readable = caller.read(address, &mut bytes);
        bytes.truncate(readable);
        Self { address, bytes }
    }

    /// How many of the bytes that the request writes can be written. Found out by writing the bytes
    /// that are there, as the kernel itself will do with most of them.
    fn probe(&self, caller: &Caller<'_>, request: Request) -> usize {
        caller.write(self.address, &self.bytes[..self.bytes.len().min(request.out_size())])
    }
}

impl Supervisor {
    /// A request on the heap `minor`, opened with `access`.
    pub(super) fn heap_ioctl(
        &mut self,
        caller: &Caller<'_>,
        entry: Entry,
        (minor, access): (u32, Access),
        (request, address): (u64, u64),
    ) -> Answer {
        let request = Request::from_register(request);
        if let Some(answer) = self.refused_by_fault(entry, access, request) {
            return answer;
        }
        let mut argument = Argument::read(caller, request, address);
        if !self.bend(&mut argument, request) {
            return error(Errno::EINVAL);
        }
        // What is written can mostly be told without knowing that it can be written.
        let all = Arg { bytes: &argument.bytes, writable: usize::MAX };
        let decision = match alloc::decide(&self.kernel, request, &all) {
            Decision::Reject(reply) if reply.copy_out.is_empty() => Decision::Reject(reply),
            Decision::Vfs(vfs::Answer::Reply(reply)) if reply.copy_out.is_empty() => Decision::Reject(reply),
            _ => {
                let writable = argument.probe(caller, request);
                alloc::decide(&self.kernel, request, &Arg { bytes: &argument.bytes, writable })
            }
        };
        match decision {
            Decision::Vfs(answer) => self.vfs(caller, address, answer),
            Decision::Reject(reply) => self.reply(caller, address, reply),
            Decision::Allocate(plan) => self.allocate(caller, minor, address, plan),
        }
    }

    /// Memory first, then the descriptor, then the reply: each only when nothing before it failed.
    fn allocate(&mut self, caller: &Caller<'_>, minor: u32, address: u64, plan: Plan) -> Answer {
        let asked = self.asked_len.take().filter(|_| self.faults.breaks(Rule::LenNotRounded));
        let memory = match self.faults.enomem_after() {
            Some(count) if self.allocated >= count => Err(Errno::ENOMEM),
            _ => self.heaps.allocate(minor, asked.unwrap_or(plan.len()), plan.access()),
        };
        let memory = match memory {
            Ok(memory) => memory,
            Err(errno) => return self.outcome(caller, address, plan.finish(Err(errno))),
        };
        self.allocated += 1;
        let gives = plan.reply_fits() || plan.clone().finish(Ok(0)).fd.is_open();
        if !gives {
            return self.outcome(caller, address, plan.finish(Ok(0)));
        }
        let close_on_exec = plan.close_on_exec() && !self.faults.breaks(Rule::CloexecForgotten);
        let len = plan.len();
        let fd = caller.give(memory.as_fd(), close_on_exec).map_err(|errno| Errno::from_raw(errno as i32));
        // From here on the caller alone decides how long the buffer lives.
        drop(memory);
        let fd = fd.map_err(|errno| match errno {
            Errno::EMFILE if self.faults.breaks(Rule::EmfileIsEnfile) => Errno::ENFILE,
            other => other,
        });
        let mut outcome = plan.finish(fd);
        if self.faults.breaks(Rule::LenWrittenBack) && outcome.result.is_ok() {
            if let Some(len_field) = outcome.copy_out.first_chunk_mut() {
                *len_field = len.to_ne_bytes();
            }
        }
        if self.faults.breaks(Rule::FdBeforeCopy) {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.outcome(caller, address, outcome)
    }

    fn outcome(&self, caller: &Caller<'_>, address: u64, outcome: alloc::Outcome) -> Answer {
        let alloc::Outcome { result, copy_out, .. } = outcome;
        self.reply(caller, address, Reply { result, copy_out })
    }

    /// A request on a buffer.
    pub(super) fn buffer_ioctl(&self, caller: &Caller<'_>, buffer: &Buffer, request: u64, address: u64) -> Answer {
        let request = Request::from_register(request);
        let argument = Argument::read(caller, request, address);
        let arg = Arg { bytes: &argument.bytes, writable: usize::MAX };
        match dmabuf::ioctl(&self.kernel, request, &arg, buffer) {
            Action::Vfs(answer) => self.vfs(caller, address, answer),
            Action::Reply(reply) if reply.result == Err(Errno::EINVAL) && self.forgives(request) => Answer::Value(0),
            Action::Reply(reply) => self.reply(caller, address, reply),
            // A stand-in is coherent, has no name that could be read back, and no fences.
            Action::Sync { .. } | Action::SetName(_) => Answer::Value(0),
            Action::ExportSyncFile(_) | Action::ImportSyncFile { .. } => error(Errno::ENOTTY),
        }
    }

    fn forgives(&self, request: Request) -> bool {
        use crate::uapi::dma_buf::{IOCTL_SYNC, SET_NAME_A, SET_NAME_B};
        match request.number() {
            IOCTL_SYNC => self.faults.breaks(Rule::SyncUnchecked),
            SET_NAME_A | SET_NAME_B => self.faults.breaks(Rule::NameUnchecked),
            _ => false,
        }
    }

    /// An answer of the VFS. What depends on the file system is as on devtmpfs.
    fn vfs(&self, caller: &Caller<'_>, address: u64, answer: vfs::Answer) -> Answer {
        match answer {
            vfs::Answer::Reply(reply) | vfs::Answer::Depends { usual: Some(reply), .. } => {
                self.reply(caller, address, reply)
            }
            // The descriptor's own file answers these as any file does.
            vfs::Answer::Effect(_) => Answer::Continue,
            vfs::Answer::Depends { usual: None, .. } => error(Errno::ENOTTY),
        }
    }

    /// Writes what `reply` writes and ends the call.
    fn reply(&self, caller: &Caller<'_>, address: u64, reply: Reply) -> Answer {
        if caller.write(address, &reply.copy_out) < reply.copy_out.len() {
            return error(Errno::EFAULT);
        }
        match reply.result {
            Ok(value) => Answer::Value(value as i64),
            Err(Errno::EFAULT) if self.faults.breaks(Rule::FaultIsEinval) => error(Errno::EINVAL),
            Err(errno) => error(errno),
        }
    }

    /// Faults that need no look at the argument.
    fn refused_by_fault(&self, entry: Entry, access: Access, request: Request) -> Option<Answer> {
        let mainline = self.kernel.abi == Abi::Mainline;
        if self.faults.breaks(Rule::CompatForgotten) && entry == Entry::I386
            || self.faults.breaks(Rule::KindChecked) && mainline && request.kind() != crate::uapi::dma_heap::MAGIC
            || self.faults.breaks(Rule::UnknownIsEnotty) && mainline && request.nr() != 0
        {
            return Some(error(Errno::ENOTTY));
        }
        (self.faults.breaks(Rule::NodeNeedsWrite) && !access.can_write()).then(|| error(Errno::EBADF))
    }

    /// Changes what the rules will see, where a fault says so. False: the fault refuses the request.
    fn bend(&mut self, argument: &mut Argument, request: Request) -> bool {
        self.asked_len = None;
        let size = request.in_size();
        if argument.bytes.len() < size || size < ALLOCATION {
            return true;
        }
        let faults = &self.faults;
        let bytes = &mut argument.bytes[..size];
        if faults.breaks(Rule::TailChecked) && bytes[ALLOCATION..].iter().any(|byte| *byte != 0) {
            return false;
        }
        if faults.breaks(Rule::FdFlagsUnchecked) {
            let valid = crate::uapi::dma_heap::VALID_FD_FLAGS.to_ne_bytes();
            bytes[12..16].iter_mut().zip(valid).for_each(|(byte, valid)| *byte &= valid);
        }
        if faults.breaks(Rule::HeapFlagsUnchecked) {
            bytes[16..24].fill(0);
        }
        if faults.breaks(Rule::FdFieldUnchecked) {
            bytes[8..12].fill(0);
        }
        if faults.breaks(Rule::ReservedUnchecked) && size == 32 {
            bytes[24..32].fill(0);
        }
        let len = bytes.first_chunk().copied().map_or(0, u64::from_ne_bytes);
        if faults.breaks(Rule::LenZeroAllowed) && len == 0 {
            bytes[..8].copy_from_slice(&1_u64.to_ne_bytes());
        }
        self.asked_len = Some(len);
        true
    }
}

fn error(errno: Errno) -> Answer {
    Answer::Error(errno.raw())
}
