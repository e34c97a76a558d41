//! A soak: buffers of random sizes are allocated, filled, verified, shared and freed, for a long time.
//!
//! Each job is a thread with slots for buffers, a thread beside it, and a child process, which were made before any
//! thread was. What a job does is a sequence of steps, each of which depends on the seed, the job and the step's number
//! and on nothing else, so a failure can be repeated. Shortage (ENOMEM, EMFILE) is counted; anything else that is not
//! as it should be is a failure.

mod content;
mod failure;
mod held;
mod left;
mod partner;
pub(crate) mod peer;
mod plan;
mod run;
mod shared;
mod step;
mod worker;

pub(crate) use failure::Failure;
pub(crate) use plan::{Hold, Misfit, StressPlan};
pub(crate) use run::{Reporter, StressOutcome, run};
pub(crate) use shared::Progress;
