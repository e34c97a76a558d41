//! Keeping buffers, and passing them to other processes: by inheritance and over a Unix socket.

mod address;
mod await_one;
pub(crate) mod command;
pub(crate) mod environment;
mod keep;
mod listener;
mod offer;
mod peer;
pub mod protocol;
mod readiness;
mod receive;
mod serve;

pub use address::Address;
pub use await_one::{Received, await_one};
pub use command::{Command, NotRun, Passed};
pub use environment::Told;
pub use keep::{End, Until, keep};
pub use listener::Listener;
pub use offer::{Offer, send};
pub use peer::Peer;
pub use readiness::Readiness;
pub use receive::{Accept, Arrival, receive, receive_from};
pub use serve::Service;
