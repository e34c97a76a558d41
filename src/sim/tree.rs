//! The paths that the simulator answers, and how a path is resolved among them.
//!
//! Everything else is foreign: the kernel resolves it. Real directories on the way (`/dev`,
//! `/sys/class`) are taken for what they are called; links that are not the simulator's own are not
//! seen here.

use super::layout::Stat;
use crate::machine::simulation::WITNESS;
use crate::model::registry::Registry;
use crate::uapi::fcntl::{S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG};
use std::collections::BTreeMap;
use std::collections::btree_map;

/// The list of drivers, to which a line is added when it is opened.
pub(super) const DEVICE_LIST: &[u8] = b"/proc/devices";
/// `MAXSYMLINKS`.
const MAX_LINKS: usize = 40;
/// Where the kernel reports its CMA areas (`mm/cma_sysfs.c`).
const AREAS: &str = "/sys/kernel/mm/cma";

/// The CMA area of a heap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Area {
    /// Its directory.
    pub(super) name: String,
    /// Minor of the heap.
    pub(super) minor: u32,
    /// Its size in pages.
    pub(super) pages: u64,
}

/// An object of the simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) stat: Stat,
}

/// What an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A directory; all that is in it is the simulator's.
    Directory,
    /// A symbolic link to this.
    Link(Vec<u8>),
    /// The node of the heap with this minor.
    Node(u32),
    /// A file of sysfs with this content.
    Text(Vec<u8>),
    /// The file of sysfs with the free pages of the area of the heap with this minor.
    FreePages(u32),
    /// The path by which a program finds out that it is simulated. No listing shows it.
    Witness,
}

impl Kind {
    /// Type and permission bits of its mode.
    pub(super) const fn mode(&self) -> u32 {
        match self {
            Self::Directory => S_IFDIR | 0o755,
            Self::Link(_) => S_IFLNK | 0o777,
            Self::Node(_) => S_IFCHR | 0o666,
            Self::Text(_) | Self::FreePages(_) => S_IFREG | 0o444,
            Self::Witness => S_IFREG,
        }
    }
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// To none of the simulator's objects.
    Foreign,
    /// Through the simulator's objects to this other path, which the kernel could not find that way.
    Elsewhere(Vec<u8>),
    /// To this object, which has this name.
    Object(&'a [u8], &'a Object),
    /// To [`DEVICE_LIST`].
    DeviceList,
    /// To a name that a directory of the simulator does not have: ENOENT.
    Missing,
    /// Through something that is no directory: ENOTDIR.
    NotDirectory,
    /// Through more links than the kernel follows: ELOOP.
    Loop,
}

/// All paths of the simulator.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    objects: BTreeMap<Vec<u8>, Object>,
}

impl Tree {
    /// The tree of the heaps in `registry`, whose nodes have the major number `major`.
    pub(super) fn of<T>(registry: &Registry<T>, major: u32) -> Self {
        let mut tree = Self::default();
        for directory in ["/dev/dma_heap", "/sys/class/dma_heap", "/sys/devices/virtual/dma_heap"] {
            tree.add(directory, Kind::Directory);
        }
        tree.add(WITNESS, Kind::Witness);
        for heap in registry.iter() {
            let (device, minor, name) = (heap.device_name(), heap.minor(), heap.sysfs_name());
            tree.add(&format!("/dev/{device}"), Kind::Node(minor));
            let directory = format!("/sys/devices/virtual/dma_heap/{name}");
            tree.add(&directory, Kind::Directory);
            tree.add(&format!("{directory}/dev"), Kind::Text(format!("{major}:{minor}\n").into_bytes()));
            let event = format!("MAJOR={major}\nMINOR={minor}\nDEVNAME={device}\n");
            tree.add(&format!("{directory}/uevent"), Kind::Text(event.into_bytes()));
            tree.add(&format!("{directory}/subsystem"), Kind::Link(b"../../../../class/dma_heap".to_vec()));
            let link = Kind::Link(format!("../../devices/virtual/dma_heap/{name}").into_bytes());
            tree.add(&format!("/sys/class/dma_heap/{name}"), link.clone());
            tree.add(&format!("/sys/dev/char/{major}:{minor}"), link);
        }
        tree
    }

    /// Adds the CMA areas, as far as kernels after 6.12 report them. Without any the kernel's stay seen.
    pub(super) fn add_areas(&mut self, areas: &[Area]) {
        if !areas.is_empty() {
            self.add(AREAS, Kind::Directory);
        }
        for Area { name, minor, pages } in areas {
            let directory = format!("{AREAS}/{name}");
            self.add(&directory, Kind::Directory);
            self.add(&format!("{directory}/total_pages"), Kind::Text(format!("{pages}\n").into_bytes()));
            self.add(&format!("{directory}/available_pages"), Kind::FreePages(*minor));
        }
    }

    fn add(&mut self, path: &str, kind: Kind) {
        let stat = Stat { mode: kind.mode(), links: 1, ..Stat::default() };
        self.objects.insert(path.as_bytes().to_vec(), Object { kind, stat });
    }

    /// Every object with its name, a directory before what is in it, to fill in what stat(2) tells of it.
    pub(super) fn iter_mut(&mut self) -> btree_map::IterMut<'_, Vec<u8>, Object> {
        self.objects.iter_mut()
    }

    /// The object of this very name.
    pub(super) fn get(&self, name: &[u8]) -> Option<(&[u8], &Object)> {
        self.objects.get_key_value(name).map(|(name, object)| (name.as_slice(), object))
    }

    /// Whether `path` may lead to one of the objects, as far as its text tells. Most paths do not, and
    /// nothing more is asked about them.
    pub(super) fn may_mean(path: &[u8]) -> bool {
        let has = |part: &[u8]| path.windows(part.len()).any(|window| window == part);
        path.ends_with(b"devices") || has(b"dma_heap") || has(b"dev/char/") || has(b"mm/cma")
    }

    /// Resolves `path`, which starts at the directory `start` unless it begins with `/`.
    pub(super) fn find(&self, start: &[u8], path: &[u8], follow: bool) -> Found<'_> {
        let mut here = if path.starts_with(b"/") { Vec::new() } else { start.to_vec() };
        if here == b"/" {
            here.clear();
        }
        let follow = follow || path.ends_with(b"/");
        let mut rest: Vec<Vec<u8>> = components(path);
        let mut links = 0;
        let mut through = self.objects.contains_key(&here);
        while let Some(component) = rest.pop() {
            let inside = match self.objects.get(&here).map(|object| &object.kind) {
                None => false,
                Some(Kind::Directory) => true,
                Some(_) => return Found::NotDirectory,
            };
            if component == b"." {
                continue;
            }
            if component == b".." {
                here.truncate(here.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
                continue;
            }
            let next = [&here[..], b"/", &component].concat();
            match self.objects.get(&next).map(|object| &object.kind) {
                None if inside => return Found::Missing,
                Some(Kind::Link(target)) if follow || !rest.is_empty() => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Found::Loop;
                    }
                    if target.starts_with(b"/") {
                        here.clear();
                    }
                    rest.extend(components(target));
                    through = true;
                }
                object => {
                    through |= object.is_some();
                    here = next;
                }
            }
        }
        match self.get(&here) {
            Some((_, object)) if path.ends_with(b"/") && object.kind != Kind::Directory => Found::NotDirectory,
            Some((name, object)) => Found::Object(name, object),
            None if here == DEVICE_LIST => Found::DeviceList,
            None if through => Found::Elsewhere(if here.is_empty() { b"/".to_vec() } else { here }),
            None => Found::Foreign,
        }
    }
}

/// The components of a path, the last one first, without empty ones.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|byte| *byte == b'/').rev().filter(|component| !component.is_empty()).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kernel;
    use crate::model::registry::ExportInfo;

    fn tree() -> Tree {
        let mut registry = Registry::new(&Kernel::DEBIAN_6_12);
        for name in ["system", "vendor/secure"] {
            registry.add(ExportInfo { name: name.to_owned(), allocator: Some(()) }).unwrap();
        }
        Tree::of(&registry, 252)
    }

    fn name(tree: &Tree, start: &str, path: &str) -> String {
        match tree.find(start.as_bytes(), path.as_bytes(), true) {
            Found::Object(name, _) => String::from_utf8(name.to_vec()).unwrap(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_path_is_resolved_from_anywhere() {
        let tree = tree();
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system"), "/dev/dma_heap/system");
        assert_eq!(name(&tree, "/", "dev//dma_heap/./system"), "/dev/dma_heap/system");
        assert_eq!(name(&tree, "/usr", "../dev/dma_heap/"), "/dev/dma_heap");
        assert_eq!(name(&tree, "/dev/dma_heap", "system"), "/dev/dma_heap/system");
        assert_eq!(tree.find(b"/dev/dma_heap", b"..", true), Found::Elsewhere(b"/dev".to_vec()));
        assert_eq!(tree.find(b"/", b"/dev/dma_heap/../null", true), Found::Elsewhere(b"/dev/null".to_vec()));
        assert_eq!(tree.find(b"/", b"/sys/class/dma_heap/../../..", true), Found::Elsewhere(b"/".to_vec()));
        assert_eq!(name(&tree, "/", "/../../proc/devices"), "DeviceList");
        assert_eq!(name(&tree, "/", "/dev/dma_heapx"), "Foreign");
    }

    #[test]
    fn links_of_the_simulator_are_followed() {
        let tree = tree();
        let device = "/sys/devices/virtual/dma_heap/system/dev";
        assert_eq!(name(&tree, "/", "/sys/class/dma_heap/system/dev"), device);
        assert_eq!(name(&tree, "/", "/sys/dev/char/252:0/dev"), device);
        assert_eq!(name(&tree, "/", "/sys/class/dma_heap/system/subsystem/vendor!secure/../system/dev"), device);
        let link = tree.find(b"/", b"/sys/class/dma_heap/system", false);
        assert!(matches!(link, Found::Object(b"/sys/class/dma_heap/system", Object { kind: Kind::Link(_), .. })));
    }

    #[test]
    fn areas_are_listed_where_there_are_any() {
        let mut tree = tree();
        let path = "/sys/kernel/mm/cma/camera/available_pages";
        tree.add_areas(&[]);
        assert_eq!(name(&tree, "/", path), "Foreign");
        tree.add_areas(&[Area { name: "camera".to_owned(), minor: 1, pages: 16 }]);
        assert_eq!(name(&tree, "/sys/kernel/mm", "cma/camera/available_pages"), path);
        assert_eq!(tree.get(path.as_bytes()).unwrap().1.kind, Kind::FreePages(1));
        assert_eq!(name(&tree, "/", "/sys/kernel/mm/cma/system"), "Missing");
        assert!(Tree::may_mean(path.as_bytes()));
    }

    #[test]
    fn what_is_not_there_is_missing_and_a_node_is_no_directory() {
        let tree = tree();
        assert_eq!(name(&tree, "/", "/dev/dma_heap/other"), "Missing");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/other/file"), "Missing");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system/file"), "NotDirectory");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system/"), "NotDirectory");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system/."), "NotDirectory");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/system/../system"), "NotDirectory");
        assert_eq!(name(&tree, "/", "/dev/dma_heap/vendor!secure"), "/dev/dma_heap/vendor!secure");
    }
}
