//! Lengths that let the OOM killer loose: it takes the child that sends them.

use super::row::{GOOD, cases, same};
use crate::heap::MemoryKind;
use crate::probe::case::CaseAction::Send;
use crate::probe::case::{Case, Outcomes};
use crate::probe::request::Len;

/// CMA heaps answer ENOMEM, as vendors' system heaps do.
const KILLED: Outcomes = same("killed SIGKILL|ENOMEM").on(&[(MemoryKind::Cma, "ENOMEM")]);

pub(super) const CASES: &[Case] = cases! {
    "unsafe_len_most": "the greatest len that does not wrap",
        Send(GOOD.len(Len::GreatestThatDoesNot)) => KILLED, "system_heap_allocate";
    "unsafe_len_terabyte": "a len of 2^40 and a page",
        Send(GOOD.len(Len::Pages(1, 1 << 40))) => KILLED, "system_heap_allocate";
};
