//! The simulated heaps: what they are made of and how much they have.

use super::budget::{self, Budget};
use super::options::{Backing, HeapKind, HeapOption};
use super::start::OPEN_FILES;
use super::vfs::tree::Area;
use crate::error::{Error, Hint};
use crate::heap::budget::guard;
use crate::host::simulation::MARKER;
use crate::model::dmabuf::ExporterKind;
use crate::model::registry::{self, ExportInfo, Registry};
use crate::model::{AccessMode, Errno as Refusal, Kernel};
use crate::sys::Errno;
use crate::sys::fd::file::errno_of;
use crate::sys::fd::status;
use crate::sys::sim::memfd_watch::{Watch, Watcher};
use crate::sys::sim::placeholder;
use crate::sys::system;
use std::collections::{HashMap, HashSet};
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

/// How the memory of a buffer is called, before the name of its heap. /proc shows it, and that is how
/// a descriptor is recognised, also one that came from another simulator.
const MEMORY_NAME: &str = "dmaheap-sim:";
const LINK_BEGIN: &[u8] = b"/memfd:dmaheap-sim:";
const LINK_END: &[u8] = b" (deleted)";
/// `MFD_NAME_MAX_LEN` (mm/memfd.c) without [`MEMORY_NAME`].
const NAME_MAX: usize = 249 - MEMORY_NAME.len();

/// From this size on a buffer gets its pages when they are touched, and is counted until it ends.
const COUNTED_FROM: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct Heap {
    kind: HeapKind,
    /// Bytes of all live buffers that are counted.
    used: u64,
    memory_name: CString,
}

/// A buffer that is counted while it lives.
#[derive(Clone, Copy, Debug)]
struct Counted {
    minor: u32,
    len: u64,
    inode: u64,
}

/// Why there is no buffer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Refused(Refusal),
    /// It depends on how much of the buffers with these inodes was touched, which takes a look at files of clients.
    NeedsTouched(HashSet<u64>),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Bytes of these counted buffers that the machine has spent already. A file system that a client serves can keep the
/// answer back, so no lock may be held.
pub(super) fn touched(inodes: &HashSet<u64>) -> u64 {
    budget::resident(LINK_BEGIN, inodes)
}

/// All heaps and the buffers that are counted.
#[derive(Debug)]
pub(super) struct Heaps {
    pub(super) registry: Registry<Heap>,
    watcher: Watcher,
    counted: HashMap<Watch, Counted>,
    machine: Budget,
    backing: Backing,
    udmabuf: Option<OwnedFd>,
    /// Successful allocations, for the faults that come after some.
    allocated: u64,
    /// The access modes that were refused and spoken of.
    told: Vec<AccessMode>,
    /// Why the last buffer could not be made, where it was not for want of memory.
    short_of: Option<Errno>,
    told_short_of: Vec<Errno>,
}

impl Heaps {
    /// Registers the heaps that were asked for.
    ///
    /// # Errors
    /// When the framework refuses one, or the kernel lacks what the backing needs.
    pub(super) fn new(
        kernel: &Kernel,
        options: &[HeapOption],
        backing: Backing,
        tell: fn(&Error),
    ) -> Result<Self, Error> {
        let mut registry = Registry::new(kernel);
        for HeapOption { name, kind } in options {
            check(name, *kind, backing, options)?;
            let memory_name = CString::new(format!("{MEMORY_NAME}{name}"))
                .map_err(|_| Error::refused("register heap", name, "its name holds a NUL"))?;
            let heap = Heap { kind: *kind, used: 0, memory_name };
            registry
                .add(ExportInfo { name: name.clone(), allocator: Some(heap) })
                .map_err(|error| Error::refused("register heap", name, error))?;
        }
        let watcher = Watcher::new().map_err(|errno| {
            Error::errno("watch for closed buffers by", "inotify", errno)
                .with_hint("fs.inotify.max_user_instances limits how many simulators a user can run")
        })?;
        let udmabuf = match backing {
            Backing::Memfd => None,
            Backing::Udmabuf => Some(
                placeholder::udmabuf_device()
                    .map_err(|errno| Error::errno("open", "/dev/udmabuf", errno).with_hint(Hint::BackWithoutUdmabuf))?,
            ),
        };
        let machine = Budget::new(guard::volunteer(tell));
        Ok(Self {
            registry,
            watcher,
            counted: HashMap::new(),
            machine,
            backing,
            udmabuf,
            allocated: 0,
            told: Vec::new(),
            short_of: None,
            told_short_of: Vec::new(),
        })
    }

    /// The CMA areas of the heaps, a heap's with the heap's name.
    pub(super) fn areas(&self) -> Vec<Area> {
        let area = |heap: &registry::RegisteredHeap<Heap>| match heap.data().kind {
            HeapKind::Cma { capacity } => {
                Some(Area { name: heap.sysfs_name(), minor: heap.minor(), pages: capacity / system::page_size() })
            }
            HeapKind::System | HeapKind::Protected { .. } => None,
        };
        self.registry.iter().filter_map(area).collect()
    }

    /// The free pages of the area of the heap `minor`.
    pub(super) fn free_pages(&mut self, minor: u32) -> u64 {
        // The last close may not have been heard of yet.
        self.collect();
        let free = match self.registry.by_minor(minor).map(registry::RegisteredHeap::data) {
            Some(Heap { kind: HeapKind::Cma { capacity }, used, .. }) => capacity.saturating_sub(*used),
            _ => 0,
        };
        free / system::page_size()
    }

    /// Becomes readable when a counted buffer has ended.
    pub(super) fn news(&self) -> Result<OwnedFd, Errno> {
        self.watcher.as_fd().try_clone_to_owned().map_err(|error| errno_of(&error))
    }

    /// Gives back what counted buffers had that have ended.
    pub(super) fn collect(&mut self) {
        let Self { watcher, counted, registry, .. } = self;
        let mut give_back = |Counted { minor, len, .. }: Counted| {
            if let Some(heap) = registry.by_minor_mut(minor) {
                let used = &mut heap.data_mut().used;
                *used = used.saturating_sub(len);
            }
        };
        let complete = watcher.drain(|watch| {
            if let Some(buffer) = counted.remove(&watch) {
                give_back(buffer);
            }
        });
        // A watcher that cannot be read gives nothing back; the heaps then run out, which is seen.
        if complete == Ok(false) {
            if let Ok(alive) = watcher.alive() {
                let gone: Vec<Watch> =
                    counted.keys().copied().filter(|watch| !alive.contains(&watch.as_raw())).collect();
                gone.iter().filter_map(|watch| counted.remove(watch)).for_each(give_back);
            }
        }
    }

    /// How many allocations have succeeded.
    pub(super) const fn allocated(&self) -> u64 {
        self.allocated
    }

    /// Allocates `len` bytes, whole pages, from the heap `minor`.
    ///
    /// `touched` is what [`touched`] answered, if that was asked for.
    ///
    /// # Errors
    /// What the heap's allocator returns: ENOMEM.
    pub(super) fn allocate(
        &mut self,
        (minor, len): (u32, u64),
        access: AccessMode,
        touched: Option<u64>,
    ) -> Result<OwnedFd, Failure> {
        if !self.can_back(access) {
            return Err(Refusal::EOPNOTSUPP.into());
        }
        self.reserve(minor, len, touched)?;
        let buffer = self.make(minor, len, access)?;
        self.allocated += 1;
        Ok(buffer)
    }

    fn make(&mut self, minor: u32, len: u64, access: AccessMode) -> Result<OwnedFd, Refusal> {
        self.try_to_make(minor, len, access).map_err(|errno| {
            self.short_of = Some(errno).filter(|errno| *errno != Errno::ENOMEM);
            refusal(errno)
        })
    }

    fn try_to_make(&mut self, minor: u32, len: u64, access: AccessMode) -> Result<OwnedFd, Errno> {
        let heap = self.registry.by_minor(minor).ok_or(Errno::ENODEV)?.data();
        let is_small = len < COUNTED_FROM;
        let size = if is_small { placeholder::Size::Backed(len) } else { placeholder::Size::Sparse(len) };
        let memory = placeholder::memory(&heap.memory_name, size)?;
        if is_small {
            self.machine.spend(len);
        }
        if !is_small || heap.kind.capacity().is_some() {
            let watch = self.watcher.add(memory.as_fd())?;
            let inode = status::status(memory.as_fd())?.inode;
            self.counted.insert(watch, Counted { minor, len, inode });
            if let Some(heap) = self.registry.by_minor_mut(minor) {
                heap.data_mut().used += len;
            }
        }
        match (self.backing, &self.udmabuf) {
            (Backing::Udmabuf, Some(device)) => placeholder::udmabuf(device.as_fd(), memory.as_fd(), len),
            _ if access == AccessMode::ReadWrite => Ok(memory),
            _ => placeholder::reopen(memory.as_fd(), access.flags()),
        }
    }

    fn can_back(&self, access: AccessMode) -> bool {
        self.backing == Backing::Memfd || access == AccessMode::ReadWrite
    }

    /// What is to be said, once each: that this backing has no buffers of this access mode, or what the simulator itself
    /// is short of where the client sees only that there is no buffer.
    pub(super) fn not_told_yet(&mut self, access: AccessMode) -> Option<Error> {
        if let Some(errno) = self.short_of.take().filter(|errno| !self.told_short_of.contains(errno)) {
            self.told_short_of.push(errno);
            let error = Error::errno("make", "a buffer", errno);
            return Some(if errno == Errno::EMFILE { error.with_hint(OPEN_FILES) } else { error });
        }
        if self.can_back(access) || self.told.contains(&access) {
            return None;
        }
        self.told.push(access);
        let reason = "/dev/udmabuf makes buffers that are O_RDWR";
        let error = Error::explained("allocate", format!("an {access} buffer"), reason, Errno::EOPNOTSUPP);
        Some(error.with_hint(Hint::BackWithMemfd))
    }

    /// Whether there are `len` bytes, in the heap's area if it has one and in the machine, for an area may be
    /// larger than what this machine can spare for it.
    fn reserve(&mut self, minor: u32, len: u64, touched: Option<u64>) -> Result<(), Failure> {
        if self.has(minor, len, touched) == Ok(true) {
            return Ok(());
        }
        // The last close may not have been heard of yet.
        self.collect();
        if self.has(minor, len, touched)? { Ok(()) } else { Err(Refusal::ENOMEM.into()) }
    }

    fn has(&mut self, minor: u32, len: u64, touched: Option<u64>) -> Result<bool, Failure> {
        let heap = self.registry.by_minor(minor).ok_or(Refusal::ENODEV)?.data();
        if heap.kind.capacity().is_some_and(|capacity| capacity.saturating_sub(heap.used) < len) {
            return Ok(false);
        }
        let Some(to_spare) = self.machine.for_request(len).checked_sub(len) else { return Ok(false) };
        // Each of them may be touched any time; what was touched the machine does not have any more.
        let counted: u64 = self.registry.iter().map(|heap| heap.data().used).sum();
        if to_spare >= counted {
            return Ok(true);
        }
        let touched =
            touched.ok_or_else(|| Failure::NeedsTouched(self.counted.values().map(|buffer| buffer.inode).collect()))?;
        Ok(to_spare >= counted.saturating_sub(touched))
    }

    /// Who exported the buffer whose descriptor /proc shows as `link`; `None` if it is no buffer.
    pub(super) fn exporter_in(&self, link: &[u8]) -> Option<ExporterKind> {
        let name = link.strip_prefix(LINK_BEGIN)?;
        let name = name.strip_suffix(LINK_END).unwrap_or(name);
        let heap = self.registry.by_name(std::str::from_utf8(name).ok()?);
        Some(match heap.map(|heap| heap.data().kind) {
            Some(HeapKind::Cma { .. }) => ExporterKind::Cma,
            Some(HeapKind::Protected { .. }) => ExporterKind::Protected,
            Some(HeapKind::System) | None => ExporterKind::System,
        })
    }

    /// The length of the longest link that names a buffer, to size a buffer for links.
    pub(super) const LINK_MAX: usize = 320;
}

/// No heap fails otherwise: that this process has a limit of its own (EFBIG, EMFILE) is not the caller's.
fn refusal(errno: Errno) -> Refusal {
    match errno {
        Errno::ENFILE => Refusal::ENFILE,
        _ => Refusal::ENOMEM,
    }
}

/// What the registry would take and the simulator cannot serve.
fn check(name: &str, kind: HeapKind, backing: Backing, all: &[HeapOption]) -> Result<(), Error> {
    let refused = |reason: &str| Err(Error::refused("register heap", name, reason));
    if name.len() > NAME_MAX {
        return refused("its name is longer than 237 bytes, which is what a memfd's name has room for");
    }
    if !name.is_empty() && name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return refused("its name makes no path below /dev/dma_heap");
    }
    if format!("/dev/dma_heap/{name}").starts_with(MARKER) {
        return refused("this is the name by which a program finds out that it is simulated");
    }
    let is_below = |other: &HeapOption| other.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
    if all.iter().any(is_below) {
        return refused("another heap's name makes a directory of it");
    }
    match (kind.capacity(), backing) {
        (Some(capacity), _) if capacity < system::page_size() => refused("an area has a page at least"),
        // A udmabuf keeps the pages of its memfd and not the memfd, whose end is what is heard of.
        (Some(_), Backing::Udmabuf) => {
            Err(Error::refused("register heap", name, "a heap with memory of its own cannot be made of udmabufs")
                .with_hint("the end of a udmabuf is not heard of, so that it would never be given back"))
        }
        _ => Ok(()),
    }
}
