//! The same buffers seen by process, by exporter, and as totals.

use super::{Buffer, Scan};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Process {
    pub pid: u32,
    pub command: String,
    /// Memory cgroup, if that could be read.
    pub cgroup: Option<String>,
    /// Descriptors of dma-bufs.
    pub fds: u64,
    /// Mappings of dma-bufs.
    pub maps: u64,
    /// The buffers that it holds.
    pub buffers: u64,
    /// Their sizes together, bytes.
    pub size: u64,
    /// Their sizes, each divided among the processes that hold it, bytes: over all processes these add up
    /// to what user space holds, but for rounding.
    pub shared: u64,
}

/// The holdings of a cgroup's processes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CgroupHoldings {
    /// Path; `None` for processes whose cgroup could not be read.
    pub path: Option<String>,
    pub processes: u64,
    /// The buffers that any of them holds.
    pub buffers: u64,
    /// Their sizes together, bytes.
    pub size: u64,
    /// All memory that it uses, bytes, where the memory of heaps is charged.
    pub usage: Option<u64>,
    /// The processes' parts of them, as in [`Process::shared`], bytes.
    pub shared: u64,
}

/// The buffers of one exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exporter {
    /// Name; `None` for buffers whose exporter could not be found out.
    pub name: Option<String>,
    pub buffers: u64,
    /// Their sizes together, bytes.
    pub size: u64,
    /// Buffers that no process holds; `None` where no list of all buffers, or not every process could be read.
    pub orphans: Option<u64>,
    pub fds: u64,
    pub maps: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub buffers: u64,
    /// Bytes.
    pub size: u64,
}

impl Total {
    fn add(&mut self, buffer: &Buffer) {
        self.buffers += 1;
        self.size = self.size.saturating_add(buffer.size.unwrap_or(0));
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub all: Total,
    /// Buffers that a process holds.
    pub user: Total,
    /// Buffers that only the kernel holds.
    pub kernel: Total,
}

pub(crate) fn totals<'b>(buffers: impl IntoIterator<Item = &'b Buffer>) -> Totals {
    let mut totals = Totals::default();
    for buffer in buffers {
        totals.all.add(buffer);
        if buffer.is_orphan() { &mut totals.kernel } else { &mut totals.user }.add(buffer);
    }
    totals
}

/// Groups the buffers by process, sorted by pid.
pub(crate) fn by_process(scan: &Scan) -> Vec<Process> {
    let mut processes: BTreeMap<u32, Process> = BTreeMap::new();
    for buffer in &scan.buffers {
        let size = buffer.size.unwrap_or(0);
        let holders = u64::try_from(buffer.holders.len()).unwrap_or(u64::MAX).max(1);
        for holder in &buffer.holders {
            let process = processes.entry(holder.pid).or_default();
            process.pid = holder.pid;
            process.fds += holder.fds;
            process.maps += holder.maps;
            process.buffers += 1;
            process.size = process.size.saturating_add(size);
            process.shared = process.shared.saturating_add(size / holders);
        }
    }
    for process in processes.values_mut() {
        process.command = scan.commands.get(&process.pid).cloned().unwrap_or_default();
        process.cgroup = scan.cgroups.get(&process.pid).map(|cgroup| cgroup.path.clone());
    }
    processes.into_values().collect()
}

/// Groups the buffers by cgroup, sorted by path.
pub(crate) fn by_cgroup(scan: &Scan) -> Vec<CgroupHoldings> {
    let mut cgroups: BTreeMap<Option<String>, CgroupHoldings> = BTreeMap::new();
    let path = |pid: u32| scan.cgroups.get(&pid).map(|cgroup| cgroup.path.clone());
    for process in by_process(scan) {
        let usage = scan.cgroups.get(&process.pid).and_then(|cgroup| cgroup.usage);
        let cgroup = cgroups.entry(process.cgroup).or_default();
        cgroup.usage = cgroup.usage.or(usage);
        cgroup.processes += 1;
        cgroup.shared = cgroup.shared.saturating_add(process.shared);
    }
    for buffer in &scan.buffers {
        let holding: BTreeSet<_> = buffer.holders.iter().map(|holder| path(holder.pid)).collect();
        for path in holding {
            let cgroup = cgroups.entry(path).or_default();
            cgroup.buffers += 1;
            cgroup.size = cgroup.size.saturating_add(buffer.size.unwrap_or(0));
        }
    }
    cgroups.into_iter().map(|(path, cgroup)| CgroupHoldings { path, ..cgroup }).collect()
}

/// Groups the buffers by exporter, sorted by name.
pub(crate) fn by_exporter(scan: &Scan) -> Vec<Exporter> {
    let mut exporters: BTreeMap<Option<&str>, Exporter> = BTreeMap::new();
    for buffer in &scan.buffers {
        let exporter = exporters.entry(buffer.exporter.as_deref()).or_default();
        exporter.buffers += 1;
        exporter.size = exporter.size.saturating_add(buffer.size.unwrap_or(0));
        if scan.coverage.has_kernel_list() && scan.coverage.sees_all_holders() {
            *exporter.orphans.get_or_insert(0) += u64::from(buffer.is_orphan());
        }
        exporter.fds += buffer.fds;
        exporter.maps += buffer.maps;
    }
    exporters.into_iter().map(|(name, exporter)| Exporter { name: name.map(str::to_owned), ..exporter }).collect()
}
