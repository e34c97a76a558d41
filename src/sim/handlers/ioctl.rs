//! Requests on heaps and buffers, answered by the model's rules.

use crate::model::alloc::{self, AllocationPlan};
use crate::model::dmabuf::{self, BufferAction, BufferState};
use crate::model::node::{self, Decision};
use crate::model::vfs;
use crate::model::{Abi, AccessMode, Arg, Errno, Reply, Request};
use crate::sim::caller::Caller;
use crate::sim::faults::Rule;
use crate::sim::heaps::{self, Failure};
use crate::sim::supervisor::Supervisor;
use crate::sim::syscall::abi::Entry;
use crate::sys::Errno as Failed;
use crate::sys::mem::mapping::{Access as MappedFor, Mapping};
use crate::sys::sim::remote;
use crate::sys::sim::seccomp::Answer;
use crate::uapi::dma_buf::NAME_LEN;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// `struct dma_heap_allocation_data`.
const ALLOCATION: usize = 24;
/// Its field for the new descriptor.
const FD: std::ops::Range<usize> = 8..12;

/// `struct fsuuid2`: a length and a UUID, of version 8, which means nothing.
const UUID: [u8; 17] = *b"\x10dmaheap\x80sim\x80----";

/// What is at the pointer of a request.
struct Argument {
    address: u64,
    /// The readable ones, as the rules see them.
    bytes: Vec<u8>,
    /// As they were sent, where a fault shows the rules something else.
    sent: Option<Vec<u8>>,
    /// The length that was asked for before it was rounded, where a fault may forget to.
    asked_len: Option<u64>,
}

impl Argument {
    /// Reads what the request names, and a name's length in any case.
    fn read(caller: &Caller<'_>, request: Request, address: u64) -> Self {
        let mut bytes = vec![0; request.size().max(NAME_LEN)];
        let readable = caller.read(address, &mut bytes);
        bytes.truncate(readable);
        Self { address, bytes, sent: None, asked_len: None }
    }

    /// How many of the bytes that the request writes can be written. Found out by writing the bytes
    /// that are there, as the kernel itself will do with most of them.
    fn probe(&self, caller: &Caller<'_>, request: Request) -> usize {
        caller.write(self.address, &self.bytes[..self.bytes.len().min(request.out_size())])
    }

    fn sent(&self) -> &[u8] {
        self.sent.as_deref().unwrap_or(&self.bytes)
    }

    /// What goes back to the caller is what it sent, but for the new descriptor.
    fn restore(&self, copy_out: &mut [u8]) {
        if let Some(sent) = &self.sent {
            let fields = copy_out.iter_mut().zip(sent).enumerate();
            fields.filter(|(at, _)| !FD.contains(at)).for_each(|(_, (to, sent))| *to = *sent);
        }
    }
}

impl Supervisor {
    /// A request on the heap `minor`, opened with `access`.
    pub(crate) fn heap_ioctl(
        &self,
        caller: &Caller<'_>,
        entry: Entry,
        (minor, access): (u32, AccessMode),
        (request, address): (u64, u64),
    ) -> Answer {
        let request = Request::from_register(request);
        if self.faults.breaks(Rule::NodeNeedsWrite) && !access.can_write() {
            return error(Errno::EBADF);
        }
        let mut argument = Argument::read(caller, request, address);
        if !self.bend(&mut argument, request) {
            return error(Errno::EINVAL);
        }
        // What is written can mostly be told without knowing that it can be written.
        let all = Arg { bytes: &argument.bytes, writable: usize::MAX };
        match node::ioctl(&self.kernel, request, &all) {
            Decision::Vfs(_) if self.faults.breaks(Rule::VfsBroken) => return error(Errno::EIO),
            // The VFS puts what it writes, if anything, without a copy as long as the request says.
            Decision::Vfs(answer) => return self.vfs(caller, address, answer),
            _ if self.is_unknown_by_fault(entry, request) => return error(Errno::ENOTTY),
            Decision::Reject(reply) if reply.copy_out.is_empty() => {
                return self.reply(caller, address, reply);
            }
            Decision::Allocate(plan) if self.kernel.efault_fixed && !self.faults.breaks(Rule::FdBeforeCopy) => {
                return self.allocate(caller, minor, (&argument, request), plan);
            }
            _ => {}
        }
        let writable = argument.probe(caller, request);
        match node::ioctl(&self.kernel, request, &Arg { bytes: &argument.bytes, writable }) {
            Decision::Vfs(answer) => self.vfs(caller, address, answer),
            Decision::Reject(reply) => self.reply(caller, address, reply),
            Decision::Allocate(plan) => self.allocate_carelessly(caller, minor, &argument, plan),
        }
    }

    /// Memory first; then the reply, with the number that the descriptor will most likely have, which
    /// shows that it can be written; then the descriptor, which cannot be taken back. Only where the
    /// number was another one is a reply written after it.
    fn allocate(
        &self,
        caller: &Caller<'_>,
        minor: u32,
        (argument, request): (&Argument, Request),
        plan: AllocationPlan,
    ) -> Answer {
        let address = argument.address;
        let memory = match self.memory(minor, &plan, argument.asked_len) {
            Ok(memory) => memory,
            Err(errno) => return self.outcome(caller, address, plan.finish(Err(errno))),
        };
        let guess = self.guess.next(caller.thread);
        let guessed = self.finish(argument, plan.clone(), Ok(guess));
        let writable = caller.write(address, &guessed.copy_out);
        if writable < guessed.copy_out.len() {
            return match node::ioctl(&self.kernel, request, &Arg { bytes: &argument.bytes, writable }) {
                Decision::Allocate(plan) => self.outcome(caller, address, plan.finish(Ok(guess))),
                Decision::Reject(reply) => self.reply(caller, address, reply),
                Decision::Vfs(answer) => self.vfs(caller, address, answer),
            };
        }
        match self.give(caller, memory, &plan) {
            Ok(fd) => {
                self.guess.was(caller.thread, fd);
                if fd == guess {
                    return self.outcome(caller, address, alloc::Outcome { copy_out: Vec::new(), ..guessed });
                }
                let outcome = self.finish(argument, plan, Ok(fd));
                self.outcome(caller, address, outcome)
            }
            Err(errno) => {
                // As if nothing had been written. Memory that went away meanwhile needs no repair.
                let _ = caller.write(address, argument.sent().get(..guessed.copy_out.len()).unwrap_or_default());
                self.outcome(caller, address, plan.finish(Err(errno)))
            }
        }
    }

    /// The old kernel's order, and that of a fault: the descriptor exists before the reply is written.
    fn allocate_carelessly(
        &self,
        caller: &Caller<'_>,
        minor: u32,
        argument: &Argument,
        plan: AllocationPlan,
    ) -> Answer {
        let address = argument.address;
        let memory = match self.memory(minor, &plan, argument.asked_len) {
            Ok(memory) => memory,
            Err(errno) => return self.outcome(caller, address, plan.finish(Err(errno))),
        };
        if !plan.reply_fits() && !plan.clone().finish(Ok(0)).fd.is_open() {
            return self.outcome(caller, address, plan.finish(Ok(0)));
        }
        let fd = self.give(caller, memory, &plan);
        if self.faults.breaks(Rule::FdBeforeCopy) {
            std::thread::sleep(Duration::from_millis(2));
        }
        let outcome = self.finish(argument, plan, fd);
        self.outcome(caller, address, outcome)
    }

    fn memory(&self, minor: u32, plan: &AllocationPlan, asked_len: Option<u64>) -> Result<OwnedFd, Errno> {
        let asked = asked_len.filter(|_| self.faults.breaks(Rule::LenNotRounded));
        let access = if self.faults.breaks(Rule::AccessIgnored) { AccessMode::ReadWrite } else { plan.access() };
        let mut touched = None;
        let (memory, to_tell) = loop {
            let mut heaps = self.heaps();
            if self.faults.enomem_after().is_some_and(|count| heaps.allocated() >= count) {
                return Err(Errno::ENOMEM);
            }
            match heaps.allocate((minor, asked.unwrap_or(plan.len())), access, touched) {
                Err(Failure::NeedsTouched(inodes)) => {
                    drop(heaps);
                    touched = Some(heaps::touched(&inodes));
                }
                Err(Failure::Refused(errno)) => break (Err(errno), heaps.not_told_yet(access)),
                Ok(memory) => break (Ok(memory), None),
            }
        };
        // Whoever reads that may take his time.
        if let Some(error) = to_tell {
            (self.tell)(&error);
        }
        let memory = memory?;
        if self.faults.breaks(Rule::NotZeroed) {
            // A buffer that cannot be written cannot be looked at either, or holds what others wrote.
            let map = Mapping::new(memory.as_fd(), 0, self.kernel.page_size, MappedFor::ReadWrite);
            let _ = map.map(|map| map.write(0, &[u8::MAX]));
        }
        Ok(memory)
    }

    /// Gives the caller the buffer, which from here on it alone keeps.
    fn give(&self, caller: &Caller<'_>, memory: OwnedFd, plan: &AllocationPlan) -> Result<u32, Errno> {
        let close_on_exec = plan.close_on_exec() && !self.faults.breaks(Rule::CloexecForgotten);
        let fd = caller.give(memory.as_fd(), close_on_exec).map_err(|errno| match Errno::from_raw(errno as i32) {
            Errno::EMFILE if self.faults.breaks(Rule::EmfileIsEnfile) => Errno::ENFILE,
            other => other,
        })?;
        if self.faults.keeps_fd(self.heaps().allocated()) {
            // A table that is full has no room for the fault either.
            let _ = caller.give(memory.as_fd(), close_on_exec);
        }
        Ok(fd)
    }

    fn finish(&self, argument: &Argument, plan: AllocationPlan, fd: Result<u32, Errno>) -> alloc::Outcome {
        let len = plan.len();
        let mut outcome = plan.finish(fd);
        argument.restore(&mut outcome.copy_out);
        if self.faults.breaks(Rule::LenWrittenBack) && outcome.result.is_ok() {
            if let Some(field) = outcome.copy_out.first_chunk_mut() {
                *field = len.to_ne_bytes();
            }
        }
        if self.faults.breaks(Rule::TailCleared) && self.kernel.abi == Abi::Mainline && outcome.result.is_ok() {
            outcome.copy_out.iter_mut().skip(ALLOCATION).for_each(|byte| *byte = 0);
        }
        outcome
    }

    fn outcome(&self, caller: &Caller<'_>, address: u64, outcome: alloc::Outcome) -> Answer {
        let alloc::Outcome { result, copy_out, .. } = outcome;
        self.reply(caller, address, Reply { result, copy_out })
    }

    /// A request on a buffer, which is descriptor `fd` of the caller.
    pub(crate) fn buffer_ioctl(
        &self,
        caller: &Caller<'_>,
        (fd, buffer): (u32, &BufferState),
        request: u64,
        address: u64,
    ) -> Answer {
        let request = Request::from_register(request);
        let argument = Argument::read(caller, request, address);
        let arg = Arg { bytes: &argument.bytes, writable: usize::MAX };
        match dmabuf::ioctl(&self.kernel, request, &arg, buffer) {
            BufferAction::Vfs(answer) => self.vfs(caller, address, answer),
            BufferAction::Reply(reply) if reply.result == Err(Errno::EINVAL) && self.forgives(request) => {
                Answer::Value(0)
            }
            BufferAction::Reply(reply) => self.reply(caller, address, reply),
            // A stand-in is coherent, has no name that could be read back, and no fences.
            BufferAction::Sync { begin, write, .. } => {
                let synced = self.synced.fetch_add(1, Ordering::Relaxed) + 1;
                if !begin && write && self.faults.flip_after().is_some_and(|count| synced > count) {
                    self.flip(caller, fd);
                }
                if self.faults.keeps_fd_at_sync(synced) {
                    let _ = remote::duplicate(caller.thread, fd).map(|buffer| caller.give(buffer.as_fd(), true));
                }
                Answer::Value(0)
            }
            BufferAction::SetName(name) if name.len() > 30 && self.faults.breaks(Rule::NameShort) => {
                error(Errno::EINVAL)
            }
            BufferAction::SetName(_) => Answer::Value(0),
            BufferAction::ExportSyncFile(_) | BufferAction::ImportSyncFile { .. } => error(Errno::ENOTTY),
        }
    }

    /// Changes a byte of a buffer. One that cannot be written that way is passed over.
    fn flip(&self, caller: &Caller<'_>, fd: u32) {
        let flipped = remote::file_view(caller.thread, fd).and_then(|view| {
            let buffer = remote::duplicate(caller.thread, fd)?;
            let middle = view.size / 2;
            let begin = middle - middle % self.kernel.page_size;
            let mapping = Mapping::new(buffer.as_fd(), begin, self.kernel.page_size, MappedFor::ReadWrite)?;
            let (at, mut byte) = ((middle - begin) as usize, [0]);
            let changed = mapping.read(at, &mut byte).and_then(|()| mapping.write(at, &[byte[0] ^ 1]));
            changed.map_err(|_| Failed::EFAULT)
        });
        if flipped.is_ok() {
            self.faults.has_flipped();
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
    fn vfs(&self, caller: &Caller<'_>, address: u64, answer: vfs::VfsAnswer) -> Answer {
        match answer {
            vfs::VfsAnswer::Reply(reply) | vfs::VfsAnswer::Depends { usual: Some(reply), .. } => {
                self.reply(caller, address, reply)
            }
            // The descriptor's own file answers these as any file does.
            vfs::VfsAnswer::Effect(_) => Answer::Continue,
            // FS_IOC_GETFSUUID alone: devtmpfs has made one up, too.
            vfs::VfsAnswer::Depends { usual: None, .. } => {
                self.reply(caller, address, Reply { result: Ok(0), copy_out: UUID.to_vec() })
            }
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

    /// Whether a fault makes the driver, which the VFS asks last, not know the request.
    fn is_unknown_by_fault(&self, entry: Entry, request: Request) -> bool {
        let mainline = self.kernel.abi == Abi::Mainline;
        self.faults.breaks(Rule::CompatForgotten) && entry == Entry::I386
            || self.faults.breaks(Rule::KindChecked) && mainline && request.kind() != crate::uapi::dma_heap::MAGIC
            || self.faults.breaks(Rule::SizeChecked) && mainline && request.nr() == 0 && request.size() != ALLOCATION
            || self.faults.breaks(Rule::UnknownIsEnotty) && mainline && request.nr() != 0
    }

    /// Changes what the rules will see, where a fault says so. False: the fault refuses the request.
    fn bend(&self, argument: &mut Argument, request: Request) -> bool {
        let size = request.in_size();
        if self.faults.is_none() || argument.bytes.len() < size || size < ALLOCATION {
            return true;
        }
        let faults = &self.faults;
        let is_v12 = self.kernel.abi == Abi::V12;
        let mut bytes = argument.bytes[..size].to_vec();
        if faults.breaks(Rule::TailChecked) && !is_v12 && bytes[ALLOCATION..].iter().any(|byte| *byte != 0) {
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
            bytes[FD].fill(0);
        }
        if faults.breaks(Rule::ReservedUnchecked) && is_v12 && size == 32 {
            bytes[24..32].fill(0);
        }
        let len = bytes.first_chunk().copied().map_or(0, u64::from_ne_bytes);
        if faults.breaks(Rule::LenZeroAllowed) && len == 0 {
            bytes[..8].copy_from_slice(&1_u64.to_ne_bytes());
        }
        argument.asked_len = Some(len);
        if !argument.bytes.starts_with(&bytes) {
            bytes.extend_from_slice(&argument.bytes[size..]);
            argument.sent = Some(std::mem::replace(&mut argument.bytes, bytes));
        }
        true
    }
}

fn error(errno: Errno) -> Answer {
    Answer::Error(errno.raw())
}
