//! The heaps of a system: names and minors (`dma_heap_add` of drivers/dma-buf/dma-heap.c).

use super::{Abi, Kernel, Release};
use crate::uapi::dma_heap::NUM_HEAP_MINORS;
use std::fmt;

/// The registration of a heap (`struct dma_heap_export_info`).
#[derive(Clone, Debug)]
pub(crate) struct ExportInfo<T> {
    /// The heap's name; empty is an error.
    pub name: String,
    /// Serves its allocations, with the heap's private data; `None` is an error.
    pub allocator: Option<T>,
}

#[derive(Clone, Debug)]
pub(crate) struct RegisteredHeap<T> {
    name: String,
    minor: u8,
    data: T,
}

/// The registered heaps. They are never removed.
#[derive(Clone, Debug)]
pub(crate) struct Registry<T> {
    /// A heap's minor is its index.
    heaps: Vec<RegisteredHeap<T>>,
    /// Whether a name is looked for in the list before a minor and a device are taken.
    names_first: bool,
}

/// Why a heap was not registered. Nothing is left of the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AddError {
    /// It has no name: EINVAL.
    NoName,
    /// It has no allocator: EINVAL.
    NoAllocator,
    /// Another heap has the name: EINVAL (until 6.1, and the v12 series).
    NameTaken,
    /// Another heap has the device name, in which `/` stands for `!`: EEXIST.
    DeviceTaken,
    /// All 128 minors are taken: EBUSY.
    NoMinor,
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoName => "a heap needs a name",
            Self::NoAllocator => "a heap needs an allocator",
            Self::NameTaken | Self::DeviceTaken => "another heap has this name",
            Self::NoMinor => "no minor number is free",
        })
    }
}

impl std::error::Error for AddError {}

impl<T> Registry<T> {
    /// An empty registry of `kernel`.
    pub(crate) fn new(kernel: &Kernel) -> Self {
        // Since 6.2 the device comes first, and fails for the second of a name.
        let names_first = kernel.abi == Abi::V12 || kernel.release < Release(6, 2);
        Self { heaps: Vec::new(), names_first }
    }

    /// Registers a heap under the lowest free minor.
    ///
    /// # Errors
    /// See [`AddError`]; the registry is then as before.
    pub(crate) fn add(&mut self, info: ExportInfo<T>) -> Result<&RegisteredHeap<T>, AddError> {
        if info.name.is_empty() {
            return Err(AddError::NoName);
        }
        let Some(data) = info.allocator else { return Err(AddError::NoAllocator) };
        if self.names_first && self.by_name(&info.name).is_some() {
            return Err(AddError::NameTaken);
        }
        let minor = self.free_minor().ok_or(AddError::NoMinor)?;
        let device = sysfs_name(&info.name);
        if self.heaps.iter().any(|heap| heap.sysfs_name() == device) {
            return Err(AddError::DeviceTaken);
        }
        self.heaps.push(RegisteredHeap { name: info.name, minor, data });
        Ok(&self.heaps[usize::from(minor)])
    }

    /// The lowest free minor (`xa_alloc` with a limit of 0 to 127): as no heap is ever removed and a
    /// failed one gives its minor back, that is their number.
    fn free_minor(&self) -> Option<u8> {
        u8::try_from(self.heaps.len()).ok().filter(|minor| usize::from(*minor) < NUM_HEAP_MINORS)
    }

    /// The heap with this minor. Opening a node of any other minor fails: with ENXIO, as there is no
    /// `cdev` for it; the framework's own ENODEV (`dma_heap_open`) is behind that and not reached.
    pub(crate) fn by_minor(&self, minor: u32) -> Option<&RegisteredHeap<T>> {
        self.heaps.get(minor as usize)
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<&RegisteredHeap<T>> {
        self.heaps.iter().find(|heap| heap.name == name)
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, RegisteredHeap<T>> {
        self.heaps.iter()
    }
}

impl<T> RegisteredHeap<T> {
    /// The minor number of its device.
    pub(crate) const fn minor(&self) -> u32 {
        self.minor as u32
    }

    /// The path of its node under `/dev` (`dma_heap_devnode`), made from the device's name: a `/` in
    /// the heap's name is a `!` here too, as the class names the node itself (`device_get_devnode`).
    pub(crate) fn device_name(&self) -> String {
        format!("dma_heap/{}", self.sysfs_name())
    }

    /// Returns the name of its directory in `/sys/class/dma_heap`, where `/` is shown as `!`
    /// (`kobject_set_name_vargs`).
    pub(crate) fn sysfs_name(&self) -> String {
        sysfs_name(&self.name)
    }

    /// The private data (`dma_heap_get_drvdata`).
    pub(crate) const fn data(&self) -> &T {
        &self.data
    }
}

fn sysfs_name(name: &str) -> String {
    name.replace('/', "!")
}

#[cfg(test)]
mod tests;
