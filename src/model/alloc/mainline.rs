//! The request of Linux 5.6 and later (`dma_heap_ioctl`).
//!
//! The number alone selects the request: neither the type nor the size nor the direction is compared,
//! the latter two only say how much is copied. So a struct may be shorter than the kernel's (the rest
//! is zero) or longer (the rest is ignored), and a request that copies nothing out allocates a buffer
//! that its caller never hears of.

use super::fields::{self, FD};
use super::outcome::{FdFate, Outcome};
use super::plan::{AllocationPlan, check};
use crate::model::{Arg, Check, Errno, Kernel, Reply, Request};
use crate::uapi::dma_heap::AllocationData;

/// `_IOC_SIZE(DMA_HEAP_IOCTL_ALLOC)`.
const SIZE: usize = size_of::<AllocationData>();

pub(super) fn decide(kernel: &Kernel, request: Request, arg: &Arg<'_>) -> Result<AllocationPlan, Reply> {
    if request.nr() != 0 && kernel.has(Check::Number) {
        return Err(Reply::err(Errno::EINVAL));
    }
    let unchecked = || (!kernel.has(Check::CopyIn)).then_some([].as_slice());
    let Some(copied_in) = arg.copy_in(request.in_size()).or_else(unchecked) else {
        return Err(Reply::err(Errno::EFAULT));
    };
    // What the caller did not give is zero, in the struct and in what goes back to a request that only reads.
    let mut data = copied_in.to_vec();
    data.resize(SIZE, if kernel.has(Check::ZeroFill) { 0 } else { u8::MAX });
    let fields = fields::parse(&data);
    let mut reply = copied_in.to_vec();
    reply.resize(request.out_size(), 0);
    match check(kernel, &fields) {
        Err(errno) => Err(rejection(kernel.efault_fixed, reply, arg.writable, errno)),
        Ok(len) => {
            Ok(AllocationPlan { len, fd_flags: fields.fd_flags, kernel: *kernel, reply, writable: arg.writable })
        }
    }
}

pub(super) fn finish(plan: AllocationPlan, allocated: Result<u32, Errno>) -> Outcome {
    let AllocationPlan { mut reply, writable, kernel, .. } = plan;
    let efault_fixed = kernel.efault_fixed;
    let fd = match allocated {
        Ok(fd) => fd,
        Err(errno) => return Outcome::without_buffer(rejection(efault_fixed, reply, writable, errno)),
    };
    let fate = put_fd(&mut reply, fd);
    let (copy_out, whole) = Arg::copy_out(writable, reply);
    let (result, fd) = match (whole || !kernel.has(Check::CopyOut), efault_fixed) {
        (true, _) => (Ok(0), fate),
        (false, true) => (Err(Errno::EFAULT), FdFate::Closed),
        (false, false) => (Err(Errno::EFAULT), FdFate::Leaked),
    };
    Outcome { result, copy_out, fd }
}

/// A rejection before the 2026 fix copied the struct back nevertheless, and where that failed, EFAULT took the place of
/// the reason; since the fix nothing is copied.
fn rejection(efault_fixed: bool, unchanged: Vec<u8>, writable: usize, errno: Errno) -> Reply {
    if efault_fixed {
        return Reply::err(errno);
    }
    let (copy_out, whole) = Arg::copy_out(writable, unchanged);
    Reply { result: Err(if whole { errno } else { Errno::EFAULT }), copy_out }
}

/// Writes as much of `fd` as the reply has room for.
fn put_fd(reply: &mut [u8], fd: u32) -> FdFate {
    let room = reply.get_mut(FD..).unwrap_or_default();
    let written = room.iter_mut().zip(fd.to_ne_bytes()).map(|(to, from)| *to = from).count();
    match written {
        0 => FdFate::Hidden,
        4 => FdFate::Returned,
        _ => FdFate::PartlyReturned,
    }
}
