//! kcmp(2): whether two tasks share something.

use crate::sys::{Errno, Result};
use std::cmp::Ordering;

/// A resource that two tasks may share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SharedResource {
    /// The table of file descriptors.
    Descriptors,
    Memory,
}

impl SharedResource {
    /// `KCMP_VM` and `KCMP_FILES` of linux/kcmp.h.
    fn kind(self) -> libc::c_int {
        match self {
            Self::Memory => 1,
            Self::Descriptors => 2,
        }
    }
}

/// Compares what two tasks have; `Equal` if they share it. The order of others is the kernel's own and
/// holds as long as the tasks live.
///
/// # Errors
/// ESRCH for a task that has ended, EPERM for one that may not be inspected, ENOSYS without `CONFIG_KCMP`.
pub(crate) fn compare(one: u32, other: u32, what: SharedResource) -> Result<Ordering> {
    // SAFETY: kcmp takes five numbers and touches no memory of this process.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_kcmp,
            one as libc::pid_t,
            other as libc::pid_t,
            what.kind(),
            0 as libc::c_ulong,
            0 as libc::c_ulong,
        )
    };
    match Errno::result(answer)? {
        0 => Ok(Ordering::Equal),
        1 => Ok(Ordering::Less),
        _ => Ok(Ordering::Greater),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_shares_everything_with_itself() {
        let me = std::process::id();
        match compare(me, me, SharedResource::Descriptors) {
            Ok(order) => assert_eq!(order, Ordering::Equal),
            Err(errno) => assert!(matches!(errno, Errno::ENOSYS | Errno::EPERM), "{errno}"),
        }
    }
}
