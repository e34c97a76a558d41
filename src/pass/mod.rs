//! Keeping buffers, and passing them to other processes: by inheritance and over a Unix socket.

mod address;
mod await_one;
pub(crate) mod command;
pub(crate) mod environment;
mod keep;
mod listener;
mod offer;
mod peer;
pub(crate) mod protocol;
mod readiness;
mod receive;
mod serve;

pub(crate) use address::Address;
pub(crate) use await_one::{Received, await_one};
pub(crate) use command::{Command, NotRun, Passed};
pub(crate) use environment::Told;
pub(crate) use keep::{End, Until, keep};
pub(crate) use listener::Listener;
pub(crate) use offer::{Offer, send};
pub(crate) use peer::Peer;
pub(crate) use readiness::Readiness;
pub(crate) use receive::{Accept, Arrival, receive};
pub(crate) use serve::Service;
