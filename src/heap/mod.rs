//! Heaps: which there are, what they are called, how to open one and allocate from it without harm.

pub(crate) mod allocate;
pub(crate) mod allowance;
pub(crate) mod batch;
pub(crate) mod demand;
pub(crate) mod guard;
pub(crate) mod listing;
pub(crate) mod name;
pub(crate) mod node;
pub(crate) mod obstacle;
pub(crate) mod open;
pub(crate) mod own_memory;
mod permit;

pub(crate) use allocate::{Abi, Request};
pub(crate) use name::{Kind, Selector};
pub(crate) use open::{Heap, Place};
