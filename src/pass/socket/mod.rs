//! Handing descriptors over a Unix socket.
//!
//! `protocol` is what is said, and the place to begin reading; a `Peer` is a connection with its deadline, which either
//! side can be: `send` gives to one that listens, `receive` takes from one, and `Service` gives to all that connect.

mod address;
mod listen;
mod peer;
pub(crate) mod protocol;
mod receive;
mod send;
mod serve;

pub(crate) use address::Address;
pub(crate) use listen::Listener;
pub(crate) use protocol::Description;
pub(crate) use receive::{Accept, Arrival, Received, await_one, receive};
pub(crate) use send::{Offer, send};
pub(crate) use serve::Service;
