//! Heaps: which there are, what they are called, how to open one and allocate from it without harm.

pub(crate) mod alloc;
pub(crate) mod budget;
pub(crate) mod check;
pub(crate) mod discover;
pub(crate) mod name;
pub(crate) mod nodes;
pub(crate) mod open;
pub(crate) mod place;

pub(crate) use alloc::{AllocationRequest, RequestAbi};
pub(crate) use name::{MemoryKind, Selector};
pub(crate) use open::Heap;
pub(crate) use place::Place;
