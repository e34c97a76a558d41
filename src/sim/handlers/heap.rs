//! Requests on heaps.

use super::argument::Argument;
use crate::model::alloc::{AllocationPlan, Outcome};
use crate::model::node::{self, Decision};
use crate::model::{Abi, AccessMode, Arg, Errno, Kernel, Reply, Request};
use crate::sim::accounts::WantedBuffer;
use crate::sim::caller::Caller;
use crate::sim::faults::{Faults, Rule};
use crate::sim::heaps::SimulatedHeaps;
use crate::sim::next_fd::NextFd;
use crate::sim::syscall::abi::SyscallAbi;
use crate::sys::fd::poll;
use crate::sys::sim::seccomp::CallResult;
use crate::uapi::dma_heap;
use std::fs::File;
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// `struct dma_heap_allocation_data`.
const ALLOCATION: usize = 24;
const LEN: Range<usize> = 0..8;
/// The field for the new descriptor.
const FD: Range<usize> = 8..12;
const FD_FLAGS: Range<usize> = 12..16;
const HEAP_FLAGS: Range<usize> = 16..24;
/// The end of the v12 struct.
const RESERVED: Range<usize> = 24..32;

/// A request on the heap `minor`, opened with `access`.
pub(super) struct HeapRequest<'a> {
    pub(super) kernel: &'a Kernel,
    pub(super) faults: &'a Faults,
    pub(super) heaps: &'a SimulatedHeaps,
    pub(super) next_fd: &'a NextFd,
    pub(super) caller: &'a Caller<'a>,
    pub(super) abi: SyscallAbi,
    pub(super) minor: u32,
    pub(super) access: AccessMode,
    pub(super) request: Request,
}

/// An argument that a fault has changed.
#[derive(Default)]
struct FaultedArgument {
    /// The bytes as they were sent, where the rules see others.
    sent: Option<Vec<u8>>,
    /// The length that was asked for before it was rounded, where a fault may forget to.
    asked_len: Option<u64>,
}

impl FaultedArgument {
    /// Gives back to the caller what it sent, but for the new descriptor.
    fn restore(&self, copy_out: &mut [u8]) {
        if let Some(sent) = &self.sent {
            for (_, (to, sent)) in copy_out.iter_mut().zip(sent).enumerate().filter(|(at, _)| !FD.contains(at)) {
                *to = *sent;
            }
        }
    }
}

impl HeapRequest<'_> {
    pub(super) fn answer(&self, address: u64) -> CallResult {
        if self.breaks(Rule::NodeNeedsWrite) && !self.access.can_write() {
            return Errno::EBADF.into();
        }
        let mut argument = Argument::read(self.caller, self.faults, self.request, address);
        let Some(faulted) = self.apply_faults(&mut argument) else { return Errno::EINVAL.into() };
        // Which bytes of the argument can be written costs a system call. Most answers do not depend on it, so the first
        // pass takes all of them to be writable; what then would write is decided again by what can be written.
        match self.decide(&argument, usize::MAX) {
            Decision::Vfs(_) if self.breaks(Rule::VfsBroken) => return Errno::EIO.into(),
            // The VFS puts what it writes, if anything, without a copy as long as the request says.
            Decision::Vfs(answer) => return argument.reply_of_vfs(answer),
            _ if self.is_unknown_by_fault() => return Errno::ENOTTY.into(),
            Decision::Reject(reply) if reply.copy_out.is_empty() => return argument.reply(&reply),
            Decision::Allocate(plan) if self.kernel.efault_fixed && !self.breaks(Rule::FdBeforeCopy) => {
                return self.allocate(&argument, &faulted, plan);
            }
            _ => {}
        }
        match self.decide(&argument, argument.writable(self.request)) {
            Decision::Allocate(plan) => self.allocate_fd_first(&argument, &faulted, plan),
            Decision::Vfs(answer) => argument.reply_of_vfs(answer),
            Decision::Reject(reply) => argument.reply(&reply),
        }
    }

    fn breaks(&self, rule: Rule) -> bool {
        self.faults.breaks(rule)
    }

    fn decide(&self, argument: &Argument<'_>, writable: usize) -> Decision {
        node::ioctl(self.kernel, self.request, &Arg { bytes: &argument.bytes, writable })
    }

    /// Memory first; then the reply, with the number that the descriptor will most likely have, which shows that it can
    /// be written; then the descriptor, which cannot be taken back. Only where the number is another one a reply is
    /// written after it, and the descriptor is lost if the caller has unmapped the struct by then.
    fn allocate(&self, argument: &Argument<'_>, faulted: &FaultedArgument, plan: AllocationPlan) -> CallResult {
        let memory = match self.allocate_memory(&plan, faulted) {
            Ok(memory) => memory,
            Err(errno) => return finish(argument, plan.finish(Err(errno))),
        };
        let expected = self.next_fd.expected(self.caller.thread);
        let reply = self.outcome(faulted, plan.clone(), Ok(expected));
        let writable = argument.write(&reply.copy_out);
        if writable < reply.copy_out.len() {
            return match self.decide(argument, writable) {
                Decision::Allocate(plan) => finish(argument, plan.finish(Ok(expected))),
                Decision::Reject(reply) => argument.reply(&reply),
                Decision::Vfs(answer) => argument.reply_of_vfs(answer),
            };
        }
        match self.install_fd(memory, &plan) {
            Ok(fd) => {
                self.next_fd.record(self.caller.thread, fd);
                let outcome = if fd == expected {
                    Outcome { copy_out: Vec::new(), ..reply }
                } else {
                    self.outcome(faulted, plan, Ok(fd))
                };
                finish(argument, outcome)
            }
            Err(errno) => {
                // As if nothing had been written. Memory that has gone away needs no repair.
                let sent = faulted.sent.as_ref().unwrap_or(&argument.bytes);
                let _ = argument.write(sent.get(..reply.copy_out.len()).unwrap_or_default());
                finish(argument, plan.finish(Err(errno)))
            }
        }
    }

    /// The old kernel's order, and that of a fault: the descriptor exists before the reply is written.
    fn allocate_fd_first(
        &self,
        argument: &Argument<'_>,
        faulted: &FaultedArgument,
        plan: AllocationPlan,
    ) -> CallResult {
        let memory = match self.allocate_memory(&plan, faulted) {
            Ok(memory) => memory,
            Err(errno) => return finish(argument, plan.finish(Err(errno))),
        };
        if !plan.reply_fits() && !plan.clone().finish(Ok(0)).fd.is_open() {
            return finish(argument, plan.finish(Ok(0)));
        }
        let fd = self.install_fd(memory, &plan);
        if self.breaks(Rule::FdBeforeCopy) {
            poll::sleep(Duration::from_millis(2));
        }
        finish(argument, self.outcome(faulted, plan, fd))
    }

    fn allocate_memory(&self, plan: &AllocationPlan, faulted: &FaultedArgument) -> Result<OwnedFd, Errno> {
        let asked = faulted.asked_len.filter(|_| self.breaks(Rule::LenNotRounded));
        let memory = self.heaps.allocate(&WantedBuffer {
            minor: self.minor,
            len: asked.unwrap_or(plan.len()),
            access: if self.breaks(Rule::AccessIgnored) { AccessMode::ReadWrite } else { plan.access() },
            most: self.faults.enomem_after,
        })?;
        if self.breaks(Rule::NotZeroed) {
            // A buffer that cannot be written cannot be looked at either, or holds what others wrote.
            let file = File::from(memory);
            let _ = file.write_all_at(&[u8::MAX], 0);
            return Ok(file.into());
        }
        Ok(memory)
    }

    /// Gives the caller the buffer, which from here on it alone keeps.
    fn install_fd(&self, memory: OwnedFd, plan: &AllocationPlan) -> Result<u32, Errno> {
        let close_on_exec = plan.close_on_exec() && !self.breaks(Rule::CloexecForgotten);
        let fd =
            self.caller.give(memory.as_fd(), close_on_exec).map_err(|errno| match Errno::from_raw(errno as i32) {
                Errno::EMFILE if self.breaks(Rule::EmfileIsEnfile) => Errno::ENFILE,
                other => other,
            })?;
        if self.faults.keeps_fd(self.heaps.allocated()) {
            // A table that is full has no room for the fault either.
            let _ = self.caller.give(memory.as_fd(), close_on_exec);
        }
        Ok(fd)
    }

    fn outcome(&self, faulted: &FaultedArgument, plan: AllocationPlan, fd: Result<u32, Errno>) -> Outcome {
        let len = plan.len();
        let mut outcome = plan.finish(fd);
        faulted.restore(&mut outcome.copy_out);
        if self.breaks(Rule::LenWrittenBack) && outcome.result.is_ok() {
            if let Some(field) = outcome.copy_out.first_chunk_mut() {
                *field = len.to_ne_bytes();
            }
        }
        if self.breaks(Rule::TailCleared) && self.is_mainline() && outcome.result.is_ok() {
            for byte in outcome.copy_out.iter_mut().skip(ALLOCATION) {
                *byte = 0;
            }
        }
        outcome
    }

    fn is_mainline(&self) -> bool {
        self.kernel.abi == Abi::Mainline
    }

    /// Whether a fault makes the driver, which the VFS asks last, not know the request.
    fn is_unknown_by_fault(&self) -> bool {
        let request = self.request;
        self.breaks(Rule::CompatForgotten) && self.abi == SyscallAbi::I386
            || self.is_mainline()
                && (self.breaks(Rule::KindChecked) && request.kind() != dma_heap::MAGIC
                    || self.breaks(Rule::SizeChecked) && request.nr() == 0 && request.size() != ALLOCATION
                    || self.breaks(Rule::UnknownIsEnotty) && request.nr() != 0)
    }

    /// Changes what the rules will see, where a fault says so. `None`: the fault refuses the request.
    fn apply_faults(&self, argument: &mut Argument<'_>) -> Option<FaultedArgument> {
        let size = self.request.in_size();
        if self.faults.is_none() || argument.bytes.len() < size || size < ALLOCATION {
            return Some(FaultedArgument::default());
        }
        let mut bytes = argument.bytes[..size].to_vec();
        if self.breaks(Rule::TailChecked) && self.is_mainline() && bytes[ALLOCATION..].iter().any(|byte| *byte != 0) {
            return None;
        }
        if self.breaks(Rule::FdFlagsUnchecked) {
            let valid = dma_heap::VALID_FD_FLAGS.to_ne_bytes();
            for (byte, valid) in bytes[FD_FLAGS].iter_mut().zip(valid) {
                *byte &= valid;
            }
        }
        if self.breaks(Rule::HeapFlagsUnchecked) {
            bytes[HEAP_FLAGS].fill(0);
        }
        if self.breaks(Rule::FdFieldUnchecked) {
            bytes[FD].fill(0);
        }
        if self.breaks(Rule::ReservedUnchecked) && !self.is_mainline() && size == RESERVED.end {
            bytes[RESERVED].fill(0);
        }
        let len = bytes.first_chunk().copied().map_or(0, u64::from_ne_bytes);
        if self.breaks(Rule::LenZeroAllowed) && len == 0 {
            bytes[LEN].copy_from_slice(&1_u64.to_ne_bytes());
        }
        bytes.extend_from_slice(&argument.bytes[size..]);
        let sent = std::mem::replace(&mut argument.bytes, bytes);
        Some(FaultedArgument { sent: (sent != argument.bytes).then_some(sent), asked_len: Some(len) })
    }
}

fn finish(argument: &Argument<'_>, Outcome { result, copy_out, .. }: Outcome) -> CallResult {
    argument.reply(&Reply { result, copy_out })
}
