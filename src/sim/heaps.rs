//! The simulated heaps: what they are made of and how much they have.

use super::options::{Backing, HeapKind, HeapOption};
use super::tree::Area;
use crate::error::Error;
use crate::machine::{Root, memory::Memory};
use crate::model::dmabuf::Exporter;
use crate::model::registry::{self, ExportInfo, Registry};
use crate::model::{Access, Errno as Refusal, Kernel};
use crate::sys::vanished::{Watch, Watcher};
use crate::sys::{Errno, limits, standin};
use std::collections::HashMap;
use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

/// How the memory of a buffer is called, before the name of its heap. /proc shows it, and that is how
/// a descriptor is recognised, also one that came from another simulator.
const MEMORY_NAME: &str = "dmaheap-sim:";
const LINK_BEGIN: &[u8] = b"/memfd:dmaheap-sim:";
const LINK_END: &[u8] = b" (deleted)";

/// A buffer of `system` below this size is not counted against the machine's memory while it lives.
const COUNTED_FROM: u64 = 1 << 20;
/// How long an answer of /proc/meminfo is good for requests that are small beside it.
const FRESH: Duration = Duration::from_millis(100);

/// A simulated heap.
#[derive(Debug)]
pub(super) struct Heap {
    kind: HeapKind,
    /// Bytes of all live buffers that are counted.
    used: u64,
    memory_name: CString,
}

/// All heaps and the buffers that are counted.
#[derive(Debug)]
pub(super) struct Heaps {
    pub(super) registry: Registry<Heap>,
    watcher: Watcher,
    counted: HashMap<Watch, (u32, u64)>,
    machine: Budget,
    backing: Backing,
    udmabuf: Option<OwnedFd>,
    tell: fn(&Error),
    /// The access modes that were refused and spoken of.
    told: Vec<Access>,
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
            Backing::Udmabuf => Some(standin::udmabuf_device().map_err(|errno| {
                Error::errno("open", "/dev/udmabuf", errno).with_hint(
                    "--backing udmabuf needs CONFIG_UDMABUF and access to the device; --backing memfd needs neither",
                )
            })?),
        };
        let machine = Budget { bytes: 0, asked: None };
        Ok(Self { registry, watcher, counted: HashMap::new(), machine, backing, udmabuf, tell, told: Vec::new() })
    }

    /// The CMA areas of the heaps, a heap's with the heap's name.
    pub(super) fn areas(&self) -> Vec<Area> {
        let area = |heap: &registry::Heap<Heap>| match heap.data().kind {
            HeapKind::Cma { capacity } => {
                Some(Area { name: heap.sysfs_name(), minor: heap.minor(), pages: capacity / limits::page_size() })
            }
            HeapKind::System => None,
        };
        self.registry.iter().filter_map(area).collect()
    }

    /// The free pages of the area of the heap `minor`.
    pub(super) fn free_pages(&mut self, minor: u32) -> u64 {
        // The last close may not have been heard of yet.
        self.collect();
        let free = match self.registry.by_minor(minor).map(registry::Heap::data) {
            Some(Heap { kind: HeapKind::Cma { capacity }, used, .. }) => capacity.saturating_sub(*used),
            _ => 0,
        };
        free / limits::page_size()
    }

    /// Becomes readable when a counted buffer has ended.
    pub(super) fn news(&self) -> BorrowedFd<'_> {
        self.watcher.as_fd()
    }

    /// Gives back what counted buffers had that have ended.
    pub(super) fn collect(&mut self) {
        let Self { watcher, counted, registry, .. } = self;
        let mut give_back = |(minor, len): (u32, u64)| {
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

    /// Allocates `len` bytes, whole pages, from the heap `minor`.
    ///
    /// # Errors
    /// What the heap's allocator returns: ENOMEM.
    pub(super) fn allocate(&mut self, minor: u32, len: u64, access: Access) -> Result<OwnedFd, Refusal> {
        self.check_backing(access)?;
        let counted = self.reserve(minor, len)?;
        let heap = self.registry.by_minor(minor).ok_or(Refusal::ENODEV)?.data();
        let memory = standin::memory(&heap.memory_name, len).map_err(refusal)?;
        if counted {
            let watch = self.watcher.add(memory.as_fd()).map_err(refusal)?;
            self.counted.insert(watch, (minor, len));
            if let Some(heap) = self.registry.by_minor_mut(minor) {
                heap.data_mut().used += len;
            }
        }
        match (self.backing, &self.udmabuf) {
            (Backing::Udmabuf, Some(device)) => standin::udmabuf(device.as_fd(), memory.as_fd(), len).map_err(refusal),
            _ if access == Access::ReadWrite => Ok(memory),
            _ => standin::reopen(memory.as_fd(), access.flags()).map_err(refusal),
        }
    }

    /// Refuses an access mode that buffers of this backing cannot have, and says so the first time.
    fn check_backing(&mut self, access: Access) -> Result<(), Refusal> {
        if self.backing == Backing::Memfd || access == Access::ReadWrite {
            return Ok(());
        }
        if !self.told.contains(&access) {
            self.told.push(access);
            let reason = "/dev/udmabuf makes buffers that are O_RDWR";
            let error = Error::explained("allocate", format!("an {access} buffer"), reason, Errno::EOPNOTSUPP);
            (self.tell)(&error.with_hint("--backing memfd has every access mode"));
        }
        Err(Refusal::EOPNOTSUPP)
    }

    /// Whether there are `len` bytes, and whether they have to be counted while the buffer lives.
    fn reserve(&mut self, minor: u32, len: u64) -> Result<bool, Refusal> {
        let heap = self.registry.by_minor(minor).ok_or(Refusal::ENODEV)?.data();
        match heap.kind {
            HeapKind::Cma { capacity } => {
                if capacity - heap.used.min(capacity) < len {
                    // The last close may not have been heard of yet.
                    self.collect();
                }
                let heap = self.registry.by_minor(minor).ok_or(Refusal::ENODEV)?.data();
                let free = capacity.saturating_sub(heap.used);
                let used: u64 = self.registry.iter().map(|heap| heap.data().used).sum();
                // An area may be larger than what this machine can spare for it.
                let is_there = free >= len && self.machine.for_request(len).saturating_sub(used) >= len;
                if is_there { Ok(true) } else { Err(Refusal::ENOMEM) }
            }
            HeapKind::System => {
                let used = heap.used;
                let budget = self.machine.for_request(len);
                if budget.saturating_sub(used) < len { Err(Refusal::ENOMEM) } else { Ok(len >= COUNTED_FROM) }
            }
        }
    }

    /// Who exported the buffer whose descriptor /proc shows as `link`; `None` if it is no buffer.
    pub(super) fn exporter_in(&self, link: &[u8]) -> Option<Exporter> {
        let name = link.strip_prefix(LINK_BEGIN)?;
        let name = name.strip_suffix(LINK_END).unwrap_or(name);
        let heap = self.registry.by_name(std::str::from_utf8(name).ok()?);
        Some(match heap.map(|heap| heap.data().kind) {
            Some(HeapKind::Cma { .. }) => Exporter::Cma,
            Some(HeapKind::System) | None => Exporter::System,
        })
    }

    /// The length of the longest link that names a buffer, to size a buffer for links.
    pub(super) const LINK_MAX: usize = 320;
}

/// What may be allocated from heaps without an area of their own (see [`Memory::budget`]).
#[derive(Debug)]
struct Budget {
    bytes: u64,
    asked: Option<Instant>,
}

impl Budget {
    /// The budget as far as a request of `len` bytes depends on it: an answer that is not old serves
    /// for what is small beside it.
    fn for_request(&mut self, len: u64) -> u64 {
        let fresh = self.asked.is_some_and(|asked| asked.elapsed() < FRESH);
        if !fresh || len > self.bytes / 64 {
            self.bytes = Memory::of(&Root::machine()).map_or(0, |memory| memory.budget(limits::page_size()));
            self.asked = Some(Instant::now());
        }
        self.bytes
    }
}

/// No heap fails otherwise: that this process has a limit of its own (EFBIG, EMFILE) is not the caller's.
fn refusal(errno: Errno) -> Refusal {
    match errno {
        Errno::ENFILE => Refusal::ENFILE,
        _ => Refusal::ENOMEM,
    }
}
