//! CMA areas as the kernel reports them.
//!
//! sysfs has a directory an area (`mm/cma_sysfs.c`); `total_pages` and `available_pages` came to it
//! after 6.12. debugfs (`mm/cma_debug.c`) has `count`, `used` and `maxchunk`, in pages, for root.
//! `/proc/meminfo` has the sums over all areas, which are the area's own where there is only one.

use super::{Root, memory::SystemMemory};
use crate::host::parse;
use crate::sys::system;
use std::path::{Path, PathBuf};

const SYSFS: &str = "/sys/kernel/mm/cma";
const DEBUGFS: &str = "/sys/kernel/debug/cma";
/// The nodes of reserved regions (Documentation/devicetree/bindings/reserved-memory).
const RESERVED: &str = "/proc/device-tree/reserved-memory";

/// One CMA area. Sizes are bytes; `None` is what this kernel does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CmaArea {
    pub name: String,
    pub total: Option<u64>,
    pub free: Option<u64>,
    pub largest: Option<u64>,
}

/// Whether the kernel reports a CMA area of this name.
#[must_use]
pub(crate) fn is_area(root: &Root, name: &str) -> bool {
    // A name with a slash or of dots only would lead out of the directory.
    !name.contains('/')
        && !matches!(name, "" | "." | "..")
        && [SYSFS, DEBUGFS].iter().any(|base| root.has(&Path::new(base).join(name)))
}

/// Whether the device tree has a region of this name which CMA manages (`shared-dma-pool` with `reusable`): from 6.19
/// on such a region has a heap that is called like its node.
#[must_use]
pub(crate) fn is_reusable_region(root: &Root, name: &str) -> bool {
    !name.contains('/')
        && !matches!(name, "" | "." | "..")
        && root.has(&Path::new(RESERVED).join(name).join("reusable"))
}

/// The regions of the device tree that CMA manages, sorted.
#[must_use]
pub(crate) fn reusable_regions(root: &Root) -> Vec<String> {
    let names = root.names(Path::new(RESERVED));
    names.into_iter().filter_map(|name| name.into_string().ok()).filter(|name| is_reusable_region(root, name)).collect()
}

/// Every area that the kernel reports, sorted by name. `memory` gives the figures where only one is.
#[must_use]
pub(crate) fn areas(root: &Root, memory: Option<&SystemMemory>) -> Vec<CmaArea> {
    let mut names: Vec<String> = [SYSFS, DEBUGFS]
        .iter()
        .flat_map(|base| root.names(Path::new(base)))
        .filter_map(|name| name.into_string().ok())
        .collect();
    names.sort_unstable();
    names.dedup();
    let only = names.len() == 1;
    let area = |name: String| {
        CmaArea::of(name, |base, name, file| root.contents(&[base, name, file].iter().collect::<PathBuf>()))
    };
    let mut areas: Vec<CmaArea> = names.into_iter().map(area).collect();
    if let (true, [area], Some(memory)) = (only, areas.as_mut_slice(), memory) {
        area.total = area.total.or(memory.cma_total);
        area.free = area.free.or(memory.cma_free);
    }
    areas
}

impl CmaArea {
    /// From the contents of its files, which are below a directory of sysfs or of debugfs and its name.
    pub(crate) fn of(name: String, read: impl Fn(&str, &str, &str) -> Option<Vec<u8>>) -> Self {
        let pages = |base: &str, file: &str| parse::number(&read(base, &name, file)?)?.checked_mul(system::page_size());
        let total = pages(DEBUGFS, "count");
        let used = pages(DEBUGFS, "used");
        Self {
            total: pages(SYSFS, "total_pages").or(total),
            free: pages(SYSFS, "available_pages").or_else(|| total?.checked_sub(used?)),
            largest: pages(DEBUGFS, "maxchunk"),
            name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a machine says whose debugfs has these contents of `count`, `used` and `maxchunk`.
    fn said(files: [&[u8]; 3]) -> CmaArea {
        let directory = tempfile::tempdir().unwrap();
        let area = directory.path().join("sys/kernel/debug/cma/linux,cma");
        std::fs::create_dir_all(&area).unwrap();
        for (name, bytes) in ["count", "used", "maxchunk"].iter().zip(files) {
            std::fs::write(area.join(name), bytes).unwrap();
        }
        areas(&Root::at(directory.path()).unwrap(), None).remove(0)
    }

    /// As many as there may be, and more than can be counted in bytes.
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
