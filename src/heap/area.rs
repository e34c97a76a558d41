//! Which CMA area a heap has. The kernel says of a heap no more than its name; the device tree, the command line and the
//! number of areas say the rest.

use super::name::{self, CMA_NAMES, DEFAULT_CMA, MemoryKind};
use crate::host::Root;
use crate::host::cma::{self, CmaArea, CmaOrigins, KERNELS_AREA};
use crate::host::memory::SystemMemory;

/// A value, and whether it was asked or only concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inferred<T> {
    pub value: T,
    /// Whether it was concluded from a name.
    pub inferred: bool,
}

/// The CMA areas of a machine, and what they were made of.
#[derive(Clone, Debug)]
pub(crate) struct CmaAreas {
    pub(crate) all: Vec<CmaArea>,
    pub(crate) origins: CmaOrigins,
}

impl CmaAreas {
    /// `memory` gives the figures where there is one area only.
    pub(crate) fn of(root: &Root, memory: Option<&SystemMemory>) -> Self {
        Self { all: cma::areas(root, memory), origins: CmaOrigins::of(root) }
    }

    /// The area of the heap of that name. Before 6.17, and for every heap but the default area's, the two have one name.
    pub(crate) fn of_heap(&self, heap: &str) -> Option<Inferred<CmaArea>> {
        let area = match self.named(heap) {
            None if name::is_default_area(heap) => self.default_area(),
            named => named,
        };
        let sure = area.map(|area| Inferred { value: area.clone(), inferred: false });
        let only = || self.only().filter(|_| name::infer_kind(heap) == MemoryKind::Cma);
        sure.or_else(|| only().map(|area| Inferred { value: area.clone(), inferred: true }))
    }

    /// Returns the area that the kernel reports as that heap's.
    pub(crate) fn seen(&self, heap: &str) -> Option<CmaArea> {
        self.of_heap(heap).filter(|area| !area.inferred).map(|area| area.value)
    }

    pub(crate) fn kind(&self, heap: &str) -> Inferred<MemoryKind> {
        if self.seen(heap).is_some() {
            return Inferred { value: MemoryKind::Cma, inferred: false };
        }
        let value = if self.is_region(heap) { MemoryKind::Cma } else { name::infer_kind(heap) };
        Inferred { value, inferred: true }
    }

    /// Whether CMA manages a region of the device tree that is called like the heap.
    pub(crate) fn is_region(&self, heap: &str) -> bool {
        self.origins.regions.iter().any(|region| region == heap)
    }

    /// Whether two heaps may give memory of the same area: from 6.17 on the default area's heap has a fixed name and,
    /// beside it, the area's.
    pub(crate) fn may_share(&self, one: &str, other: &str) -> bool {
        let is_twin = |other: &str| match (self.named(other), self.default_area(), self.origins.default_area()) {
            (Some(area), Some(default), _) => area.name == default.name,
            (_, _, Some(default)) => other == default,
            _ => name::is_default_area(other),
        };
        one != other && (one == DEFAULT_CMA && is_twin(other) || other == DEFAULT_CMA && is_twin(one))
    }

    /// The heap of the default area among `heaps`; or the only CMA heap.
    pub(crate) fn default_heap(&self, heaps: &[String]) -> Option<String> {
        let known = [Some(DEFAULT_CMA), self.origins.default_area()].into_iter().flatten().chain(CMA_NAMES);
        let known = known.filter_map(|name| heaps.iter().find(|heap| *heap == name));
        let of_tree = heaps.iter().filter(|heap| name::is_default_area(heap));
        let mut cma = heaps.iter().filter(|heap| self.kind(heap).value == MemoryKind::Cma);
        let only = cma.next().filter(|_| cma.next().is_none());
        known.chain(of_tree).chain(only).next().cloned()
    }

    fn named(&self, heap: &str) -> Option<&CmaArea> {
        self.all.iter().find(|area| area.is_called(heap))
    }

    fn default_area(&self) -> Option<&CmaArea> {
        let named = self.origins.default_area().and_then(|name| self.named(name));
        named.or_else(|| self.named(KERNELS_AREA)).or_else(|| self.only())
    }

    /// The area, if there is one that a heap can have.
    fn only(&self) -> Option<&CmaArea> {
        let mut areas = self.all.iter().filter(|area| area.may_have_heap());
        areas.next().filter(|_| areas.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine with these areas and regions, and this on its command line.
    fn areas(names: &[&str], regions: &[&str], line: &str) -> CmaAreas {
        let directory = tempfile::tempdir().unwrap();
        let write = |path: String| {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, line).unwrap();
        };
        for name in names {
            write(format!("sys/kernel/mm/cma/{name}/total_pages"));
        }
        for region in regions {
            let node = region.trim_end_matches('*');
            write(format!("proc/device-tree/reserved-memory/{node}/reusable"));
            if node != *region {
                write(format!("proc/device-tree/reserved-memory/{node}/linux,cma-default"));
            }
        }
        write("proc/cmdline".to_owned());
        CmaAreas::of(&Root::at(directory.path()).unwrap(), None)
    }

    #[test]
    fn a_heap_has_the_area_that_tree_line_and_counts_say() {
        const TREE: [&str; 2] = ["video@42000000", "pool@80000000*"];
        for (names, regions, line, heap, expected) in [
            // Until 6.16, and for the second node from 6.17 on.
            (&["reserved"][..], &[][..], "", "reserved", Some(("reserved", false))),
            (&["linux,cma", "x"], &[], "", "linux,cma", Some(("linux,cma", false))),
            // From 6.17 on the default area's heap has a name of its own.
            (&["reserved", "x"], &[], "", "default_cma_region", Some(("reserved", false))),
            (
                &TREE.map(|name| name.trim_end_matches('*')),
                &TREE,
                "",
                "default_cma_region",
                Some(("pool@80000000", false)),
            ),
            (&["reserved", "video@42000000"], &TREE, "quiet cma=64M", "default_cma_region", Some(("reserved", false))),
            (&["pool@80000000", "x"], &[], "", "default_cma_region", None),
            // Areas of NUMA nodes and of huge pages have no heaps.
            (&["any", "numa0", "numa1", "pernuma1", "hugetlb0"], &[], "", "default_cma_region", Some(("any", false))),
            (&["any", "other"], &[], "", "default_cma_region", None),
            // A vendor's name, and one area.
            (&["any"], &[], "", "cma", Some(("any", true))),
            (&["any"], &[], "", "system", None),
        ] {
            let areas = areas(names, regions, line);
            let found = areas.of_heap(heap);
            let found = found.as_ref().map(|area| (area.value.name.as_str(), area.inferred));
            assert_eq!(found, expected, "{heap} of {names:?} {regions:?} {line}");
        }
    }

    #[test]
    fn twins_are_found_whatever_the_node_is_called() {
        let tree = ["video@42000000", "pool@80000000*"];
        let names = ["pool@80000000", "video@42000000"];
        for seen in [&names[..], &[]] {
            let areas = areas(seen, &tree, "");
            assert!(areas.may_share("default_cma_region", "pool@80000000"));
            assert!(areas.may_share("pool@80000000", "default_cma_region"));
            assert!(!areas.may_share("default_cma_region", "video@42000000"));
            assert!(!areas.may_share("default_cma_region", "default_cma_region"));
        }
        let line = areas(&[], &tree, "cma=64M");
        assert!(
            line.may_share("default_cma_region", "reserved") && !line.may_share("default_cma_region", "pool@80000000")
        );
        let blind = areas(&[], &[], "");
        assert!(
            blind.may_share("linux,cma@3c000000", "default_cma_region") && !blind.may_share("linux,cma", "reserved")
        );
        assert!(!blind.may_share("default_cma_region", "system"));
    }

    #[test]
    fn the_alias_finds_the_default_areas_heap_or_the_only_one() {
        let tree = ["video@42000000", "pool@80000000*"];
        for (regions, heaps, expected) in [
            (&[][..], &["linux,cma", "default_cma_region"][..], Some("default_cma_region")),
            (&tree, &["video@42000000", "pool@80000000", "system"], Some("pool@80000000")),
            (&[], &["reserved", "linux,cma"], Some("linux,cma")),
            (&[], &["linux,cma@3c000000", "system"], Some("linux,cma@3c000000")),
            (&["video@42000000"], &["video@42000000", "system"], Some("video@42000000")),
            (&["video@42000000", "isp@1"], &["video@42000000", "isp@1"], None),
            (&[], &["system", "camera"], None),
        ] {
            let heaps: Vec<String> = heaps.iter().map(|heap| (*heap).to_owned()).collect();
            assert_eq!(areas(&[], regions, "").default_heap(&heaps).as_deref(), expected, "{heaps:?}");
        }
    }
}
