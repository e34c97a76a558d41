//! The paths that the simulator answers. Everything else is foreign: the kernel resolves it.

use crate::host::simulation::MARKER;
use crate::model::registry::Registry;
use crate::sim::heaps::SimulatedArea;
use crate::sim::options::NodePermissions;
use crate::sys::fd::status::Status;
use crate::uapi::fcntl::{S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG};
use std::collections::BTreeMap;
use std::collections::btree_map;

/// The list of drivers, to which a line is added when it is opened.
pub(crate) const DEVICE_LIST: &[u8] = b"/proc/devices";
/// The release of the kernel, in text.
const RELEASE: &str = "/proc/sys/kernel/osrelease";
/// Where the kernel reports its CMA areas (`mm/cma_sysfs.c`).
const AREAS: &str = "/sys/kernel/mm/cma";

/// An object of the simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) kind: ObjectKind,
    pub(crate) stat: Status,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    /// A directory; all that is in it is the simulator's.
    Directory,
    Link(Vec<u8>),
    /// The node of the heap with this minor.
    Node(u32),
    /// A file of sysfs with this content.
    Text(Vec<u8>),
    /// The file of sysfs with the free pages of the area of the heap with this minor.
    FreePages(u32),
    /// The path by which a program finds out that it is simulated. No listing shows it.
    Marker,
}

impl ObjectKind {
    /// Type and permission bits of its mode, unless it is a node, whose permissions are chosen.
    const fn mode(&self) -> u32 {
        match self {
            Self::Directory => S_IFDIR | 0o755,
            Self::Link(_) => S_IFLNK | 0o777,
            Self::Node(_) => S_IFCHR,
            Self::Text(_) | Self::FreePages(_) => S_IFREG | 0o444,
            Self::Marker => S_IFREG,
        }
    }
}

/// All paths of the simulator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) objects: BTreeMap<Vec<u8>, Object>,
}

impl Tree {
    /// The tree of the heaps in `registry`, whose nodes have the major number `major`.
    pub(crate) fn of<T>(registry: &Registry<T>, major: u32, nodes: NodePermissions) -> Self {
        let mut tree = Self::default();
        for directory in ["/dev/dma_heap", "/sys/class/dma_heap", "/sys/devices/virtual/dma_heap"] {
            tree.add(directory, ObjectKind::Directory);
        }
        tree.add(MARKER, ObjectKind::Marker);
        for heap in registry.iter() {
            let (device, minor, name) = (heap.device_name(), heap.minor(), heap.sysfs_name());
            let NodePermissions { mode, uid, gid } = nodes;
            let stat = Status { mode: S_IFCHR | mode, uid, gid, links: 1, ..Status::default() };
            tree.objects.insert(format!("/dev/{device}").into_bytes(), Object { kind: ObjectKind::Node(minor), stat });
            let directory = format!("/sys/devices/virtual/dma_heap/{name}");
            tree.add(&directory, ObjectKind::Directory);
            tree.add(&format!("{directory}/dev"), ObjectKind::Text(format!("{major}:{minor}\n").into_bytes()));
            let event = format!("MAJOR={major}\nMINOR={minor}\nDEVNAME={device}\n");
            tree.add(&format!("{directory}/uevent"), ObjectKind::Text(event.into_bytes()));
            tree.add(&format!("{directory}/subsystem"), ObjectKind::Link(b"../../../../class/dma_heap".to_vec()));
            let link = ObjectKind::Link(format!("../../devices/virtual/dma_heap/{name}").into_bytes());
            tree.add(&format!("/sys/class/dma_heap/{name}"), link.clone());
            tree.add(&format!("/sys/dev/char/{major}:{minor}"), link);
        }
        tree
    }

    /// Adds the CMA areas, as far as kernels after 6.12 report them. Without any the kernel's stay seen.
    pub(crate) fn add_areas(&mut self, areas: &[SimulatedArea]) {
        if !areas.is_empty() {
            self.add(AREAS, ObjectKind::Directory);
        }
        for SimulatedArea { name, minor, pages } in areas {
            let directory = format!("{AREAS}/{name}");
            self.add(&directory, ObjectKind::Directory);
            self.add(&format!("{directory}/total_pages"), ObjectKind::Text(format!("{pages}\n").into_bytes()));
            self.add(&format!("{directory}/available_pages"), ObjectKind::FreePages(*minor));
        }
    }

    /// Adds the file that says which kernel this is.
    pub(crate) fn add_release(&mut self, release: &str) {
        self.add(RELEASE, ObjectKind::Text(format!("{release}\n").into_bytes()));
    }

    fn add(&mut self, path: &str, kind: ObjectKind) {
        let stat = Status { mode: kind.mode(), links: 1, ..Status::default() };
        self.objects.insert(path.as_bytes().to_vec(), Object { kind, stat });
    }

    /// Every object with its name, a directory before what is in it, to fill in what stat(2) reports of it.
    pub(crate) fn iter_mut(&mut self) -> btree_map::IterMut<'_, Vec<u8>, Object> {
        self.objects.iter_mut()
    }

    /// Every object with its name.
    pub(crate) fn iter(&self) -> btree_map::Iter<'_, Vec<u8>, Object> {
        self.objects.iter()
    }

    /// Lists the objects in the directory of this name itself.
    pub(crate) fn inside<'a>(&'a self, directory: &'a [u8]) -> impl Iterator<Item = &'a Object> {
        let is_inside = move |name: &[u8]| {
            let rest = name.strip_prefix(directory).and_then(|rest| rest.strip_prefix(b"/"));
            rest.is_some_and(|rest| !rest.contains(&b'/'))
        };
        self.objects.iter().filter(move |(name, _)| is_inside(name)).map(|(_, object)| object)
    }

    /// The object of this very name.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&Object> {
        self.objects.get(name)
    }

    /// Whether `path` may lead to one of the objects, judged by its text. Most paths do not, and that is all that is
    /// asked about them.
    pub(crate) fn may_mean(path: &[u8]) -> bool {
        let has = |part: &[u8]| path.windows(part.len()).any(|window| window == part);
        path.ends_with(b"devices")
            || path.ends_with(b"osrelease")
            || has(b"dma_heap")
            || has(b"dev/char/")
            || has(b"mm/cma")
    }
}
