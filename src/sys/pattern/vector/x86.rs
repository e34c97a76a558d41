//! SSE2.

#[cfg(target_arch = "x86")]
use std::arch::x86 as arch;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64 as arch;

pub(super) use arch::{__m128i as Pair, _mm_xor_si128 as xor};
