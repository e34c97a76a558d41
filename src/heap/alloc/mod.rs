//! Allocating: one request, or many that are compared with the memory budget before they are sent.

mod plan;
mod refusal;
mod request;

pub(crate) use plan::{BufferPlan, HeldBuffer};
pub(crate) use refusal::explain;
pub(crate) use request::{AllocationRequest, RequestAbi};
