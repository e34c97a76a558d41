//! Who holds which dma-buf: a scan that joins everything the kernel says about it.
//!
//! `/proc/PID/fd` and `/proc/PID/maps` tell who holds a buffer from user space, debugfs and sysfs which
//! buffers there are at all. None of them is a snapshot: a buffer that comes or goes while the scan runs
//! may be seen by one source and not by another.
//!
//! Begin with `scan`, which reads the sources in order and joins them; `process` reads one process, `kernel` the lists.
//! Files are found through `host::Root` only, so a copy of a machine's files is scanned in the same way.

mod attached;
mod coverage;
mod kernel;
mod lines;
mod process;
mod scan;
mod sharing;
mod summary;

pub(crate) use attached::Attached;
pub(crate) use coverage::{Coverage, Gap, ReadState};
pub(crate) use kernel::read_bufinfo;
pub(crate) use scan::{hidepid, scan};
pub(crate) use summary::{
    CgroupHoldings, Exporter, Process, Total, Totals, by_cgroup, by_exporter, by_process, totals,
};

use crate::host::parse::bufinfo::{Devices, Record};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Details to read of each holder beside what it holds; each of these takes three system calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HolderDetails {
    /// Command names.
    pub commands: bool,
    /// Memory cgroups.
    pub cgroups: bool,
}

/// The memory cgroup of a holder.
#[derive(Debug)]
pub(crate) struct HolderCgroup {
    pub path: String,
    /// Memory that it uses, bytes, where the memory of heaps is charged.
    pub usage: Option<u64>,
}

/// A process that holds a buffer, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub pid: u32,
    /// Descriptors of the buffer, in all tables of the process.
    pub fds: u64,
    /// Mappings of the buffer.
    pub maps: u64,
}

/// One dma-buf. A figure is `None` if no readable source has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Buffer {
    /// Inode number, unique to each buffer.
    pub inode: u64,
    /// Bytes.
    pub size: Option<u64>,
    /// Who exported it: a heap's name, a driver's.
    pub exporter: Option<Arc<str>>,
    pub name: Option<Arc<str>>,
    /// References to its file, the kernel's own included.
    pub references: Option<u64>,
    /// References that are descriptors: a table that tasks share counts once.
    pub fds: u64,
    /// References that are mappings: an address space that tasks share counts once.
    pub maps: u64,
    /// Who holds it from user space, by process.
    pub holders: Vec<Holder>,
    /// Devices that are attached; only debugfs knows.
    pub devices: Option<Devices>,
    /// Fences that are not signaled; only debugfs knows.
    pub pending: Option<u32>,
}

/// What the references are that neither a descriptor nor a mapping explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KernelHolder {
    /// Devices that are attached.
    Devices,
    /// A poll(2) holds one for each direction until the fences are signaled, even after its process has ended
    /// (`dma_buf_poll`).
    Poll,
    /// A driver that copies, which attaches no device (`vb2_vmalloc_attach_dmabuf`); or a descriptor on its way.
    Importer,
}

impl Buffer {
    /// Counts the references that neither a descriptor nor a mapping explains: importers, descriptors on their way
    /// through a socket or in io_uring, and processes that could not be read.
    pub(crate) fn unexplained(&self) -> Option<u64> {
        Some(self.references?.saturating_sub(self.fds + self.maps))
    }

    /// Concludes what holds it beside processes, if all of them could be read.
    pub(crate) fn kernel_holder(&self) -> Option<KernelHolder> {
        /// One for those who wait to read, and one for those who wait to write.
        const OF_POLLS: u64 = 2;
        let unexplained = self.unexplained().filter(|count| *count > 0)?;
        Some(match (self.devices.as_ref()?.is_empty(), self.pending?) {
            (false, _) => KernelHolder::Devices,
            (true, 1..) if unexplained <= OF_POLLS => KernelHolder::Poll,
            (true, _) => KernelHolder::Importer,
        })
    }

    /// Whether no process that could be read holds it.
    pub(crate) fn is_orphan(&self) -> bool {
        self.holders.is_empty()
    }

    /// Returns the buffer as the kernel's list has it, with the holders that were found.
    fn listed_as(self, listed: Self) -> Self {
        Self { fds: self.fds, maps: self.maps, holders: self.holders, ..listed }
    }

    /// The holder of that process, made if need be.
    fn holder(&mut self, pid: u32) -> &mut Holder {
        let place = self.holders.binary_search_by_key(&pid, |holder| holder.pid).unwrap_or_else(|place| {
            self.holders.insert(place, Holder { pid, fds: 0, maps: 0 });
            place
        });
        &mut self.holders[place]
    }
}

impl From<Record> for Buffer {
    fn from(record: Record) -> Self {
        let Record { inode, size, count, exporter, name, devices, pending } = record;
        Self {
            inode,
            size: Some(size),
            exporter: Some(exporter),
            name,
            references: Some(count),
            devices: Some(devices),
            pending: Some(pending),
            ..Self::default()
        }
    }
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The buffers, by inode number.
    pub buffers: Vec<Buffer>,
    /// The names of processes that hold any.
    pub commands: BTreeMap<u32, String>,
    /// Their memory cgroups.
    pub cgroups: BTreeMap<u32, HolderCgroup>,
    /// Says what could be read, and what could not.
    pub coverage: Coverage,
}
