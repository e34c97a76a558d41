//! Which heaps refuse by themselves: those with memory of their own, whose end harms nobody.

use crate::heap::Place;
use crate::heap::area::CmaAreas;
use crate::heap::name::{self, MemoryKind};
use crate::host::class::DIRECTORY;
use crate::host::memory::{MemorySource, SystemMemory};
use crate::host::{Root, class};
use crate::sys::fd::status::FileKind;

/// The end of a vendor's name for a second heap of an area whose buffers are not cached.
const UNCACHED: &str = "-uncached";

/// Whether the kernel reports the area of the heap at `place`, which was asked for by its name.
pub(crate) fn is_seen(root: &Root, place: &Place) -> bool {
    // The system heap, which is asked for most, has none.
    if name::infer_kind(&place.name) == MemoryKind::System {
        return false;
    }
    let areas = CmaAreas::of(root, None);
    areas.seen(&place.name).is_some() && kernel_name(root, place).is_some_and(|name| areas.seen(&name).is_some())
}

/// Memory of a heap's own, which may be held whatever the budget is: beyond it the heap answers ENOMEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnMemory {
    /// At most this many bytes.
    Bytes(u64),
    /// The heap alone knows how much.
    Unlimited,
}

impl OwnMemory {
    pub(crate) const NONE: Self = Self::Bytes(0);

    pub(crate) const fn covers(self, bytes: u64) -> bool {
        match self {
            Self::Bytes(left) => bytes <= left,
            Self::Unlimited => true,
        }
    }

    /// Takes `bytes`, if it covers them, and returns whether it did.
    pub(super) const fn take(&mut self, bytes: u64) -> bool {
        let is_covered = self.covers(bytes);
        if let (true, Self::Bytes(left)) = (is_covered, self) {
            *left -= bytes;
        }
        is_covered
    }
}

/// Returns the memory of the heap at `place`.
///
/// The kernel says of a heap no more than its name. Its area or a region of the device tree which CMA manages
/// settles it. A name that the default area's heap has on every kernel is believed as far as CMA reaches
/// (CmaTotal of /proc/meminfo): should it be another's after all, no more is at stake.
pub(crate) fn of(root: &Root, place: &Place, memory: Option<&SystemMemory>) -> OwnMemory {
    let Some(name) = kernel_name(root, place) else { return OwnMemory::NONE };
    let areas = CmaAreas::of(root, memory);
    if areas.seen(&name).is_some() || areas.is_region(&name) {
        return OwnMemory::Unlimited;
    }
    if name::infer_kind(name.strip_suffix(UNCACHED).unwrap_or(&name)) != MemoryKind::Cma {
        return OwnMemory::NONE;
    }
    match memory {
        Some(SystemMemory { source: MemorySource::Meminfo, cma_total, .. }) => OwnMemory::Bytes(cma_total.unwrap_or(0)),
        _ => OwnMemory::Unlimited,
    }
}

/// Returns the kernel's name of the heap at `place`: a path is anybody's choice, and so is where a link leads.
fn kernel_name(root: &Root, place: &Place) -> Option<String> {
    let known = || match root.status(&place.path).ok()?.kind {
        FileKind::Character(device) => {
            let mut class = class::entries(root)?.into_iter();
            class.find(|entry| entry.device == Some(device)).map(|entry| entry.name)
        }
        _ => None,
    };
    let is_node = || place.path.starts_with(DIRECTORY) && root.read_link(&place.path).is_err();
    known().or_else(|| is_node().then(|| name::of_node(&place.path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::Selector;
    use crate::sys::Errno;

    /// A machine with these regular files, of which those of /dev stand for nodes.
    fn machine(files: &[&str]) -> (tempfile::TempDir, Root) {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let root = Root::at(directory.path()).unwrap();
        (directory, root)
    }

    fn memory(cma_total: Option<u64>, source: MemorySource) -> SystemMemory {
        SystemMemory { total: 1 << 30, available: 1 << 29, cma_total, cma_free: None, source }
    }

    fn own(root: &Root, name: &str, memory: &SystemMemory) -> OwnMemory {
        of(root, &Place::of(&Selector::parse(name).unwrap(), root), Some(memory))
    }

    #[test]
    fn an_area_that_is_seen_is_asked_for_anything() {
        let files = ["sys/kernel/mm/cma/camera/alloc_pages_fail", "proc/device-tree/reserved-memory/video@4/reusable"];
        let (_directory, root) = machine(&files);
        let memory = memory(None, MemorySource::Meminfo);
        assert_eq!(own(&root, "camera", &memory), OwnMemory::Unlimited);
        assert_eq!(own(&root, "video@4", &memory), OwnMemory::Unlimited);
        assert_eq!(own(&root, "/dev/dma_heap/camera", &memory), OwnMemory::Unlimited);
        assert_eq!(own(&root, "/tmp/camera", &memory), OwnMemory::NONE);
        assert_eq!(own(&root, "system", &memory), OwnMemory::NONE);
    }

    #[test]
    fn a_name_of_the_default_area_is_believed_as_far_as_cma_reaches() {
        let (_directory, root) = machine(&[]);
        let some = memory(Some(64 << 20), MemorySource::Meminfo);
        for name in ["linux,cma", "reserved", "default_cma_region", "linux,cma-uncached", "/dev/dma_heap/reserved"] {
            assert_eq!(own(&root, name, &some), OwnMemory::Bytes(64 << 20), "{name}");
        }
        for name in ["system", "system-uncached", "qcom,system", "camera", "protected,secure-video"] {
            assert_eq!(own(&root, name, &some), OwnMemory::NONE, "{name}");
        }
        // A kernel without CMA has no such heap, and one that cannot be asked has nothing else of that name.
        assert_eq!(own(&root, "reserved", &memory(None, MemorySource::Meminfo)), OwnMemory::NONE);
        assert_eq!(own(&root, "reserved", &memory(None, MemorySource::Sysinfo(Errno::ENOENT))), OwnMemory::Unlimited);
    }

    #[test]
    fn a_link_is_no_name() {
        let (directory, root) = machine(&["dev/dma_heap/system", "sys/kernel/mm/cma/reserved/x"]);
        std::os::unix::fs::symlink("system", directory.path().join("dev/dma_heap/reserved")).unwrap();
        assert_eq!(own(&root, "reserved", &memory(Some(64 << 20), MemorySource::Meminfo)), OwnMemory::NONE);
    }
}
