//! How long something took: the clock, what reading it costs, and many latencies as a few figures.

pub mod clock;
mod latency;

pub use crate::sys::clock::Stamp;
pub use clock::Clock;
pub use latency::{Latency, Summary};
