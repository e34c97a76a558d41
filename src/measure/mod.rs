//! How long something took: the clock, what reading it costs, and many latencies as a few figures.

pub(crate) mod clock;
mod latency;

pub(crate) use crate::sys::clock::Stamp;
pub(crate) use clock::Clock;
pub(crate) use latency::{Latency, Summary};
