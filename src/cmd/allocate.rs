//! Allocating what options ask for: which heaps those are, and buffers from each.

use crate::args::allocation::Allocation;
use crate::args::heaps::Heaps;
use crate::cmd::message;
use crate::dmabuf::BufferName;
use crate::error::Error;
use crate::heap::Place;
use crate::heap::alloc::{BufferPlan, HeldBuffer};
use crate::heap::name::CMA_ALIAS;
use crate::host::Root;
use crate::pass::socket::Description;
use crate::ui::output;

/// Finds the nodes of the heaps; says what `cma` stands for if that is wanted.
pub(super) fn places(heaps: &Heaps, root: &Root) -> Vec<Place> {
    let places: Vec<Place> = heaps.heap.iter().map(|selector| Place::of(selector, root)).collect();
    for place in places.iter().filter(|place| heaps.verbose && place.by_alias) {
        output::info(&format!("{CMA_ALIAS} resolves to {}", place.name));
    }
    places
}

pub(super) fn plan(allocation: &Allocation, root: &Root) -> BufferPlan {
    BufferPlan {
        places: places(&allocation.heaps, root),
        request: allocation.request(),
        count: allocation.count,
        name: allocation.name.clone(),
        force: allocation.heaps.force,
        warn: message::print_error,
    }
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
