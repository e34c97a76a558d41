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

/// Whether the heap at `place` has memory of its own, beyond which it answers ENOMEM whatever the budget is.
///
/// The kernel says of a heap no more than its name. Its area or a region of the device tree which CMA manages
/// settles it, and so does a name that the default area's heap has, unless the kernel has no CMA memory.
pub(crate) fn has(root: &Root, place: &Place, memory: Option<&SystemMemory>) -> bool {
    let Some(name) = kernel_name(root, place) else { return false };
    let areas = CmaAreas::of(root, memory);
    if areas.seen(&name).is_some() || areas.is_region(&name) {
        return true;
    }
    if name::infer_kind(name.strip_suffix(UNCACHED).unwrap_or(&name)) != MemoryKind::Cma {
        return false;
    }
    let is_known = memory.filter(|memory| memory.source == MemorySource::Meminfo);
    is_known.is_none_or(|memory| memory.cma_total.is_some_and(|total| total > 0))
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

    fn own(root: &Root, name: &str, memory: &SystemMemory) -> bool {
        has(root, &Place::of(&Selector::parse(name).unwrap(), root), Some(memory))
    }

    #[test]
    fn an_area_that_is_seen_is_asked_for_anything() {
        let files = ["sys/kernel/mm/cma/camera/alloc_pages_fail", "proc/device-tree/reserved-memory/video@4/reusable"];
        let (_directory, root) = machine(&files);
        let memory = memory(None, MemorySource::Meminfo);
        for name in ["camera", "video@4", "/dev/dma_heap/camera"] {
            assert!(own(&root, name, &memory), "{name}");
        }
        for name in ["/tmp/camera", "system"] {
            assert!(!own(&root, name, &memory), "{name}");
        }
    }

    #[test]
    fn a_name_of_the_default_area_is_believed_where_there_is_cma_memory() {
        let (_directory, root) = machine(&[]);
        let some = memory(Some(64 << 20), MemorySource::Meminfo);
        for name in ["linux,cma", "reserved", "default_cma_region", "linux,cma-uncached", "/dev/dma_heap/reserved"] {
            assert!(own(&root, name, &some), "{name}");
        }
        for name in ["system", "system-uncached", "qcom,system", "camera", "protected,secure-video"] {
            assert!(!own(&root, name, &some), "{name}");
        }
        // A kernel without CMA has no such heap, and one that cannot be asked has nothing else of that name.
        for none in [None, Some(0)] {
            assert!(!own(&root, "reserved", &memory(none, MemorySource::Meminfo)), "{none:?}");
        }
        assert!(own(&root, "reserved", &memory(None, MemorySource::Sysinfo(Errno::ENOENT))));
    }

    #[test]
    fn a_link_is_no_name() {
        let (directory, root) = machine(&["dev/dma_heap/system", "sys/kernel/mm/cma/reserved/x"]);
        std::os::unix::fs::symlink("system", directory.path().join("dev/dma_heap/reserved")).unwrap();
        assert!(!own(&root, "reserved", &memory(Some(64 << 20), MemorySource::Meminfo)));
    }
}
