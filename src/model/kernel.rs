//! Which kernel answers.

use super::Check;

use super::Release;

/// The properties of a kernel that its answers depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kernel {
    /// The allocation request that it knows.
    pub abi: Abi,
    /// The release, for the rules that changed.
    pub release: Release,
    /// Bytes of a page: a power of two, 4096 to 65536.
    pub page_size: u64,
    /// Width of its `long` and `size_t`; a 32-bit caller of a 64-bit kernel does not change it.
    pub long_bits: LongBits,
    /// Whether it has "dma-buf: dma-heap: don't publish fd before copy_to_user() succeeds" (2026, also in stable
    /// releases, so the release does not decide).
    pub efault_fixed: bool,
    /// Whether `init_pseudo` sets `SB_I_NOEXEC` (6de2aef, 2026, also in stable releases), so a buffer cannot be mapped
    /// `PROT_EXEC`.
    pub pseudo_noexec: bool,
    /// `CONFIG_SYNC_FILE`.
    pub sync_file: bool,
    /// A check that it leaves out.
    #[cfg(test)]
    pub without: Option<Check>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Abi {
    /// Linux 5.6 and later: 24 bytes, extensible, recognised by its number alone.
    Mainline,
    /// The 2019 v12 series, never merged: 32 bytes, recognised by the whole word.
    V12,
}

impl Abi {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mainline => "mainline",
            Self::V12 => "v12",
        }
    }
}

/// Width of `long` and `size_t` in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LongBits {
    /// arm, i386.
    Bits32,
    /// x86-64, arm64, riscv64.
    Bits64,
}

impl Kernel {
    /// Linux 6.12 as Debian builds it for clouds, on a 64-bit machine with pages of 4 KiB: the kernel
    /// that the rules were measured on. It has no `CONFIG_SYNC_FILE`. That it maps buffers `PROT_EXEC`
    /// was not measured.
    pub(crate) const DEBIAN_6_12: Self = Self {
        abi: Abi::Mainline,
        release: Release(6, 12),
        page_size: 4096,
        long_bits: LongBits::Bits64,
        efault_fixed: true,
        pseudo_noexec: false,
        sync_file: false,
        #[cfg(test)]
        without: None,
    };

    /// Whether it makes a check, as every kernel does; only a test's does not.
    #[cfg(not(test))]
    pub(crate) const fn has(&self, _: Check) -> bool {
        true
    }

    #[cfg(test)]
    pub(crate) fn has(&self, check: Check) -> bool {
        self.without != Some(check)
    }

    /// `n` as a `size_t`: the low bits of it.
    pub(crate) const fn size_t(&self, n: u64) -> u64 {
        match self.long_bits {
            LongBits::Bits32 => n & 0xffff_ffff,
            LongBits::Bits64 => n,
        }
    }

    /// `PAGE_ALIGN(n)` of a `size_t`: the next page boundary, 0 where that wraps.
    pub(crate) const fn page_align(&self, n: u64) -> u64 {
        let mask = self.page_size.wrapping_sub(1);
        self.size_t(self.size_t(n).wrapping_add(mask)) & !mask
    }
}
