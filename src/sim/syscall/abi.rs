//! The system call ABIs that are served.

pub(crate) const AUDIT_ARCH_X86_64: u32 = 0xc000_003e;
/// Marks the numbers of x32 (`__X32_SYSCALL_BIT` of asm/unistd.h), whose `AUDIT_ARCH` is that of x86-64.
pub(crate) const X32_BIT: u32 = 0x4000_0000;

/// A numbering of system calls with its layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(dead_code, reason = "each build makes only those of its machine")]
pub(crate) enum SyscallAbi {
    /// x86-64's own, without the numbers of x32.
    X86_64,
    /// i386's, by a 32-bit program or by `int 0x80` from any.
    I386,
    /// `asm-generic`, 64 bits: arm64 and riscv64.
    Generic,
}

impl SyscallAbi {
    /// The `AUDIT_ARCH_*` values of this machine's processes, as far as a supervisor of this build can look into them:
    /// one of 32 bits cannot read the memory of a process of 64. Empty where the numbering is not known.
    pub(crate) const OF_THIS_MACHINE: &'static [(u32, Self)] = &[
        #[cfg(target_arch = "x86_64")]
        (AUDIT_ARCH_X86_64, Self::X86_64),
        #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
        (0x4000_0003, Self::I386),
        #[cfg(target_arch = "aarch64")]
        (0xc000_00b7, Self::Generic),
        #[cfg(target_arch = "riscv64")]
        (0xc000_00f3, Self::Generic),
    ];

    /// The numbering that an `AUDIT_ARCH_*` value stands for.
    pub(crate) fn of_arch(arch: u32) -> Option<Self> {
        Self::OF_THIS_MACHINE.iter().find(|(value, _)| *value == arch).map(|(_, abi)| *abi)
    }
}
