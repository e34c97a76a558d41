//! Heaps: which there are, what they are called, how to open one and allocate from it without harm.
//!
//! A request goes from [`name`] (what was typed) by [`place`] (the node's path) and [`check`] (is it a heap's, before any
//! driver is called) to [`open`], and from there to [`alloc`], which asks [`budget`] before it asks the kernel. [`discover`]
//! does the same for all that there are, and allocates nothing; [`area`] finds the CMA area of each, [`abi`] the request that it takes. Opening and requests happen here only. Begin with [`open`].

pub(crate) mod abi;
pub(crate) mod alloc;
pub(crate) mod area;
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
