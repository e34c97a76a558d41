//! What the memory cgroup of this process, and each one above it that can be seen, leaves.
//!
//! Where a limit is reached the kernel reclaims, and then runs the OOM killer inside of that cgroup
//! (`mem_cgroup_out_of_memory`), whatever the machine has free. Begin with [`Hierarchies`].

mod files;
mod hierarchy;
mod limits;

#[cfg(fuzzing)]
pub(crate) use hierarchy::Way;
pub(crate) use hierarchy::{Hierarchies, of_memory};
pub(crate) use limits::{CgroupLimits, Level};

#[cfg(test)]
mod tests;
