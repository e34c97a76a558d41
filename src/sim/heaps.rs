//! The simulated heaps: what they are made of and how much they have.

use super::accounts::{Accounts, COUNTED_FROM, Shortage, WantedBuffer};
use super::budget;
use super::options::{Backing, HeapKind, HeapOption};
use crate::error::{Error, Hint};
use crate::heap::budget::guard;
use crate::heap::name::DEFAULT_CMA;
use crate::host::cma::KERNELS_AREA;
use crate::host::simulation::{LINK_BEGIN, MARKER, MEMORY_NAME, heap_in};
use crate::model::dmabuf::ExporterKind;
use crate::model::registry::{ExportInfo, RegisteredHeap, Registry};
use crate::model::{self, AccessMode, Kernel};
use crate::sys::fd::descriptor;
use crate::sys::fd::file::errno_of;
use crate::sys::mem::memfd::{self, MemfdSize};
use crate::sys::sim::memfd_watch::MemfdWatcher;
use crate::sys::sim::placeholder;
use crate::sys::{Errno, system};
use crate::uapi::udmabuf;
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// `MFD_NAME_MAX_LEN` (mm/memfd.c) without [`MEMORY_NAME`].
const NAME_MAX: usize = 249 - MEMORY_NAME.len();

/// The facts about a heap that never change.
#[derive(Debug)]
pub(super) struct HeapMemory {
    kind: HeapKind,
    memory_name: CString,
    /// The CMA area, as a kernel names it.
    area: String,
    /// The first heap of its area, with which it shares the memory.
    account: u32,
}

/// A CMA area, as sysfs shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SimulatedArea {
    pub(super) name: String,
    pub(super) minor: u32,
    pub(super) pages: u64,
}

/// All heaps and the memory that they have given.
#[derive(Debug)]
pub(super) struct SimulatedHeaps {
    pub(super) registry: Registry<HeapMemory>,
    watcher: MemfdWatcher,
    backing: Backing,
    udmabuf: Option<OwnedFd>,
    report: fn(&Error),
    accounts: Mutex<Accounts>,
}

impl SimulatedHeaps {
    /// Registers the heaps that were asked for.
    pub(super) fn new(
        kernel: &Kernel,
        options: &[HeapOption],
        backing: Backing,
        report: fn(&Error),
    ) -> Result<Self, Error> {
        let mut registry = Registry::new(kernel);
        for HeapOption { name, kind } in options {
            check(name, *kind, backing, options)?;
            let memory_name = CString::new(format!("{MEMORY_NAME}{name}"))
                .map_err(|_| Error::refused("register heap", name, "its name holds a NUL"))?;
            let area = if name == DEFAULT_CMA { KERNELS_AREA.to_owned() } else { name.clone() };
            let is_twin = |heap: &&RegisteredHeap<HeapMemory>| {
                matches!((heap.data().kind, *kind), (HeapKind::Cma(_), HeapKind::Cma(_))) && heap.data().area == area
            };
            let twin = registry.iter().find(is_twin);
            let (kind, account) =
                twin.map_or((*kind, registry.iter().len() as u32), |twin| (twin.data().kind, twin.minor()));
            let memory = HeapMemory { kind, memory_name, area, account };
            registry
                .add(ExportInfo { name: name.clone(), allocator: Some(memory) })
                .map_err(|error| Error::refused("register heap", name, error))?;
        }
        let watcher = MemfdWatcher::new().map_err(|errno| {
            let error = Error::errno("watch for closed buffers by", "inotify", errno);
            // Of the two limits that EMFILE stands for it is not the one for descriptors if there can be another one.
            match descriptor::duplicate(std::io::stderr().as_fd()) {
                Ok(_) => error.with_hint("fs.inotify.max_user_instances limits how many simulators a user can run"),
                Err(_) => error,
            }
        })?;
        let udmabuf = match backing {
            Backing::Memfd => None,
            Backing::Udmabuf => Some(
                placeholder::udmabuf_device()
                    .map_err(|errno| Error::errno("open", "/dev/udmabuf", errno).with_hint(Hint::BackWithoutUdmabuf))?,
            ),
        };
        let accounts = Mutex::new(Accounts::new(guard::become_victim(report)));
        Ok(Self { registry, watcher, backing, udmabuf, report, accounts })
    }

    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heap(&self, minor: u32) -> Option<&HeapMemory> {
        self.registry.by_minor(minor).map(RegisteredHeap::data)
    }

    /// The CMA areas of the heaps.
    pub(super) fn areas(&self) -> Vec<SimulatedArea> {
        let area = |heap: &RegisteredHeap<HeapMemory>| match heap.data().kind {
            HeapKind::Cma(capacity) if heap.data().account == heap.minor() => Some(SimulatedArea {
                name: heap.data().area.replace('/', "!"),
                minor: heap.minor(),
                pages: capacity / system::page_size(),
            }),
            _ => None,
        };
        self.registry.iter().filter_map(area).collect()
    }

    /// The free pages of the area of the heap `minor`.
    pub(super) fn free_pages(&self, minor: u32) -> u64 {
        let mut accounts = self.accounts();
        // The last close may not have been heard of yet.
        accounts.collect(&self.watcher);
        match self.heap(minor) {
            Some(HeapMemory { kind: HeapKind::Cma(capacity), .. }) => {
                capacity.saturating_sub(accounts.used(minor)) / system::page_size()
            }
            _ => 0,
        }
    }

    /// Becomes readable when a counted buffer has ended.
    pub(super) fn ended_buffers(&self) -> Result<OwnedFd, Errno> {
        self.watcher.as_fd().try_clone_to_owned().map_err(|error| errno_of(&error))
    }

    /// Gives back what counted buffers had that have ended.
    pub(super) fn collect(&self) {
        self.accounts().collect(&self.watcher);
    }

    /// Returns how many allocations have succeeded.
    pub(super) fn allocated(&self) -> u64 {
        self.accounts().allocated
    }

    /// Allocates a buffer; fails as the heap's allocator does.
    pub(super) fn allocate(&self, wanted: &WantedBuffer) -> Result<OwnedFd, model::Errno> {
        let heap = self.heap(wanted.minor).ok_or(model::Errno::ENODEV)?;
        let wanted = &WantedBuffer { minor: heap.account, ..*wanted };
        let mut touched = None;
        loop {
            let mut accounts = self.accounts();
            let shortage = match self.try_to_allocate(&mut accounts, heap, wanted, touched) {
                Ok(buffer) => return Ok(buffer),
                Err(Shortage::UnknownUntilTouched(inodes)) => {
                    // A file system that a client serves can keep the answer back.
                    drop(accounts);
                    touched = Some(budget::resident(LINK_BEGIN, &inodes));
                    continue;
                }
                Err(shortage) => shortage,
            };
            let is_news = accounts.note(&shortage);
            // Whoever reads the report may take their time.
            drop(accounts);
            if let Some(error) = shortage.error().filter(|_| is_news) {
                (self.report)(&error);
            }
            return Err(shortage.errno());
        }
    }

    fn try_to_allocate(
        &self,
        accounts: &mut Accounts,
        heap: &HeapMemory,
        wanted: &WantedBuffer,
        touched: Option<u64>,
    ) -> Result<OwnedFd, Shortage> {
        if wanted.most.is_some_and(|most| accounts.allocated >= most) {
            return Err(Shortage::Memory);
        }
        if self.backing == Backing::Udmabuf && wanted.access != AccessMode::ReadWrite {
            return Err(Shortage::AccessMode(wanted.access));
        }
        if accounts.has(heap.kind, wanted, touched) != Ok(true) {
            // The last close may not have been heard of yet.
            accounts.collect(&self.watcher);
            if !accounts.has(heap.kind, wanted, touched)? {
                return Err(Shortage::Memory);
            }
        }
        let buffer = self.make(accounts, heap, wanted).map_err(|errno| match errno {
            Errno::ENOMEM => Shortage::Memory,
            errno => Shortage::Simulator(errno),
        })?;
        accounts.allocated += 1;
        Ok(buffer)
    }

    fn make(&self, accounts: &mut Accounts, heap: &HeapMemory, wanted: &WantedBuffer) -> Result<OwnedFd, Errno> {
        let WantedBuffer { len, access, .. } = *wanted;
        let size = if len < COUNTED_FROM { MemfdSize::Backed(len) } else { MemfdSize::Sparse(len) };
        let memory = memfd::memory(&heap.memory_name, size)?;
        accounts.add(&self.watcher, memory.as_fd(), *wanted, heap.kind.capacity().is_some())?;
        match &self.udmabuf {
            Some(device) => memfd::udmabuf(device.as_fd(), memory.as_fd(), len, udmabuf::FLAGS_CLOEXEC),
            None if access == AccessMode::ReadWrite => Ok(memory),
            None => placeholder::reopen(memory.as_fd(), access.flags()),
        }
    }

    /// Returns who exported the buffer whose descriptor /proc shows as `link`, also if it came from another simulator;
    /// `None` if it is not a buffer.
    pub(super) fn exporter_in(&self, link: &[u8]) -> Option<ExporterKind> {
        let heap = self.registry.by_name(std::str::from_utf8(heap_in(link)?).ok()?);
        Some(match heap.map(|heap| heap.data().kind) {
            Some(HeapKind::Cma(_)) => ExporterKind::Cma,
            Some(HeapKind::Protected(_)) => ExporterKind::Protected,
            Some(HeapKind::System) | None => ExporterKind::System,
        })
    }
}

/// Refuses what the registry would take and the simulator cannot serve.
fn check(name: &str, kind: HeapKind, backing: Backing, all: &[HeapOption]) -> Result<(), Error> {
    let refused = |reason: &str| Err(Error::refused("register heap", name, reason));
    if name.len() > NAME_MAX {
        return refused("its name is longer than 237 bytes, the limit of a memfd name");
    }
    if !name.is_empty() && name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return refused("its name is not a path below /dev/dma_heap");
    }
    if format!("/dev/dma_heap/{name}").starts_with(MARKER) {
        return refused("this name is reserved: programs use it to detect the simulation");
    }
    let is_below = |other: &HeapOption| other.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
    if all.iter().any(is_below) {
        return refused("another heap has its name as a directory");
    }
    match (kind.capacity(), backing) {
        (Some(capacity), _) if capacity < system::page_size() => refused("an area has at least one page"),
        // A udmabuf keeps the pages of its memfd and not the memfd, whose end is what is heard of.
        (Some(_), Backing::Udmabuf) => {
            Err(Error::refused("register heap", name, "a heap with memory of its own cannot be backed by udmabuf")
                .with_hint("the release of a udmabuf cannot be observed, so its memory would never be returned"))
        }
        _ => Ok(()),
    }
}
