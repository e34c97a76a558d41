//! Allocating what options ask for: which heaps those are, and buffers from each.

use crate::args::allocation::Allocation;
use crate::cmd::{heaps, message};
use crate::dmabuf::BufferName;
use crate::error::Error;
use crate::heap::alloc::{BufferPlan, HeldBuffer};
use crate::host::Root;
use crate::pass::socket::Description;

pub(super) fn plan(allocation: &Allocation, root: &Root) -> anyhow::Result<BufferPlan> {
    Ok(BufferPlan {
        places: heaps::places(allocation.heap.clone(), allocation.how.verbose, root)?,
        request: allocation.request(),
        count: allocation.count,
        name: allocation.name.clone(),
        force: allocation.how.force,
        warn: message::print_error,
    })
}

/// All of the buffers, or none.
pub(super) fn all(plan: BufferPlan, root: &Root) -> Result<Vec<HeldBuffer>, Error> {
    let outcome = plan.carry_out(root)?;
    outcome.failure.map_or(Ok(outcome.held), Err)
}

/// Returns what a process that gets `held` learns of it.
pub(super) fn description(held: &HeldBuffer, allocation: &Allocation) -> Description {
    let name = allocation.name.as_ref().map(BufferName::as_str).map(str::to_owned);
    Description { heap: Some(held.heap.as_ref().to_owned()), name }
}
