//! Keeping buffers, and passing them to other processes.
//!
//! [`run`] is a command that inherits them: it takes this process's place, or is its child. [`socket`] is the protocol
//! by which `send` and `recv`, or a holder and its clients, hand descriptors over a Unix socket; who is at the other
//! end may be slow, silent or hostile, so nothing waits for it beyond its time. [`keep()`] waits for the end of a hold,
//! and serves in the meantime; [`Readiness`] says that there is something to wait for no more.

mod keep;
mod readiness;
pub(crate) mod run;
pub(crate) mod socket;

pub(crate) use keep::{Until, keep};
pub(crate) use readiness::Readiness;
