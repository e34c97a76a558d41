//! The tables of `dmaheap buffers`, one a view.

use super::diff::{Measured, Row, RowChange};
use super::options::Args;
use crate::holders::{self, Buffer, CgroupHoldings, Holder, HolderCgroup, KernelHolder, Scan, Total, Totals};
use crate::ui::{Cell, Column, column};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A view of what was scanned.
pub(crate) trait View: Measured + Clone + Sized + 'static {
    const DEFAULT: &'static str;
    const COLUMNS: &'static [Column<Row<Self>>];
    /// Whether rows are made of the cgroups of processes.
    const IS_BY_CGROUP: bool = false;
    fn rows(scan: Scan) -> Vec<Self>;
    /// What messages call a row.
    fn title(&self) -> String {
        self.key()
    }
    /// Whether the row itself is asked for, its buffers being so.
    fn is_asked_for(&self, _args: &Args) -> bool {
        true
    }
}

/// A buffer, with the names of all holders of the scan. There may be very many buffers.
#[derive(Clone, Debug)]
pub(crate) struct NamedBuffer {
    pub buffer: Buffer,
    names: Rc<HolderNames>,
}

#[derive(Debug)]
struct HolderNames {
    commands: BTreeMap<u32, String>,
    cgroups: BTreeMap<u32, HolderCgroup>,
    /// Whether no process is missing.
    is_complete: bool,
}

fn change<T>(row: &Row<T>) -> Cell {
    row.change.map(RowChange::as_str).into()
}

impl View for NamedBuffer {
    const DEFAULT: &'static str = "INODE,SIZE,EXPORTER,NAME,REFS,HOLDERS";
    const COLUMNS: &'static [Column<Row<Self>>] = &[
        column("CHANGE", "change", "with --diff: came, went, or grew (has more references) since the start")
            .text(change),
        column("INODE", "inode", "inode number, unique to each buffer")
            .number(|row| Cell::Number(row.value.buffer.inode)),
        column("SIZE", "size", "size, bytes").number(|row| Cell::bytes(row.value.buffer.size)),
        column("EXPORTER", "exporter", "exporter: a heap or a driver")
            .text(|row| row.value.buffer.exporter.as_deref().into()),
        column("NAME", "name", "name (DMA_BUF_SET_NAME)").text(|row| row.value.buffer.name.as_deref().into()),
        column("REFS", "refs", "references to its file, including the kernel's")
            .number(|row| Cell::number(row.value.buffer.references)),
        column("FDS", "fds", "references that are descriptors; a table that tasks share counts once")
            .number(|row| Cell::Number(row.value.buffer.fds)),
        column("MAPS", "maps", "references that are mappings; memory that tasks share counts once")
            .number(|row| Cell::Number(row.value.buffer.maps)),
        column("KERNEL", "kernel", "remaining references: importers, descriptors in flight, unreadable processes")
            .number(|row| Cell::number(row.value.buffer.unexplained())),
        column("DEVICES", "devices", "attached devices (from debugfs)").text(|row| row.value.devices()),
        column("BY", "by", "who the remaining references are: devices, poll or importer; inferred but for the first")
            .text(|row| row.value.kernel_holder()),
        column("FENCES", "fences", "number of its fences that are pending (from debugfs)")
            .number(|row| row.value.fences()),
        column("CGROUPS", "cgroups", "memory cgroups of the processes that hold it").text(|row| row.value.cgroups()),
        column(
            "HOLDERS",
            "holders",
            "processes that hold it, or kernel (DEVICES, else BY) if none does; in JSON pid, command, fds and maps of each",
        )
        .text(|row| row.value.holders(|holder, command| format!("{}:{command}", holder.pid))),
    ];

    fn rows(scan: Scan) -> Vec<Self> {
        let Scan { buffers, commands, cgroups, coverage, .. } = scan;
        let names = Rc::new(HolderNames { commands, cgroups, is_complete: coverage.sees_all_holders() });
        buffers.into_iter().map(|buffer| Self { buffer, names: Rc::clone(&names) }).collect()
    }
}

impl Measured for NamedBuffer {
    fn key(&self) -> String {
        self.buffer.inode.to_string()
    }

    fn measure(&self) -> u64 {
        self.buffer.references.unwrap_or(self.buffer.fds + self.buffer.maps)
    }
}

impl NamedBuffer {
    /// Lists its holders, each as `shown` shows it with its name; in JSON pid, command, fds and maps.
    ///
    /// What no process holds is held by the kernel: by devices, or by what can be concluded.
    pub(crate) fn holders(&self, shown: fn(&Holder, &str) -> String) -> Cell {
        let record = |holder: &Holder| {
            let command = self.names.commands.get(&holder.pid).map_or("", String::as_str);
            let members = vec![
                ("pid", Cell::Number(holder.pid.into())),
                ("command", command.into()),
                ("fds", Cell::Number(holder.fds)),
                ("maps", Cell::Number(holder.maps)),
            ];
            Cell::Record { shown: shown(holder, command), members }
        };
        let holders = Cell::List(self.buffer.holders.iter().map(record).collect());
        let devices = self.devices();
        let by = match self.buffer.kernel_holder() {
            Some(KernelHolder::Devices) | None => devices,
            Some(_) => self.kernel_holder(),
        };
        if self.buffer.is_orphan() && !by.is_missing() {
            return Cell::Worded { shown: format!("kernel ({})", by.show(false)), value: Box::new(holders) };
        }
        holders
    }

    pub(crate) fn kernel_holder(&self) -> Cell {
        let word = |holder| {
            let word = match holder {
                KernelHolder::Devices => "devices",
                KernelHolder::Poll => "poll",
                KernelHolder::Importer => "importer",
            };
            Cell::Inferred(Box::new(word.into()), holder != KernelHolder::Devices)
        };
        // What a process holds that could not be read is the kernel's to all appearance.
        let is_known = |holder: &KernelHolder| self.names.is_complete || *holder == KernelHolder::Devices;
        self.buffer.kernel_holder().filter(is_known).map(word).into()
    }

    pub(crate) fn fences(&self) -> Cell {
        Cell::number(self.buffer.pending.map(u64::from))
    }

    /// The memory cgroups of its holders, each once.
    fn cgroups(&self) -> Cell {
        let cgroups = self.buffer.holders.iter().filter_map(|holder| self.names.cgroups.get(&holder.pid));
        let paths: BTreeSet<&str> = cgroups.map(|cgroup| cgroup.path.as_str()).collect();
        Cell::List(paths.into_iter().map(Cell::from).collect())
    }

    pub(crate) fn devices(&self) -> Cell {
        self.buffer.devices.as_ref().into()
    }
}

impl View for holders::Process {
    const DEFAULT: &'static str = "PID,COMMAND,FDS,MAPS,BUFFERS,SIZE,SHARED";
    const COLUMNS: &'static [Column<Row<Self>>] = &[
        column("CHANGE", "change", "with --diff: came, went, or grew (holds more bytes) since the start").text(change),
        column("PID", "pid", "PID of the process").number(|row| Cell::Number(row.value.pid.into())),
        column("COMMAND", "command", "command name of the process").text(|row| row.value.command.as_str().into()),
        column("CGROUP", "cgroup", "its memory cgroup").text(|row| row.value.cgroup.as_deref().into()),
        column("FDS", "fds", "number of its dma-buf descriptors").number(|row| Cell::Number(row.value.fds)),
        column("MAPS", "maps", "number of its dma-buf mappings").number(|row| Cell::Number(row.value.maps)),
        column("BUFFERS", "buffers", "number of buffers it holds").number(|row| Cell::Number(row.value.buffers)),
        column("SIZE", "size", "their total size, bytes").number(|row| Cell::Bytes(row.value.size)),
        column("SHARED", "shared", "their sizes, each divided among its holders (as PSS), bytes")
            .number(|row| Cell::Bytes(row.value.shared)),
    ];

    fn rows(scan: Scan) -> Vec<Self> {
        holders::by_process(&scan)
    }

    fn title(&self) -> String {
        format!("process {} ({})", self.pid, self.command)
    }

    fn is_asked_for(&self, args: &Args) -> bool {
        args.pid.is_empty() || args.pid.contains(&self.pid)
    }
}

impl Measured for holders::Process {
    fn key(&self) -> String {
        self.pid.to_string()
    }

    fn measure(&self) -> u64 {
        self.size
    }
}

impl View for CgroupHoldings {
    const DEFAULT: &'static str = "CGROUP,PROCESSES,BUFFERS,SIZE,SHARED,CURRENT";
    const COLUMNS: &'static [Column<Row<Self>>] = &[
        column("CHANGE", "change", "with --diff: came, went, or grew (holds more bytes) since the start").text(change),
        column("CGROUP", "cgroup", "the memory cgroup").text(|row| row.value.path.as_deref().into()),
        column("PROCESSES", "processes", "its processes that hold any").number(|row| Cell::Number(row.value.processes)),
        column("BUFFERS", "buffers", "buffers that they hold").number(|row| Cell::Number(row.value.buffers)),
        column("SIZE", "size", "their total size, bytes").number(|row| Cell::Bytes(row.value.size)),
        column("SHARED", "shared", "their sizes, each divided among its holders (as PSS), bytes")
            .number(|row| Cell::Bytes(row.value.shared)),
        column(
            "CURRENT",
            "current",
            "all memory charged to it (memory.current), bytes; where that of heaps is charged",
        )
        .number(|row| Cell::bytes(row.value.usage)),
    ];
    const IS_BY_CGROUP: bool = true;

    fn rows(scan: Scan) -> Vec<Self> {
        holders::by_cgroup(&scan)
    }

    fn title(&self) -> String {
        format!("cgroup {}", self.path.as_deref().unwrap_or("-"))
    }
}

impl Measured for CgroupHoldings {
    fn key(&self) -> String {
        self.path.clone().unwrap_or_default()
    }

    fn measure(&self) -> u64 {
        self.size
    }
}

impl View for holders::Exporter {
    const DEFAULT: &'static str = "EXPORTER,BUFFERS,SIZE,ORPHANS,FDS,MAPS";
    const COLUMNS: &'static [Column<Row<Self>>] = &[
        column("CHANGE", "change", "with --diff: came, went, or grew (has more bytes) since the start").text(change),
        column("EXPORTER", "exporter", "exporter: a heap or a driver").text(|row| row.value.name.clone().into()),
        column("BUFFERS", "buffers", "number of its buffers").number(|row| Cell::Number(row.value.buffers)),
        column("SIZE", "size", "their total size, bytes").number(|row| Cell::Bytes(row.value.size)),
        column("ORPHANS", "orphans", "number of its buffers that no process holds")
            .number(|row| Cell::number(row.value.orphans)),
        column("FDS", "fds", "number of descriptors of its buffers").number(|row| Cell::Number(row.value.fds)),
        column("MAPS", "maps", "number of mappings of its buffers").number(|row| Cell::Number(row.value.maps)),
    ];

    fn rows(scan: Scan) -> Vec<Self> {
        holders::by_exporter(&scan)
    }

    fn title(&self) -> String {
        format!("exporter {}", self.name.as_deref().unwrap_or("-"))
    }
}

impl Measured for holders::Exporter {
    fn key(&self) -> String {
        self.name.clone().unwrap_or_default()
    }

    fn measure(&self) -> u64 {
        self.size
    }
}

/// A sum with what it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TotalRow {
    of: &'static str,
    /// `None` where no list of all buffers, or not every process could be read.
    pub(super) total: Option<Total>,
}

impl View for TotalRow {
    const DEFAULT: &'static str = "TOTAL,BUFFERS,SIZE";
    const COLUMNS: &'static [Column<Row<Self>>] = &[
        column("CHANGE", "change", "with --diff: grew (has more bytes) since the start").text(change),
        column("TOTAL", "total", "all, user (a process holds them) or kernel (none does)")
            .text(|row| row.value.of.into()),
        column("BUFFERS", "buffers", "buffers").number(|row| Cell::number(row.value.total.map(|total| total.buffers))),
        column("SIZE", "size", "their total size, bytes")
            .number(|row| Cell::bytes(row.value.total.map(|total| total.size))),
    ];

    fn rows(scan: Scan) -> Vec<Self> {
        Self::of(&scan).to_vec()
    }

    fn title(&self) -> String {
        format!("total {}", self.of)
    }
}

impl TotalRow {
    /// All of them, those that processes hold, and those that only the kernel holds.
    pub(super) fn of(scan: &Scan) -> [Self; 3] {
        let Totals { all, user, kernel } = holders::totals(&scan.buffers);
        let is_listed = scan.coverage.has_kernel_list();
        // What no process holds that was read may be held by one that was not.
        let is_kernels = is_listed && scan.coverage.sees_all_holders();
        [
            Self { of: "all", total: is_listed.then_some(all) },
            Self { of: "user", total: Some(user) },
            Self { of: "kernel", total: is_kernels.then_some(kernel) },
        ]
    }
}

impl Measured for TotalRow {
    fn key(&self) -> String {
        self.of.to_owned()
    }

    fn measure(&self) -> u64 {
        self.total.map_or(0, |total| total.size)
    }
}
