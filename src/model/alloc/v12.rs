//! The request of the 2019 v12 series (`dma_heap_ioctl` of "dma-buf: heaps: Add heap helpers" and
//! "dma-buf: Add dma-buf heaps framework", never merged in this form).

use super::{Decision, FdFate, Outcome, Plan};
use crate::model::{Abi, Arg, Errno, Kernel, Reply, Request};
use crate::uapi::dma_heap::{AllocationData, AllocationDataV12, IOCTL_ALLOC_V12};
use std::mem::offset_of;

const SIZE: usize = size_of::<AllocationDataV12>();
const FD: usize = offset_of!(AllocationDataV12, fd);

pub(super) fn decide(kernel: &Kernel, request: Request, arg: &Arg<'_>) -> Decision {
    if request.number() != IOCTL_ALLOC_V12 {
        return Decision::Reject(Reply::err(Errno::ENOTTY));
    }
    let Some(data) = arg.copy_in_array::<SIZE>() else {
        return Decision::Reject(Reply::err(Errno::EFAULT));
    };
    let (fields, reserved) = parse(&data);
    if reserved != [0; 2] {
        return Decision::Reject(Reply::err(Errno::EINVAL));
    }
    match super::check(kernel, &fields) {
        Err(errno) => Decision::Reject(Reply::err(errno)),
        Ok(len) => Decision::Allocate(Plan {
            len,
            fd_flags: fields.fd_flags,
            abi: Abi::V12,
            efault_fixed: kernel.efault_fixed,
            reply: data.to_vec(),
            writable: arg.writable,
        }),
    }
}

/// A failed allocation writes nothing back; a failed copy back closes the new fd again (`ksys_close`).
pub(super) fn finish(plan: Plan, allocated: Result<u32, Errno>) -> Outcome {
    let Plan { mut reply, writable, .. } = plan;
    let fd = match allocated {
        Ok(fd) => fd,
        Err(errno) => return Outcome::without_buffer(Reply::err(errno)),
    };
    if let Some(room) = reply.get_mut(FD..FD + 4) {
        room.copy_from_slice(&fd.to_ne_bytes());
    }
    let (copy_out, whole) = Arg::copy_out(writable, reply);
    if whole {
        Outcome { result: Ok(0), copy_out, fd: FdFate::Told }
    } else {
        Outcome { result: Err(Errno::EFAULT), copy_out, fd: FdFate::Closed }
    }
}

/// The fields that both ABIs have, and the two reserved words.
fn parse(data: &[u8; SIZE]) -> (AllocationData, [u32; 2]) {
    let word = |at: usize| data.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_ne_bytes);
    let long = |at: usize| data.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_ne_bytes);
    let fields = AllocationData {
        len: long(offset_of!(AllocationDataV12, len)),
        fd: word(FD),
        fd_flags: word(offset_of!(AllocationDataV12, fd_flags)),
        heap_flags: long(offset_of!(AllocationDataV12, heap_flags)),
    };
    let reserved = [word(offset_of!(AllocationDataV12, reserved0)), word(offset_of!(AllocationDataV12, reserved1))];
    (fields, reserved)
}
