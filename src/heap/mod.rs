//! Heaps: which there are, what they are called, how to open one and allocate from it without harm.

pub mod allocate;
pub mod allowance;
pub mod batch;
pub mod demand;
pub mod guard;
pub mod listing;
pub mod name;
pub mod node;
pub mod obstacle;
pub mod open;
pub mod own_memory;
mod permit;

pub use allocate::{Abi, Request};
pub use name::{Kind, Selector};
pub use open::{Heap, Place};
