//! Capabilities of this process (capabilities(7)), asked of the kernel, which works without /proc too.

use crate::sys::{Errno, Result};

/// A capability, by its number in linux/capability.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capability {
    /// Reads and writes files whatever their permission bits.
    DacOverride = 1,
    /// Reads files whatever their permission bits.
    DacReadSearch = 2,
    /// Looks into the processes of others.
    SysPtrace = 19,
}

/// The effective capabilities of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effective(u64);

/// `struct __user_cap_header_struct`; the process 0 is the calling thread.
#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: i32,
}

impl CapabilityHeader {
    /// `_LINUX_CAPABILITY_VERSION_3`.
    const OF_THIS_THREAD: Self = Self { version: 0x2008_0522, pid: 0 };
}

/// `struct __user_cap_data_struct` twice: effective, permitted, inheritable of 32 capabilities each.
type Sets = [[u32; 3]; 2];

/// Reads the capabilities of the calling thread: capget(2).
fn sets() -> Result<Sets> {
    let (mut header, mut sets) = (CapabilityHeader::OF_THIS_THREAD, Sets::default());
    // SAFETY: the kernel reads and writes the header, and of that version writes two of the structures; both
    // are live and borrowed for the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_capget, &raw mut header, sets.as_mut_ptr()) })?;
    Ok(sets)
}

impl Effective {
    /// Reads the capabilities of this process: capget(2).
    ///
    /// # Errors
    /// Fails only where a filter of system calls does; the kernel itself knows this version since 2.6.26.
    pub(crate) fn of_this_process() -> Result<Self> {
        let [[low, ..], [high, ..]] = sets()?;
        Ok(Self(u64::from(high) << 32 | u64::from(low)))
    }

    /// The mask that /proc shows, 16 hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }

    /// Makes them those of the calling thread, as far as it is permitted to have them: capset(2), by the system call
    /// itself, which changes one thread.
    pub(crate) fn take(self) -> Result<()> {
        let (mut header, mut sets) = (CapabilityHeader::OF_THIS_THREAD, sets()?);
        for (set, wanted) in sets.iter_mut().zip([self.0 as u32, (self.0 >> 32) as u32]) {
            set[0] = wanted & set[1];
        }
        // SAFETY: the kernel reads the header, which it writes for an unknown version only, and of this one two
        // of the structures; both are live and borrowed for the call.
        Errno::result(unsafe { libc::syscall(libc::SYS_capset, &raw mut header, sets.as_ptr()) }).map(drop)
    }

    pub(crate) fn none() -> Self {
        Self(0)
    }

    /// Whether `capability` is one of them.
    pub(crate) fn has(self, capability: Capability) -> bool {
        self.0 >> capability as u32 & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_proc() {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let text = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
        let of_proc = u64::from_str_radix(text.trim(), 16).unwrap();
        assert_eq!(Effective::of_this_process(), Ok(Effective(of_proc)));
    }

    #[test]
    fn each_is_its_bit() {
        assert!(Effective(1 << 19).has(Capability::SysPtrace) && !Effective(1 << 19).has(Capability::DacOverride));
        assert!(
            Effective(u64::MAX).has(Capability::DacReadSearch) && !Effective::none().has(Capability::DacReadSearch)
        );
    }
}
