//! How much may be asked of heaps that do not refuse by themselves, so nothing else on the machine is killed.
//!
//! [`MemoryBudget`] is what the machine and its cgroups leave at a moment, [`guard`] refuses what goes beyond it and makes
//! the process the OOM killer's first victim, [`shared`] keeps account of many requests. Begin with [`guard`].

mod amount;
pub(crate) mod guard;
pub(crate) mod own_memory;
pub(crate) mod request;
pub(crate) mod shared;

pub(crate) use amount::{Bound, BudgetShare, Cost, MemoryBudget};
