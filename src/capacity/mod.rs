//! How much a heap gives: the largest single buffer, and the total in buffers of one size.
//!
//! A child process asks, so whatever happens to it (a signal, the end of a time, the OOM killer) takes nothing with it:
//! its buffers end with it, and what it has reported is kept. This process decides what is asked: begin reading with
//! `measure`. Requests are bounded by the guard of [`crate::heap::budget::guard`] unless the heap has a CMA area of its
//! own or `force` is set.

pub(crate) mod child;
mod measure;
mod search;
mod stop;

pub(crate) use measure::{Limits, Measurement, measure};
pub(crate) use stop::Stop;
