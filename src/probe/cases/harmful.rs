//! Lengths that let the OOM killer loose: it takes the child that sends them.

use super::send;
use crate::probe::case::{Case, Outcomes};
use crate::probe::request::{Len, RawRequest};

/// CMA heaps answer ENOMEM, as vendors' system heaps do.
const KILLED: Outcomes = Outcomes::both("killed SIGKILL|ENOMEM").cma("ENOMEM");

pub(super) const CASES: &[Case] = &[
    send(
        "unsafe_len_most",
        "the greatest len that does not wrap",
        RawRequest::GOOD.len(Len::GreatestThatDoesNot),
        KILLED,
        "system_heap_allocate",
    ),
    send(
        "unsafe_len_terabyte",
        "a len of 2^40 and a page",
        RawRequest::GOOD.len(Len::Pages(1, 1 << 40)),
        KILLED,
        "system_heap_allocate",
    ),
];
