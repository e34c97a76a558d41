//! Whether others may have used up the memory of a heap.

use super::context::CaseContext;
use crate::heap::MemoryKind;
use crate::heap::discover::Listing;
use crate::host::Root;
use crate::size::Human;

/// Says why ENOMEM may be the doing of others; `None` if the memory of the heap is not shared, or all of it is free.
pub(super) fn by_others(root: &Root, context: &CaseContext<'_>) -> Option<String> {
    if context.kind != MemoryKind::Cma {
        return None;
    }
    let area = Listing::entry_at(root, context.path).area.map(|area| area.value);
    match area.and_then(|area| Some((area.total?, area.free?))) {
        Some((total, free)) if free >= total => None,
        Some((total, free)) => {
            Some(format!("others hold {} of the {} in the heap's area", Human(total - free), Human(total)))
        }
        None => Some("others may hold the memory of the heap's area, whose figures cannot be read".to_owned()),
    }
}
