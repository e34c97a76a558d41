//! Processes: this one's limits, signals and session, and its children.
//!
//! A child is a [`child::Child`], made by the only fork(2), with a typed [`channel`] to it; how it ended is an
//! [`ExitStatus`](wait::ExitStatus). The program has one thread wherever it forks. Signals are blocked and read as data
//! ([`signals`]) where something must be cleaned up before the process ends. Begin reading with `child`.

pub(crate) mod affinity;
pub(crate) mod alarm;
pub(crate) mod capability;
pub(crate) mod channel;
pub(crate) mod child;
pub(crate) mod credentials;
pub(crate) mod exec;
pub(crate) mod filter;
pub(crate) mod rlimit;
pub(crate) mod session;
pub(crate) mod signals;
pub(crate) mod startup;
pub(crate) mod victim;
pub(crate) mod wait;
