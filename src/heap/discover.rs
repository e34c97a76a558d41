//! Which heaps there are: the union of the nodes in `/dev/dma_heap` and of the class in sysfs, each of
//! which may exist without the other.

use super::abi;
use super::area::{CmaAreas, Inferred};
use super::budget::{Bound, MemoryBudget, guard};
use super::check::{Node, NodeKind};
use super::name::{self, MemoryKind, Selector, UDMABUF};
use super::nodes::{HeapNodes, hidden};
use super::place::Place;
use crate::access::denial::Denial;
use crate::error::Error;
use crate::host::accounting::Accounting;
use crate::host::class::{self, ClassEntry};
use crate::host::cma::CmaArea;
use crate::host::udmabuf::{self, UdmabufLimits};
use crate::host::{Root, Unread, simulation};
use crate::model::Abi;
use crate::sys::fd::status::{Device, FileKind, Status};
use crate::sys::{Errno, errno_name};
use std::fmt;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The result of opening a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeapAccess {
    /// It was opened, and closed again.
    Granted,
    /// Looking at it or opening it failed.
    Denied(Errno),
    /// The class has it, `/dev` does not.
    NoNode,
    /// Not opened: it is not a node of the class.
    NotAHeap,
    /// Not opened: nothing here identifies it.
    Unverified,
    /// Not opened: these are another machine's files.
    NotTried,
}

impl fmt::Display for HeapAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted => f.pad("ok"),
            Self::Denied(errno) => f.pad(&errno_name(*errno)),
            Self::NoNode => f.pad("no-node"),
            Self::NotAHeap => f.pad("not-a-heap"),
            Self::Unverified => f.pad("unverified"),
            Self::NotTried => f.pad("not-tried"),
        }
    }
}

/// One heap, or one thing in `/dev/dma_heap` that should be one.
#[derive(Clone, Debug)]
pub(crate) struct HeapEntry {
    /// Name, or the path by which it was asked for.
    pub name: String,
    /// Where its node is or should be.
    pub path: PathBuf,
    pub kind: Inferred<MemoryKind>,
    /// The node's device number.
    pub device: Option<Device>,
    /// The device number that the class has for this heap.
    pub class_device: Option<Device>,
    /// Whether the node is one that the class has; `false` also for what is not a device.
    pub is_consistent: bool,
    /// The node's owner and mode.
    pub status: Option<Status>,
    pub access: HeapAccess,
    /// The request that it takes, where it was opened and answers as either kind of heap does.
    pub abi: Option<Abi>,
    /// The obstacle, where looking or opening failed for a reason that can be given.
    pub denial: Option<Denial>,
    /// Other names: links to it, and heaps that may share its memory.
    pub aliases: Vec<Inferred<String>>,
    /// The cgroup that bounds what is free, if it is not the machine.
    pub cgroup: Option<PathBuf>,
    pub area: Option<Inferred<CmaArea>>,
    /// Bytes that `alloc` accepts now: what is free in its area, else the machine's budget.
    pub free: Option<u64>,
    /// Of udmabuf.
    pub limits: UdmabufLimits,
}

impl HeapEntry {
    /// Whether there is nothing at its path, not even a link that leads nowhere.
    fn is_missing(&self, root: &Root) -> bool {
        self.access == HeapAccess::Denied(Errno::ENOENT) && root.read_link(&self.path).is_err()
    }

    /// Whether it is a heap: the class has it, or its node is one that the class has.
    pub(crate) fn is_a_heap(&self) -> bool {
        self.class_device.is_some() || self.device.is_some() && self.is_consistent
    }
}

/// Everything that is known of the machine's heaps.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The heaps, sorted by name.
    pub entries: Vec<HeapEntry>,
    /// Places that could not be read and may hide more of them.
    pub hidden: Vec<Unread>,
    /// Whether `/sys/class/dma_heap` was there and could be read.
    pub has_class: bool,
    /// Whether the answers come from `dmaheap sim`.
    pub simulated: bool,
}

impl Listing {
    /// Looks at everything, and opens each node that is a heap's.
    pub(crate) fn of(root: &Root) -> Self {
        let survey = Survey::of(root);
        let found = HeapNodes::of(root);
        let aliases = found.aliases(root);

        let mut paths = found.nodes;
        paths.extend(found.links.into_iter().filter(|(link, _)| !aliases.iter().any(|(alias, _)| alias == link)));
        for class in survey.class.iter().flatten() {
            paths.entry(class.name.clone()).or_insert_with(|| name::node_path(&class.name));
        }
        let mut entries: Vec<HeapEntry> =
            paths.into_iter().map(|(name, path)| survey.entry(root, &name, path)).collect();
        for entry in &mut entries {
            entry.aliases = aliases
                .iter()
                .filter(|(_, target)| *target == entry.name)
                .map(|(link, _)| Inferred { value: link.clone(), inferred: false })
                .collect();
        }
        add_aliases(&mut entries, &survey.areas);
        Self {
            entries,
            hidden: hidden(root),
            has_class: survey.class.is_some(),
            simulated: root.is_machine() && simulation::is_simulated(),
        }
    }

    /// The entry of that name, or the one that a link of that name leads to.
    pub(crate) fn find(&self, name: &str) -> Option<&HeapEntry> {
        let is_link = |entry: &&HeapEntry| entry.aliases.iter().any(|alias| !alias.inferred && alias.value == name);
        self.entries.iter().find(|entry| entry.name == name).or_else(|| self.entries.iter().find(is_link))
    }

    /// The entries that were asked for, all if none were, and an error for each that is not there.
    pub(crate) fn choose(&self, selectors: &[Selector], root: &Root) -> (Vec<HeapEntry>, Vec<Error>) {
        if selectors.is_empty() {
            return (self.entries.clone(), Vec::new());
        }
        let mut entries = Vec::new();
        let mut missing = Vec::new();
        for selector in selectors {
            let place = Place::of(selector, root);
            let listed = match selector {
                Selector::Name(_) if place.path == Path::new(udmabuf::NODE) => Self::udmabuf(root),
                Selector::Name(_) => self.find(&place.name).cloned(),
                Selector::Path(path) => Some(Self::entry_at(root, path)),
            };
            match listed {
                Some(entry) if !entry.is_missing(root) => entries.push(entry),
                _ => missing.push(place.missing(root)),
            }
        }
        (entries, missing)
    }

    /// The entry of udmabuf, if this machine has it.
    pub(crate) fn udmabuf(root: &Root) -> Option<HeapEntry> {
        let entry = Survey::of(root).entry(root, UDMABUF, udmabuf::NODE.into());
        Some(entry).filter(|entry| !entry.is_missing(root))
    }

    /// The entry of one node that need not be in `/dev/dma_heap`.
    pub(crate) fn entry_at(root: &Root, path: &Path) -> HeapEntry {
        let survey = Survey::of(root);
        let mut entry = survey.entry(root, &path.display().to_string(), path.to_owned());
        let class = survey.class.iter().flatten().find(|class| class.device.is_some() && class.device == entry.device);
        if let Some(class) = class {
            entry.class_device = class.device;
            entry.kind = survey.areas.kind(&class.name);
            entry.area = survey.areas.of_heap(&class.name);
            let FreeMemory { bytes, cgroup } = survey.free(entry.kind.value, entry.area.as_ref());
            (entry.free, entry.cgroup) = (bytes, cgroup);
        }
        entry
    }
}

/// Facts that the machine is asked for once, for all entries.
struct Survey {
    class: Option<Vec<ClassEntry>>,
    major: Option<u32>,
    budget: MemoryBudget,
    areas: CmaAreas,
}

struct FreeMemory {
    bytes: Option<u64>,
    /// The cgroup whose limit says so, if one does.
    cgroup: Option<PathBuf>,
}

impl FreeMemory {
    fn of(budget: &MemoryBudget) -> Self {
        let cgroup = match budget.bound() {
            Bound::Cgroup(level) => Some(level.path.clone()),
            Bound::Machine => None,
        };
        Self { bytes: budget.memory.map(|_| budget.bytes()), cgroup }
    }
}

impl Survey {
    fn of(root: &Root) -> Self {
        let budget = guard::foreseen_budget(root, Accounting::of(root).charges());
        Self {
            class: class::entries(root),
            major: class::major(root),
            areas: CmaAreas::of(root, budget.memory.as_ref()),
            budget,
        }
    }

    fn entry(&self, root: &Root, name: &str, path: PathBuf) -> HeapEntry {
        let entry = self.class.iter().flatten().find(|class| class.name == name);
        let class_device = entry.and_then(|class| class.device);
        let node = Node::look(root, &path, self.major);
        let is_link = || root.read_link(&path).is_ok();
        let access = match &node {
            Err(errno) if *errno == Errno::ENOENT && class_device.is_some() && !is_link() => Err(HeapAccess::NoNode),
            Err(errno) => Err(HeapAccess::Denied(*errno)),
            Ok(node) => try_access(root, node),
        };
        let is_udmabuf = matches!(node.as_ref().map(Node::verdict), Ok(NodeKind::Udmabuf(_)));
        let abi_of = |fd: OwnedFd| if is_udmabuf { None } else { abi::of(fd.as_fd()) };
        let (access, abi) = access.map_or_else(|refusal| (refusal, None), |fd| (HeapAccess::Granted, abi_of(fd)));
        let denial = match (access, &node) {
            (HeapAccess::Denied(errno), Ok(node)) => Denial::at(root, &path, node.as_fd(), errno),
            (HeapAccess::Denied(errno), Err(_)) => Some(Denial::before(root, &path, errno)),
            _ => None,
        };
        let status = node.ok().map(|node| node.status());
        let node_device =
            status.and_then(|status| if let FileKind::Character(device) = status.kind { Some(device) } else { None });
        let is_in_class = |device| is_udmabuf || self.is_in_class(device, class_device, access);
        let udmabuf = Inferred { value: MemoryKind::Udmabuf, inferred: false };
        let kind = if is_udmabuf { udmabuf } else { self.areas.kind(name) };
        let area = self.areas.of_heap(name);
        let FreeMemory { bytes, cgroup } = match kind.value {
            MemoryKind::Udmabuf => FreeMemory::of(&guard::foreseen_budget(root, true)),
            kind => self.free(kind, area.as_ref()),
        };
        HeapEntry {
            limits: if is_udmabuf { UdmabufLimits::of(root) } else { UdmabufLimits::default() },
            free: bytes,
            cgroup,
            name: name.to_owned(),
            path,
            kind,
            device: node_device,
            class_device,
            is_consistent: status.is_none() || node_device.is_some_and(is_in_class),
            status,
            access,
            abi,
            denial,
            aliases: Vec::new(),
            area,
        }
    }

    /// Whether `device` is a heap's, of the number `expected` if the class has this name. A node of the right major number
    /// that was opened is one, whatever of the class is in sight.
    fn is_in_class(&self, device: Device, expected: Option<Device>, access: HeapAccess) -> bool {
        match (expected, self.class.as_deref()) {
            (Some(expected), _) => expected == device,
            (None, None | Some([])) => self.major.is_none_or(|major| major == device.major),
            (None, Some(class)) => {
                access == HeapAccess::Granted || class.iter().any(|entry| entry.device == Some(device))
            }
        }
    }

    fn free(&self, kind: MemoryKind, area: Option<&Inferred<CmaArea>>) -> FreeMemory {
        match area {
            Some(area) if !area.inferred => FreeMemory { bytes: area.value.free, cgroup: None },
            _ if kind == MemoryKind::System => FreeMemory::of(&self.budget),
            _ => FreeMemory { bytes: None, cgroup: None },
        }
    }
}

/// The heap, or why it is not open.
fn try_access(root: &Root, node: &Node) -> Result<OwnedFd, HeapAccess> {
    match node.verdict() {
        NodeKind::OtherDriver { .. } | NodeKind::OtherKind(_) => Err(HeapAccess::NotAHeap),
        _ if !root.is_machine() => Err(HeapAccess::NotTried),
        NodeKind::Unverified(_) => Err(HeapAccess::Unverified),
        NodeKind::Heap(_) | NodeKind::Udmabuf(_) => node.open().map_err(HeapAccess::Denied),
    }
}

fn add_aliases(entries: &mut [HeapEntry], areas: &CmaAreas) {
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    for entry in entries {
        let aliases = names.iter().filter(|name| areas.may_share(&entry.name, name));
        entry.aliases.extend(aliases.map(|name| Inferred { value: name.clone(), inferred: true }));
    }
}
