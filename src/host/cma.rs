//! CMA areas as the kernel reports them.
//!
//! sysfs has a directory an area (`mm/cma_sysfs.c`); `total_pages` and `available_pages` came to it
//! after 6.12. debugfs (`mm/cma_debug.c`) has `count`, `used` and `maxchunk`, in pages, for root.
//! `/proc/meminfo` has the sums over all areas, which are the area's own where there is only one.

use super::{Root, Unread, memory::SystemMemory};
use crate::host::parse;
use crate::sys::system;
use std::path::{Path, PathBuf};

const SYSFS: &str = "/sys/kernel/mm/cma";
pub(crate) const DEBUGFS: &str = "/sys/kernel/debug/cma";
/// The nodes of reserved regions (Documentation/devicetree/bindings/reserved-memory).
const RESERVED: &str = "/proc/device-tree/reserved-memory";
/// The kernel's name for an area that the device tree has not named (`dma_contiguous_reserve_area`).
pub(crate) const KERNELS_AREA: &str = "reserved";
/// Before 6.1 (`cma_debugfs_add_one`) a directory's name was this and what 16 bytes had room for of the area's.
const OLD_PREFIX: &str = "cma-";
const OLD_LENGTH: usize = 15;

/// One CMA area. Sizes are bytes; `None` is what this kernel does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CmaArea {
    pub name: String,
    /// Whether only the beginning of its name is seen.
    pub is_cut: bool,
    pub total: Option<u64>,
    pub free: Option<u64>,
    pub largest: Option<u64>,
}

/// The origins of the memory that CMA manages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CmaOrigins {
    /// The words `cma=` of the command line.
    pub line: Vec<String>,
    /// The regions of the device tree that CMA manages (`reusable`), sorted: from 6.19 on each has a heap that is called
    /// like its node.
    pub regions: Vec<String>,
    /// The one that has `linux,cma-default`.
    default_region: Option<String>,
}

impl CmaOrigins {
    pub(crate) fn of(root: &Root) -> Self {
        let line = root.contents(Path::new("/proc/cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&line).into_owned();
        let line = words.split_ascii_whitespace().filter(|word| word.starts_with("cma=")).map(str::to_owned).collect();
        let has = |node: &String, property: &str| root.has(&[RESERVED, node, property].iter().collect::<PathBuf>());
        let regions: Vec<String> = names(root, RESERVED).into_iter().filter(|node| has(node, "reusable")).collect();
        let default_region = regions.iter().find(|node| has(node, "linux,cma-default")).cloned();
        Self { line, regions, default_region }
    }

    /// Returns the name of the default area, where they say it. `cma=` takes the place of the region
    /// (`rmem_cma_setup`).
    pub(crate) fn default_area(&self) -> Option<&str> {
        if self.line.is_empty() { self.default_region.as_deref() } else { Some(KERNELS_AREA) }
    }
}

/// Whether it may hide an area.
pub(crate) fn hides_areas(unread: &Unread) -> bool {
    [SYSFS, DEBUGFS].iter().any(|path| unread.hides(Path::new(path)))
}

fn names(root: &Root, directory: &str) -> Vec<String> {
    root.names(Path::new(directory)).into_iter().filter_map(|name| name.into_string().ok()).collect()
}

/// Every area that the kernel reports, once, sorted by name. `memory` gives the figures where only one is.
pub(crate) fn areas(root: &Root, memory: Option<&SystemMemory>) -> Vec<CmaArea> {
    let (sysfs, debugfs) = (names(root, SYSFS), names(root, DEBUGFS));
    let is_old = |name: &String| name.len() <= OLD_LENGTH && name.starts_with(OLD_PREFIX) && !sysfs.contains(name);
    let is_cut = debugfs.iter().all(is_old);
    let shown = |directory: &String| directory[if is_cut { OLD_PREFIX.len() } else { 0 }..].to_owned();
    let read = |base: &str, name: &str, file: &str| root.contents(&[base, name, file].iter().collect::<PathBuf>());
    let mut areas: Vec<CmaArea> =
        sysfs.iter().map(|name| CmaArea { name: name.clone(), ..CmaArea::default() }).collect();
    for directory in &debugfs {
        let (name, is_cut) = (shown(directory), is_cut && directory.len() == OLD_LENGTH);
        let known = sysfs.iter().any(|known| *known == name || is_cut && known.starts_with(&name));
        if !known {
            areas.push(CmaArea { name, is_cut, ..CmaArea::default() });
        }
    }
    for area in &mut areas {
        let directory = debugfs.iter().find(|directory| {
            let name = shown(directory);
            area.name == name || is_cut && directory.len() == OLD_LENGTH && area.name.starts_with(&name)
        });
        let name = area.name.clone();
        area.fill(|base, file| read(base, if base == DEBUGFS { directory? } else { &name }, file));
    }
    areas.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    if let ([area], Some(memory)) = (areas.as_mut_slice(), memory) {
        area.total = area.total.or(memory.cma_total);
        area.free = area.free.or(memory.cma_free);
    }
    areas
}

impl CmaArea {
    /// Fills it from the contents of its files, which are in a directory of sysfs and one of debugfs.
    pub(crate) fn fill(&mut self, read: impl Fn(&str, &str) -> Option<Vec<u8>>) {
        let pages = |base: &str, file: &str| parse::number(&read(base, file)?)?.checked_mul(system::page_size());
        let total = pages(DEBUGFS, "count");
        let used = pages(DEBUGFS, "used");
        self.total = pages(SYSFS, "total_pages").or(total);
        self.free = pages(SYSFS, "available_pages").or_else(|| total?.checked_sub(used?));
        self.largest = pages(DEBUGFS, "maxchunk");
    }

    /// Whether this is its name, as far as the name is seen.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.is_cut && name.starts_with(&self.name)
    }

    /// Areas of NUMA nodes (`dma_numa_cma_reserve`) and of huge pages (`hugetlb_cma_reserve`) have no heap.
    pub(crate) fn may_have_heap(&self) -> bool {
        !["numa", "pernuma", "hugetlb"]
            .iter()
            .filter_map(|kind| self.name.strip_prefix(kind))
            .any(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads the area of a machine whose debugfs has these contents of `count`, `used` and `maxchunk`.
    fn said(files: [&[u8]; 3]) -> CmaArea {
        let directory = tempfile::tempdir().unwrap();
        let area = directory.path().join("sys/kernel/debug/cma/linux,cma");
        std::fs::create_dir_all(&area).unwrap();
        for (name, bytes) in ["count", "used", "maxchunk"].iter().zip(files) {
            std::fs::write(area.join(name), bytes).unwrap();
        }
        areas(&Root::at(directory.path()).unwrap(), None).remove(0)
    }

    /// Generates as many as there may be, and more than can be counted in bytes.
    fn pages() -> impl Strategy<Value = u64> {
        prop_oneof![3 => 0..1_u64 << 40, 1 => any::<u64>()]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn numbers_of_pages_are_bytes_or_nothing(count in pages(), used in pages(), largest in pages()) {
            let line = |pages: u64| format!("{pages}\n").into_bytes();
            let bytes = |pages: u64| pages.checked_mul(system::page_size());
            let area = said([&line(count), &line(used), &line(largest)]);
            prop_assert_eq!((area.total, area.largest), (bytes(count), bytes(largest)));
            let free = bytes(count).zip(bytes(used)).and_then(|(count, used)| count.checked_sub(used));
            prop_assert_eq!(area.free, free);
        }

        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let area = said([&bytes, b"1\n", b""]);
            let number = std::str::from_utf8(&bytes).ok().and_then(|text| text.trim().parse::<u64>().ok());
            prop_assert_eq!(area.total, number.and_then(|pages| pages.checked_mul(system::page_size())));
            prop_assert_eq!(area.largest, None);
        }
    }
}
