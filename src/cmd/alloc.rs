//! `dmaheap alloc`

use super::buffer_row::Texts;
use super::filled::Filled;
use super::{Block, Manual, UsageError};
use crate::exit::Exit;
use crate::heap::batch::Held;
use crate::machine::{Root, simulation};
use crate::options::allocation::Allocation;
use crate::options::filling::Filling;
use crate::options::table::Table;
use crate::procfs::fdinfo::Fdinfo;
use crate::report::{Cell, Column};
use crate::sys::oflags;
use std::rc::Rc;
use std::time::Duration;

/// Allocate buffers, report what the kernel gave, and free them
///
/// The flags are sent as they are typed, so that a refusal can be seen. If a request fails, the rows of
/// the buffers before it are printed, everything is freed, and the status is 1.
#[derive(clap::Args, Clone, Debug)]
#[command(mut_arg("size", |size| size.required_unless_present("list_columns")))]
pub struct Args {
    /// What to allocate.
    #[command(flatten)]
    pub allocation: Allocation,

    /// What to write into it.
    #[command(flatten)]
    pub filling: Filling,

    /// How to print it.
    #[command(flatten)]
    pub table: Table,
}

/// A row: a buffer, as the kernel described it while it was held.
#[derive(Debug)]
pub struct Row {
    heap: Rc<str>,
    requested: u64,
    size: Option<u64>,
    fd: i32,
    flags: Option<u32>,
    inode: Option<u64>,
    exporter: Option<Rc<str>>,
    name: Option<Rc<str>>,
    elapsed: Duration,
    differing: Option<u64>,
}

/// Columns that are shown if none are chosen.
pub const DEFAULT: &str = "HEAP,SIZE,FLAGS,INODE,TIME";

/// Every column.
pub const COLUMNS: &[Column<Row>] = &[
    Column {
        name: "HEAP",
        key: "heap",
        help: "name of the heap, or the path it was asked for by",
        right: false,
        cell: |row| Cell::Text(row.heap.as_ref().into()),
    },
    Column {
        name: "REQUESTED",
        key: "requested",
        help: "size in the request, bytes",
        right: true,
        cell: |row| Cell::Bytes(row.requested),
    },
    Column {
        name: "SIZE",
        key: "size",
        help: "size of the buffer (lseek), bytes",
        right: true,
        cell: |row| Cell::bytes(row.size),
    },
    Column {
        name: "FD",
        key: "fd",
        help: "number of the file descriptor",
        right: true,
        cell: |row| Cell::number(u64::try_from(row.fd).ok()),
    },
    Column {
        name: "FLAGS",
        key: "flags",
        help: "access mode and O_CLOEXEC of the descriptor (fcntl), a hexadecimal word",
        right: false,
        cell: flags,
    },
    Column {
        name: "INODE",
        key: "inode",
        help: "inode number, which tells buffers apart",
        right: true,
        cell: |row| Cell::number(row.inode),
    },
    Column {
        name: "EXPORTER",
        key: "exporter",
        help: "who made it, from fdinfo",
        right: false,
        cell: |row| Cell::text(row.exporter.as_deref()),
    },
    Column {
        name: "NAME",
        key: "name",
        help: "name of the buffer",
        right: false,
        cell: |row| Cell::text(row.name.as_deref()),
    },
    Column {
        name: "TIME",
        key: "time_ns",
        help: "time of the ioctl, nanoseconds",
        right: true,
        cell: |row| Cell::Time(row.elapsed),
    },
    Column {
        name: "DIFFERING",
        key: "differing",
        help: "with --verify, 64-bit words that differ from the pattern",
        right: true,
        cell: |row| Cell::number(row.differing),
    },
];

/// The verb's page in the manual.
pub const MANUAL: Manual = Manual {
    verb: "alloc",
    columns: || Manual::describe(COLUMNS),
    sections: &[
        (
            "THE MEMORY BUDGET",
            &[Block::Text(
                "The kernel's system heap takes any size and allocates page after page until the OOM killer runs. Before anything is requested, the rounded sizes of all buffers are therefore added up and compared with a budget: MemAvailable less CmaFree, which only CMA heaps can use, less a reserve: 5 % of MemTotal between 2 and 64 MiB, and one page block (4 MiB with pages of 4 KiB), by which the kernel raises its watermarks when memory is fragmented. Of many buffers each counts for 4 KiB more, which the kernel needs to keep it. Without /proc/meminfo the figures are those of sysinfo(2). A heap whose name is that of a CMA area which the kernel reports is not counted: it answers ENOMEM by itself and harms nobody. --force sends the request all the same.",
            )],
        ),
        (
            "EXAMPLES",
            &[
                Block::Text("Which flags does this kernel take?"),
                Block::Lines("dmaheap alloc -s 4k --fd-flags O_RDWR,O_NONBLOCK"),
                Block::Text("Can the camera's buffers be had, all at the same time?"),
                Block::Lines("dmaheap alloc --heap cma -s 4147200 -c 8"),
                Block::Text("The size that a request is rounded up to, in bytes:"),
                Block::Lines("dmaheap alloc -s 5000 -bn -o SIZE"),
            ],
        ),
    ],
};

fn flags(row: &Row) -> Cell {
    match row.flags {
        Some(flags) => Cell::Word { value: flags.into(), spelled: oflags::spell(flags) },
        None => Cell::Missing,
    }
}

impl Row {
    /// Asks the kernel about `held`; fdinfo is read only where `wants_fdinfo`.
    fn of(held: &Held, allocation: &Allocation, wants_fdinfo: bool, texts: &mut Texts) -> Self {
        let Fdinfo { exporter, name, .. } = if wants_fdinfo { held.buffer.fdinfo() } else { Fdinfo::default() };
        let asked = allocation.name.as_ref().map(|name| name.as_str());
        Self {
            heap: Rc::clone(&held.heap),
            requested: allocation.request().len,
            size: held.buffer.size().ok(),
            fd: held.buffer.number(),
            flags: held.buffer.flags().ok(),
            inode: held.buffer.inode().ok(),
            exporter: exporter.map(|exporter| texts.share(&exporter)),
            name: name.as_deref().or(asked).map(|name| texts.share(name)),
            elapsed: held.elapsed,
            differing: None,
        }
    }
}

/// Runs the verb.
///
/// # Errors
/// A heap that cannot be opened, a refused request, an unwritable stdout.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.table.list_columns {
        args.table.print_columns(COLUMNS)?;
        return Ok(Exit::Success);
    }
    let selection = args.table.select(COLUMNS, DEFAULT).map_err(UsageError)?;
    let filled = Filled::prepare(&args.filling)?;
    let root = Root::machine();
    let outcome = args.allocation.plan(&root).carry_out(&root)?;
    let wants_fdinfo = selection.has("EXPORTER") || selection.has("NAME");
    let mut texts = Texts::default();
    let row = |held| Row::of(held, &args.allocation, wants_fdinfo, &mut texts);
    let mut rows: Vec<Row> = outcome.held.iter().map(row).collect();
    let mut differing = Vec::new();
    if outcome.failure.is_none() {
        filled.fill(&outcome.held)?;
        differing = filled.verify(&outcome.held)?;
    }
    rows.iter_mut().zip(&differing).for_each(|(row, words)| row.differing = Some(*words));
    drop(outcome.held);
    args.table.print(&selection, &rows, simulation::is_simulated())?;
    match outcome.failure {
        Some(failure) => Err(failure.into()),
        None => Ok(Filled::exit(&differing)),
    }
}
