//! How much may be asked of heaps that do not refuse by themselves, so that nothing else on the machine is killed.

mod amount;
pub(crate) mod guard;
pub(crate) mod own_memory;
pub(crate) mod request;
pub(crate) mod shared;

pub(crate) use amount::{Bound, BudgetShare, Cost, MemoryBudget};
