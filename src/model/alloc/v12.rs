//! The request of the 2019 v12 series (`dma_heap_ioctl_allocate` of "dma-buf: Add dma-buf heaps
//! framework", never merged in this form): compared exactly, all of its 32 bytes copied both ways.

use super::fields::{self, FD};
use super::outcome::{FdFate, Outcome};
use super::plan::{AllocationPlan, check};
use crate::model::{Arg, Check, Errno, Kernel, Reply, Request};
use crate::uapi::dma_heap::{AllocationDataV12, IOCTL_ALLOC_V12};

const SIZE: usize = size_of::<AllocationDataV12>();

pub(super) fn decide(kernel: &Kernel, request: Request, arg: &Arg<'_>) -> Result<AllocationPlan, Reply> {
    if request.number() != IOCTL_ALLOC_V12 && kernel.has(Check::Number) {
        return Err(Reply::err(Errno::ENOTTY));
    }
    let Some(data) = arg.copy_in_array::<SIZE>(kernel, Check::CopyIn) else {
        return Err(Reply::err(Errno::EFAULT));
    };
    if fields::reserved(&data) != [0; 2] && kernel.has(Check::Reserved) {
        return Err(Reply::err(Errno::EINVAL));
    }
    let fields = fields::parse(&data);
    match check(kernel, &fields) {
        Err(errno) => Err(Reply::err(errno)),
        Ok(len) => Ok(AllocationPlan {
            len,
            fd_flags: fields.fd_flags,
            kernel: *kernel,
            reply: data.to_vec(),
            writable: arg.writable,
        }),
    }
}

/// A failed allocation writes nothing back; a failed copy back closes the new fd again (`ksys_close`).
pub(super) fn finish(plan: AllocationPlan, allocated: Result<u32, Errno>) -> Outcome {
    let AllocationPlan { mut reply, writable, kernel, .. } = plan;
    let fd = match allocated {
        Ok(fd) => fd,
        Err(errno) => return Outcome::without_buffer(Reply::err(errno)),
    };
    if let Some(room) = reply.get_mut(FD..FD + 4) {
        room.copy_from_slice(&fd.to_ne_bytes());
    }
    let (copy_out, whole) = Arg::copy_out(writable, reply);
    if whole || !kernel.has(Check::CopyOut) {
        Outcome { result: Ok(0), copy_out, fd: FdFate::Returned }
    } else {
        Outcome { result: Err(Errno::EFAULT), copy_out, fd: FdFate::Closed }
    }
}
