//! A row about a buffer: its columns are shared by the verbs that allocate, keep and pass buffers.

use crate::args::allocation::Allocation;
use crate::dmabuf::{DmaBuf, Name};
use crate::heap::alloc::batch::Held;
use crate::host::parse::fdinfo::Fdinfo;
use crate::sys::fd::oflags;
use crate::ui::column::Selection;
use crate::ui::{Cell, Column};
use std::rc::Rc;
use std::time::Duration;

/// A buffer, as the kernel describes it.
#[derive(Debug)]
pub(crate) struct Row {
    pub holder: Option<u32>,
    pub heap: Option<Rc<str>>,
    pub requested: Option<u64>,
    pub elapsed: Option<Duration>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its number in the holder.
    pub fd: i32,
    /// What fcntl(2) says of the descriptor.
    pub flags: Option<u32>,
    pub inode: Option<u64>,
    pub exporter: Option<String>,
    pub name: Option<String>,
    /// How many words a check found to differ.
    pub differing: Option<u64>,
}

impl Row {
    /// Asks the kernel about `buffer` what `selection` shows of it, all but its size; `name` is what it is called where
    /// /proc does not say.
    pub(crate) fn of(buffer: &DmaBuf, name: Option<&str>, selection: &Selection<Self>) -> Self {
        let wants = |column: &Column<Self>| selection.has(column.name);
        let wants_fdinfo = wants(&EXPORTER) || wants(&NAME);
        let info = if wants_fdinfo { buffer.fdinfo() } else { Fdinfo::default() };
        Self {
            holder: None,
            heap: None,
            requested: None,
            elapsed: None,
            size: None,
            fd: buffer.number(),
            flags: wants(&FLAGS).then(|| buffer.flags().ok()).flatten(),
            inode: wants(&INODE).then(|| buffer.inode().ok()).flatten(),
            exporter: info.exporter,
            name: info.name.or_else(|| name.map(str::to_owned)),
            differing: None,
        }
    }

    /// The same of a buffer that was just allocated, with what was asked for.
    pub(crate) fn of_held(
        held: &Held,
        allocation: &Allocation,
        selection: &Selection<Self>,
    ) -> Self {
        let name = allocation.name.as_ref().map(Name::as_str);
        Self {
            heap: Some(Rc::clone(&held.heap)),
            requested: Some(allocation.request().len),
            elapsed: Some(held.elapsed),
            size: selection.has(SIZE.name).then(|| held.buffer.size().ok()).flatten(),
            ..Self::of(&held.buffer, name, selection)
        }
    }
}

pub(crate) const PID: Column<Row> = Column {
    name: "PID",
    key: "pid",
    help: "number of the process that holds the buffer",
    right: true,
    cell: |row| Cell::number(row.holder.map(u64::from)),
};

pub(crate) const HEAP: Column<Row> = Column {
    name: "HEAP",
    key: "heap",
    help: "name of the heap, or the path it was asked for by",
    right: false,
    cell: |row| Cell::text(row.heap.as_deref()),
};

pub(crate) const REQUESTED: Column<Row> = Column {
    name: "REQUESTED",
    key: "requested",
    help: "size in the request, bytes",
    right: true,
    cell: |row| Cell::bytes(row.requested),
};

pub(crate) const SIZE: Column<Row> = Column {
    name: "SIZE",
    key: "size",
    help: "size of the buffer (lseek), bytes",
    right: true,
    cell: |row| Cell::bytes(row.size),
};

/// Its number in the holder.
pub(crate) const FD: Column<Row> = Column {
    name: "FD",
    key: "fd",
    help: "number of the file descriptor in the process that holds it",
    right: true,
    cell: |row| Cell::number(u64::try_from(row.fd).ok()),
};

pub(crate) const FLAGS: Column<Row> = Column {
    name: "FLAGS",
    key: "flags",
    help: "access mode and O_CLOEXEC of the descriptor (fcntl), a hexadecimal word",
    right: false,
    cell: |row| match row.flags {
        Some(flags) => Cell::Word { value: flags.into(), spelled: oflags::spell(flags) },
        None => Cell::Missing,
    },
};

pub(crate) const INODE: Column<Row> = Column {
    name: "INODE",
    key: "inode",
    help: "inode number, which tells buffers apart",
    right: true,
    cell: |row| Cell::number(row.inode),
};

pub(crate) const EXPORTER: Column<Row> = Column {
    name: "EXPORTER",
    key: "exporter",
    help: "who made it, from fdinfo",
    right: false,
    cell: |row| Cell::text(row.exporter.as_deref()),
};

pub(crate) const NAME: Column<Row> = Column {
    name: "NAME",
    key: "name",
    help: "name of the buffer",
    right: false,
    cell: |row| Cell::text(row.name.as_deref()),
};

pub(crate) const TIME: Column<Row> = Column {
    name: "TIME",
    key: "time_ns",
    help: "time of the ioctl, nanoseconds",
    right: true,
    cell: |row| row.elapsed.map_or(Cell::Missing, Cell::Time),
};

pub(crate) const DIFFERING: Column<Row> = Column {
    name: "DIFFERING",
    key: "differing",
    help: "with --verify, 64-bit words that differ from the pattern",
    right: true,
    cell: |row| Cell::number(row.differing),
};
