//! The allocation request as the heaps' driver answers it, in two steps around the allocation itself.
//!
//! [`driver`] says what happens before memory is asked for: the request is rejected, or the driver allocates.
//! [`AllocationPlan::finish`] takes how that went and says what is written back, what the call returns, and what
//! becomes of the new file descriptor. Between the two the order is the kernel's: memory first (ENOMEM), then a slot
//! in the fd table (EMFILE), for which the memory is given back.

mod fields;
mod mainline;
mod outcome;
mod plan;
mod v12;

pub(crate) use outcome::{FdFate, Outcome};
pub(crate) use plan::AllocationPlan;

use super::{Abi, Arg, Errno, Kernel, Reply, Request};

/// Returns what `dma_heap_ioctl` does with `request`: the allocation that it accepts, or its rejection, with nothing
/// allocated.
pub(crate) fn driver(kernel: &Kernel, request: Request, arg: &Arg<'_>) -> Result<AllocationPlan, Reply> {
    match kernel.abi {
        Abi::Mainline => mainline::decide(kernel, request, arg),
        Abi::V12 => v12::decide(kernel, request, arg),
    }
}

impl AllocationPlan {
    /// Returns how the call ends, once the heap and the fd table have answered with the new file descriptor or with an
    /// error (ENOMEM, EMFILE, ENFILE, EINTR …).
    pub(crate) fn finish(self, allocated: Result<u32, Errno>) -> Outcome {
        match self.kernel.abi {
            Abi::Mainline => mainline::finish(self, allocated),
            Abi::V12 => v12::finish(self, allocated),
        }
    }
}

#[cfg(test)]
mod tests;
