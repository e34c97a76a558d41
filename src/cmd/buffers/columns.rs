//! The tables of `dmaheap buffers`, one a view.

use super::Args;
use super::diff::{Change, Measured};
use crate::holders::{self, Buffer, Scan, Total};
use crate::ui::{Cell, Column};

/// A row: what it shows, and what has become of it since the start.
#[derive(Clone, Debug)]
pub(crate) struct Row<T> {
    pub value: T,
    /// With `--diff` what has become of it.
    pub change: Option<Change>,
}

/// A view of what was scanned.
pub(crate) trait View: Measured + Clone + Sized + 'static {
    /// Columns that are shown if none are chosen.
    const DEFAULT: &'static str;
    const COLUMNS: &'static [Column<Row<Self>>];
    fn rows(scan: Scan) -> Vec<Self>;
    /// Whether the row itself is asked for, its buffers being so.
    fn is_asked_for(&self, _args: &Args) -> bool {
        true
    }
}

/// A buffer, with the names of its holders.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    buffer: Buffer,
    commands: Vec<String>,
}

fn change<T>(row: &Row<T>) -> Cell {
    Cell::text(row.change.map(Change::as_str))
}

macro_rules! column {
    ($name:literal, $key:literal, right, $help:literal, $cell:expr) => {
        Column { name: $name, key: $key, help: $help, right: true, cell: $cell }
    };
    ($name:literal, $key:literal, $help:literal, $cell:expr) => {
        Column { name: $name, key: $key, help: $help, right: false, cell: $cell }
    };
}

impl View for Held {
    const DEFAULT: &'static str = "INODE,SIZE,EXPORTER,NAME,REFS,HOLDERS";
    const COLUMNS: &'static [Column<Row<Self>>] = &[
        column!("CHANGE", "change", "with --diff: came, went, or grew (has more references) since the start", change),
        column!("INODE", "inode", right, "inode number, which tells buffers apart", |row| Cell::Number(
            row.value.buffer.inode
        )),
        column!("SIZE", "size", right, "size, bytes", |row| Cell::bytes(row.value.buffer.size)),
        column!("EXPORTER", "exporter", "who made it: a heap, a driver", |row| Cell::text(
            row.value.buffer.exporter.as_deref()
        )),
        column!("NAME", "name", "its name (DMA_BUF_SET_NAME)", |row| Cell::text(row.value.buffer.name.as_deref())),
        column!("REFS", "refs", right, "references to its file, the kernel's included", |row| Cell::number(
            row.value.buffer.references
        )),
        column!("FDS", "fds", right, "references that are descriptors; a table that tasks share counts once", |row| {
            Cell::Number(row.value.buffer.fds)
        }),
        column!("MAPS", "maps", right, "references that are mappings; memory that tasks share counts once", |row| {
            Cell::Number(row.value.buffer.maps)
        }),
        column!(
            "KERNEL",
            "kernel",
            right,
            "references that neither explains: importers, descriptors in flight, unreadable processes",
            |row| Cell::number(row.value.buffer.unexplained())
        ),
        column!("DEVICES", "devices", "attached devices; only debugfs tells", |row| match &row.value.buffer.devices {
            Some(devices) => Cell::List(devices.names().map(|name| Cell::Text(name.to_owned())).collect()),
            None => Cell::Missing,
        }),
        column!("HOLDERS", "holders", "processes that hold it; in JSON pid, command, fds, maps of each", holders_of),
    ];

    fn rows(scan: Scan) -> Vec<Self> {
        let command = |pid: &u32| scan.commands.get(pid).cloned().unwrap_or_default();
        let held = |buffer: Buffer| Self {
            commands: buffer.holders.iter().map(|holder| command(&holder.pid)).collect(),
            buffer,
        };
        scan.buffers.into_iter().map(held).collect()
    }
}

impl Measured for Held {
    fn key(&self) -> String {
        self.buffer.inode.to_string()
    }

    fn measure(&self) -> u64 {
        self.buffer.references.unwrap_or(self.buffer.fds + self.buffer.maps)
    }
}

fn holders_of(row: &Row<Held>) -> Cell {
    let one = |(holder, command): (&holders::Holder, &String)| Cell::Record {
        shown: format!("{}:{command}", holder.pid),
        members: vec![
            ("pid", Cell::Number(holder.pid.into())),
            ("command", Cell::Text(command.clone())),
            ("fds", Cell::Number(holder.fds)),
            ("maps", Cell::Number(holder.maps)),
        ],
    };
    Cell::List(row.value.buffer.holders.iter().zip(&row.value.commands).map(one).collect())
}

impl View for holders::Process {
    const DEFAULT: &'static str = "PID,COMMAND,FDS,MAPS,BUFFERS,SIZE,SHARED";
    const COLUMNS: &'static [Column<Row<Self>>] = &[
        column!("CHANGE", "change", "with --diff: came, went, or grew (holds more bytes) since the start", change),
        column!("PID", "pid", right, "the process", |row| Cell::Number(row.value.pid.into())),
        column!("COMMAND", "command", "its command name", |row| Cell::Text(row.value.command.clone())),
        column!("FDS", "fds", right, "its descriptors of dma-bufs", |row| Cell::Number(row.value.fds)),
        column!("MAPS", "maps", right, "its mappings of dma-bufs", |row| Cell::Number(row.value.maps)),
        column!("BUFFERS", "buffers", right, "buffers that it holds", |row| Cell::Number(row.value.buffers)),
        column!("SIZE", "size", right, "their sizes together, bytes", |row| Cell::Bytes(row.value.size)),
        column!("SHARED", "shared", right, "their sizes, each divided among its holders (as PSS), bytes", |row| {
            Cell::Bytes(row.value.shared)
        }),
    ];

    fn rows(scan: Scan) -> Vec<Self> {
        holders::by_process(&scan)
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

impl View for holders::Exporter {
    const DEFAULT: &'static str = "EXPORTER,BUFFERS,SIZE,ORPHANS,FDS,MAPS";
    const COLUMNS: &'static [Column<Row<Self>>] = &[
        column!("CHANGE", "change", "with --diff: came, went, or grew (has more bytes) since the start", change),
        column!("EXPORTER", "exporter", "who made them", |row| Cell::text(row.value.name.clone())),
        column!("BUFFERS", "buffers", right, "its buffers", |row| Cell::Number(row.value.buffers)),
        column!("SIZE", "size", right, "their sizes together, bytes", |row| Cell::Bytes(row.value.size)),
        column!("ORPHANS", "orphans", right, "those that no process holds", |row| Cell::number(row.value.orphans)),
        column!("FDS", "fds", right, "descriptors of them", |row| Cell::Number(row.value.fds)),
        column!("MAPS", "maps", right, "mappings of them", |row| Cell::Number(row.value.maps)),
    ];

    fn rows(scan: Scan) -> Vec<Self> {
        holders::by_exporter(&scan)
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
pub(crate) struct Sum {
    of: &'static str,
    /// `None` where no list of all buffers, or not every process could be read.
    total: Option<Total>,
}

impl View for Sum {
    const DEFAULT: &'static str = "TOTAL,BUFFERS,SIZE";
    const COLUMNS: &'static [Column<Row<Self>>] = &[
        column!("CHANGE", "change", "with --diff: grew (has more bytes) since the start", change),
        column!("TOTAL", "total", "all, user (a process holds them) or kernel (none does)", |row| Cell::Text(
            row.value.of.to_owned()
        )),
        column!("BUFFERS", "buffers", right, "buffers", |row| Cell::number(row.value.total.map(|total| total.buffers))),
        column!("SIZE", "size", right, "their sizes together, bytes", |row| Cell::bytes(
            row.value.total.map(|total| total.size)
        )),
    ];

    fn rows(scan: Scan) -> Vec<Self> {
        let [all, user, kernel] = holders::totals(&scan.buffers);
        let is_listed = scan.coverage.has_kernel_list();
        // What no process holds that was read may be held by one that was not.
        let is_kernels = is_listed && scan.coverage.sees_all_holders();
        vec![
            Self { of: "all", total: is_listed.then_some(all) },
            Self { of: "user", total: Some(user) },
            Self { of: "kernel", total: is_kernels.then_some(kernel) },
        ]
    }
}

impl Measured for Sum {
    fn key(&self) -> String {
        self.of.to_owned()
    }

    fn measure(&self) -> u64 {
        self.total.map_or(0, |total| total.size)
    }
}
