//! SSE2.

#[cfg(target_arch = "x86")]
use std::arch::x86 as arch;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64 as arch;

pub(super) use arch::{__m128i as Pair, _mm_or_si128 as or, _mm_xor_si128 as xor};

/// Asks for the line of the cache that `address` lies in, which nothing else depends on.
#[inline(always)]
pub(super) fn prefetch(address: *const u8) {
    // SAFETY: the instruction is one of the target's, and faults at no address.
    unsafe { arch::_mm_prefetch::<{ arch::_MM_HINT_T0 }>(address.cast()) };
}
