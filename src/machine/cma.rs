//! CMA areas as the kernel reports them.
//!
//! sysfs has a directory an area (`mm/cma_sysfs.c`); `total_pages` and `available_pages` came to it
//! after 6.12. debugfs (`mm/cma_debug.c`) has `count`, `used` and `maxchunk`, in pages, for root.
//! `/proc/meminfo` has the sums over all areas, which are the area's own where there is only one.

use super::{Root, memory::Memory};
use crate::sys::limits;
use std::path::{Path, PathBuf};

const SYSFS: &str = "/sys/kernel/mm/cma";
const DEBUGFS: &str = "/sys/kernel/debug/cma";
/// The nodes of reserved regions (Documentation/devicetree/bindings/reserved-memory).
const RESERVED: &str = "/proc/device-tree/reserved-memory";

/// One CMA area. Sizes are bytes; `None` is what this kernel does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// The kernel's name of it.
    pub name: String,
    /// Its size.
    pub total: Option<u64>,
    /// What of it is free.
    pub free: Option<u64>,
    /// The largest free run.
    pub largest: Option<u64>,
}

/// Whether the kernel reports a CMA area of this name.
#[must_use]
pub fn is_area(root: &Root, name: &str) -> bool {
    // A name with a slash or of dots only would lead out of the directory.
    !name.contains('/')
        && !matches!(name, "" | "." | "..")
        && [SYSFS, DEBUGFS].iter().any(|base| root.has(&Path::new(base).join(name)))
}

/// Whether the device tree has a region of this name which CMA manages (`shared-dma-pool` with `reusable`): from 6.19
/// on such a region has a heap that is called like its node.
#[must_use]
pub fn is_reusable_region(root: &Root, name: &str) -> bool {
    !name.contains('/')
        && !matches!(name, "" | "." | "..")
        && root.has(&Path::new(RESERVED).join(name).join("reusable"))
}

/// The regions of the device tree that CMA manages, sorted.
#[must_use]
pub fn reusable_regions(root: &Root) -> Vec<String> {
    let names = root.entries(Path::new(RESERVED)).unwrap_or_default();
    names.into_iter().filter_map(|name| name.into_string().ok()).filter(|name| is_reusable_region(root, name)).collect()
}

/// Every area that the kernel reports, sorted by name. `memory` gives the figures where only one is.
#[must_use]
pub fn areas(root: &Root, memory: Option<&Memory>) -> Vec<Area> {
    let mut names: Vec<String> = [SYSFS, DEBUGFS]
        .iter()
        .flat_map(|base| root.entries(Path::new(base)).unwrap_or_default())
        .filter_map(|name| name.into_string().ok())
        .collect();
    names.sort_unstable();
    names.dedup();
    let only = names.len() == 1;
    let mut areas: Vec<Area> = names.into_iter().map(|name| area(root, name)).collect();
    if let (true, [area], Some(memory)) = (only, areas.as_mut_slice(), memory) {
        area.total = area.total.or(memory.cma_total);
        area.free = area.free.or(memory.cma_free);
    }
    areas
}

fn area(root: &Root, name: String) -> Area {
    let pages = |base: &str, file: &str| {
        let path: PathBuf = [base, &name, file].iter().collect();
        root.read_number(&path)?.checked_mul(limits::page_size())
    };
    let total = pages(DEBUGFS, "count");
    let used = pages(DEBUGFS, "used");
    Area {
        total: pages(SYSFS, "total_pages").or(total),
        free: pages(SYSFS, "available_pages").or_else(|| total?.checked_sub(used?)),
        largest: pages(DEBUGFS, "maxchunk"),
        name,
    }
}
