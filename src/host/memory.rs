//! How much memory a heap without an area of its own may take before something else is killed.

use super::Root;
use crate::host::parse::meminfo::{self, Meminfo};
use crate::sys::{Errno, errno_name, system};
use std::fmt;
use std::path::Path;

const MEBIBYTE: u64 = 1024 * 1024;

/// Where the figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemorySource {
    /// `/proc/meminfo`.
    Meminfo,
    /// sysinfo(2), which knows neither page cache that could be dropped nor CMA.
    /// It says why it was asked: ENOENT where `/proc/meminfo` is not there.
    Sysinfo(Errno),
}

impl fmt::Display for MemorySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meminfo => f.write_str("MemAvailable"),
            Self::Sysinfo(Errno::ENOENT) => f.write_str("no /proc/meminfo; free memory according to sysinfo(2)"),
            Self::Sysinfo(errno) => {
                write!(f, "/proc/meminfo cannot be read ({}); free memory according to sysinfo(2)", errno_name(*errno))
            }
        }
    }
}

/// The machine's memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SystemMemory {
    pub total: u64,
    /// Bytes that could be allocated without swapping; includes free CMA pages.
    pub available: u64,
    /// The sum over all CMA areas, if the kernel says.
    pub cma_total: Option<u64>,
    /// Free pages of all CMA areas, if the kernel says. Heaps other than CMA heaps cannot use them.
    pub cma_free: Option<u64>,
    pub source: MemorySource,
}

impl SystemMemory {
    /// Asks the machine. `None` only where not even sysinfo(2) answers.
    pub(crate) fn of(root: &Root) -> Option<Self> {
        let path = Path::new("/proc/meminfo");
        let meminfo = root.read(path).and_then(|bytes| Self::of_meminfo(meminfo::parse(&bytes)).ok_or(Errno::EINVAL));
        let errno = meminfo.as_ref().err().copied().unwrap_or(Errno::ENOENT);
        root.known(path, meminfo).or_else(|| {
            let (total, available) = root.is_machine().then(system::memory)?.ok()?;
            Some(Self { total, available, cma_total: None, cma_free: None, source: MemorySource::Sysinfo(errno) })
        })
    }

    /// Takes the figures of `/proc/meminfo`; `None` where it does not say enough.
    pub(crate) fn of_meminfo(meminfo: Meminfo) -> Option<Self> {
        let Meminfo { cma_total, cma_free, .. } = meminfo;
        let (total, available) = (meminfo.total?, meminfo.available.or(meminfo.free)?);
        Some(Self { total, available, cma_total, cma_free, source: MemorySource::Meminfo })
    }

    /// Returns what is left alone for the rest of the machine, bytes: 5 % of the total, between 2 and 64 MiB, and what
    /// watermark boosting can put out of reach.
    ///
    /// When the kernel must mix movable and other pages in one block, it raises the zone's watermarks by the size of a
    /// block (`boost_watermark` in `mm/page_alloc.c`), which MemAvailable does not count. Where nothing can be
    /// reclaimed they stay raised, and the OOM killer runs with that much memory free.
    pub(crate) fn reserve(&self, page_size: u64) -> u64 {
        let share = (self.total / 20).clamp(2 * MEBIBYTE, 64 * MEBIBYTE);
        let block = page_block(page_size);
        let boost = if self.total / 4 >= block { block } else { 0 };
        share + boost
    }

    /// The budget of a heap that has no CMA area: available − free CMA − reserve.
    pub(crate) fn budget(&self, page_size: u64) -> u64 {
        self.available.saturating_sub(self.cma_free.unwrap_or(0)).saturating_sub(self.reserve(page_size))
    }
}

/// The largest page block that a kernel with this page size can have, bytes: a huge page of the second
/// level (2 MiB with 4 KiB pages, 512 MiB with 64 KiB) or, without huge pages, 1024 pages.
fn page_block(page_size: u64) -> u64 {
    (page_size * page_size / 8).max(1024 * page_size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(total: u64, available: u64, cma_free: u64) -> SystemMemory {
        SystemMemory { total, available, cma_total: None, cma_free: Some(cma_free), source: MemorySource::Meminfo }
    }

    const PAGE: u64 = 4096;

    #[test]
    fn free_cma_pages_are_no_memory_for_other_heaps() {
        let gibibyte = memory(1024 * MEBIBYTE, 975 * MEBIBYTE, 512 * MEBIBYTE);
        assert_eq!(gibibyte.reserve(PAGE), 1024 * MEBIBYTE / 20 + 4 * MEBIBYTE);
        assert_eq!(gibibyte.budget(PAGE), 459 * MEBIBYTE - 1024 * MEBIBYTE / 20);
    }

    #[test]
    fn the_reserve_has_a_floor_and_a_ceiling() {
        assert_eq!(memory(20 * MEBIBYTE, 0, 0).reserve(PAGE), 6 * MEBIBYTE);
        assert_eq!(memory(1 << 40, 0, 0).reserve(PAGE), 68 * MEBIBYTE);
        assert_eq!(memory(64 * MEBIBYTE, MEBIBYTE, 0).budget(PAGE), 0);
    }

    #[test]
    fn a_block_that_is_too_large_for_the_machine_is_not_boosted_by() {
        assert_eq!(memory(8 * MEBIBYTE, 0, 0).reserve(PAGE), 2 * MEBIBYTE);
        assert_eq!(memory(1024 * MEBIBYTE, 0, 0).reserve(65_536), 1024 * MEBIBYTE / 20);
        assert_eq!(memory(8192 * MEBIBYTE, 0, 0).reserve(65_536), (64 + 512) * MEBIBYTE);
        assert_eq!(memory(8192 * MEBIBYTE, 0, 0).reserve(16_384), (64 + 32) * MEBIBYTE);
    }
}
