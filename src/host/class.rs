//! The major number of the dma-heap class, which is dynamic, and the heaps that the class has.

use super::Root;
use crate::host::parse::devices;
use crate::sys::fd::status::Device;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where a device manager makes the nodes of heaps (`dma_heap_devnode`).
pub(crate) const DIRECTORY: &str = "/dev/dma_heap";
/// The class of `drivers/dma-buf/dma-heap.c` in sysfs.
pub(crate) const CLASS: &str = "/sys/class/dma_heap";
/// Where drivers stand with their major numbers.
pub(crate) const DEVICES: &str = "/proc/devices";
/// The driver's name there.
const DRIVER: &str = "dma_heap";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClassEntry {
    /// The heap's name: sysfs writes `/` as `!`.
    pub name: String,
    /// Device number, if its `dev` file could be read.
    pub device: Option<Device>,
}

/// The heaps in sysfs, sorted by name; `None` where there is no class, or none that can be read.
pub(crate) fn entries(root: &Root) -> Option<Vec<ClassEntry>> {
    let names = root.known(Path::new(CLASS), root.entries(Path::new(CLASS)))?;
    Some(
        names
            .into_iter()
            .map(|name| ClassEntry {
                device: root.contents(&Path::new(CLASS).join(&name).join("dev")).and_then(|bytes| device(&bytes)),
                name: String::from_utf8_lossy(name.as_bytes()).replace('!', "/"),
            })
            .collect(),
    )
}

/// The major number of dma-heap nodes: from `/proc/devices`, else from the class. `None` where neither
/// can tell; then nothing can be known of a node without opening it.
pub(crate) fn major(root: &Root) -> Option<u32> {
    listed_major(root).or_else(|| entries(root)?.iter().find_map(|entry| entry.device).map(|device| device.major))
}

/// The major number that `/proc/devices` has for them: the kernel has the framework.
pub(crate) fn listed_major(root: &Root) -> Option<u32> {
    devices::character_major(&root.contents(Path::new(DEVICES))?, DRIVER)
}

/// The contents of a `dev` file: `252:0`.
pub(crate) fn device(bytes: &[u8]) -> Option<Device> {
    let (major, minor) = std::str::from_utf8(bytes).ok()?.trim().split_once(':')?;
    Some(Device { major: major.parse().ok()?, minor: minor.parse().ok()? })
}
