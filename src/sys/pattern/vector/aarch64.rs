//! Advanced SIMD.

pub(super) use std::arch::aarch64::{uint64x2_t as Pair, veorq_u64 as xor};
