//! Capabilities of this process (capabilities(7)), asked of the kernel, which works without /proc too.

use super::{Errno, Result};

/// A capability, by its number in linux/capability.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Reads and writes files whatever their permission bits.
    DacOverride = 1,
    /// Reads files whatever their permission bits.
    DacReadSearch = 2,
    /// Looks into the processes of others.
    SysPtrace = 19,
}

/// The effective capabilities of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effective(u64);

impl Effective {
    /// Those of this process: capget(2).
    ///
    /// # Errors
    /// That of a filter of system calls; the kernel itself knows this version since 2.6.26.
    pub fn of_this_process() -> Result<Self> {
        /// `_LINUX_CAPABILITY_VERSION_3`.
        const VERSION: u32 = 0x2008_0522;
        /// `struct __user_cap_header_struct`; the process 0 is this one.
        #[repr(C)]
        struct Header {
            version: u32,
            pid: i32,
        }
        let mut header = Header { version: VERSION, pid: 0 };
        // `struct __user_cap_data_struct` twice: effective, permitted, inheritable of 32 capabilities each.
        let mut data = [[0_u32; 3]; 2];
        // SAFETY: the kernel reads and writes the header, and of that version writes two of the structures; both
        // are live and borrowed for the call.
        Errno::result(unsafe { libc::syscall(libc::SYS_capget, &raw mut header, data.as_mut_ptr()) })?;
        let [[low, ..], [high, ..]] = data;
        Ok(Self(u64::from(high) << 32 | u64::from(low)))
    }

    /// Every capability, as root has them.
    #[must_use]
    pub fn all() -> Self {
        Self(u64::MAX)
    }

    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self(0)
    }

    /// Whether `capability` is one of them.
    #[must_use]
    pub fn has(self, capability: Capability) -> bool {
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
        assert!(Effective::all().has(Capability::DacReadSearch) && !Effective::none().has(Capability::DacReadSearch));
    }
}
