//! A row about a buffer: its columns are shared by the verbs that allocate, keep and pass buffers.

use crate::args::allocation::Allocation;
use crate::dmabuf::{BufferName, DmaBuf};
use crate::error::Error;
use crate::heap::alloc::HeldBuffer;
use crate::host::parse::fdinfo::Fdinfo;
use crate::sys::Errno;
use crate::sys::fd::oflags;
use crate::ui::column::Selection;
use crate::ui::{Cell, Column, column};
use std::rc::Rc;
use std::time::Duration;

/// A buffer, as the kernel describes it.
#[derive(Debug)]
pub(crate) struct Row {
    pub holder: Option<u32>,
    pub heap: Option<Rc<str>>,
    pub requested: Option<u64>,
    pub elapsed: Option<Duration>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Number in the holder.
    pub fd: i32,
    /// File status flags (fcntl(2)).
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
    pub(crate) fn of(buffer: &DmaBuf, name: Option<&str>, selection: &Selection<Self>) -> Result<Self, Error> {
        let wants = |column: &Column<Self>| selection.has(column.heading.name);
        let wants_fdinfo = wants(&EXPORTER) || wants(&NAME);
        let info = if wants_fdinfo { buffer.fdinfo() } else { Fdinfo::default() };
        Ok(Self {
            holder: None,
            heap: None,
            requested: None,
            elapsed: None,
            size: None,
            fd: buffer.number(),
            flags: wants(&FLAGS).then(|| buffer.flags()).transpose().map_err(asking(buffer))?,
            inode: wants(&INODE).then(|| buffer.inode()).transpose().map_err(asking(buffer))?,
            exporter: info.exporter,
            name: info.name.or_else(|| name.map(str::to_owned)),
            differing: None,
        })
    }

    /// Makes the row of a buffer that was just allocated, with what was asked for.
    pub(crate) fn of_held(
        held: &HeldBuffer,
        allocation: &Allocation,
        selection: &Selection<Self>,
    ) -> Result<Self, Error> {
        let name = allocation.name.as_ref().map(BufferName::as_str);
        let size = selection.has(SIZE.heading.name).then(|| held.buffer.size());
        Ok(Self {
            heap: Some(Rc::clone(&held.heap)),
            requested: Some(allocation.request().len),
            elapsed: Some(held.elapsed),
            size: size.transpose().map_err(asking(&held.buffer))?,
            ..Self::of(&held.buffer, name, selection)?
        })
    }
}

/// What is wrong with a buffer of which the kernel does not say something.
pub(super) fn asking(buffer: &DmaBuf) -> impl Fn(Errno) -> Error {
    let object = format!("descriptor {}", buffer.number());
    move |errno| Error::errno("examine", &object, errno)
}

pub(crate) const PID: Column<Row> = column("PID", "pid", "PID of the process that holds the buffer")
    .number(|row| Cell::number(row.holder.map(u64::from)));

pub(crate) const HEAP: Column<Row> =
    column("HEAP", "heap", "name of the heap, or the path that was given").text(|row| row.heap.as_deref().into());

pub(crate) const REQUESTED: Column<Row> =
    column("REQUESTED", "requested", "size in the request, bytes").number(|row| Cell::bytes(row.requested));

pub(crate) const SIZE: Column<Row> =
    column("SIZE", "size", "size of the buffer (lseek), bytes").number(|row| Cell::bytes(row.size));

/// Number in the holder.
pub(crate) const FD: Column<Row> = column("FD", "fd", "file descriptor in the process that holds it")
    .number(|row| Cell::number(u64::try_from(row.fd).ok()));

pub(crate) const FLAGS: Column<Row> =
    column("FLAGS", "flags", "access mode and O_CLOEXEC of the descriptor (fcntl), a hexadecimal word")
        .text(|row| row.flags.map(|flags| Cell::Word { value: flags.into(), spelled: oflags::spell(flags) }).into());

pub(crate) const INODE: Column<Row> =
    column("INODE", "inode", "inode number, unique to each buffer").number(|row| Cell::number(row.inode));

pub(crate) const EXPORTER: Column<Row> =
    column("EXPORTER", "exporter", "exporter, from fdinfo").text(|row| row.exporter.as_deref().into());

pub(crate) const NAME: Column<Row> =
    column("NAME", "name", "name of the buffer").text(|row| row.name.as_deref().into());

pub(crate) const TIME: Column<Row> =
    column("TIME", "time_ns", "time of the ioctl, nanoseconds").number(|row| row.elapsed.map(Cell::Time).into());

pub(crate) const DIFFERING: Column<Row> =
    column("DIFFERING", "differing", "with --verify, 64-bit words that differ from the pattern")
        .number(|row| Cell::number(row.differing));
