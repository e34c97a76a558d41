//! On which CPUs a thread runs.

use crate::sys::{Errno, Result};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The CPUs that this thread may run on, upwards.
pub(crate) fn allowed() -> Result<Vec<usize>> {
    let set = sched_getaffinity(Pid::from_raw(0))?;
    Ok((0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false)).collect())
}

/// Keeps this thread on the CPUs `cpus`. EINVAL where none of them may be used.
pub(crate) fn keep_on(cpus: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(*cpu).map_err(|_| Errno::EINVAL)?;
    }
    sched_setaffinity(Pid::from_raw(0), &set)
}
