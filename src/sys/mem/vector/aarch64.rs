//! Advanced SIMD.

pub(super) use std::arch::aarch64::{uint64x2_t as Pair, veorq_u64 as xor, vorrq_u64 as or};

/// Asks for the line of the cache that `address` lies in, which nothing else depends on.
#[inline(always)]
pub(super) fn prefetch(address: *const u8) {
    // SAFETY: the instruction is one of the target's, faults at no address and changes nothing.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
}
