//! Keeping buffers, and passing them to other processes: by inheritance and over a Unix socket.

mod address;
mod peer;
pub mod protocol;
mod receive;

pub use address::Address;
pub use peer::Peer;
pub use receive::{Accept, Arrival, receive, receive_from};
