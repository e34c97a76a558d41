//! `dmaheap alloc`

use super::buffer_row::{self as columns, Row, Texts};
use super::filled::Filled;
use super::{Block, Manual, UsageError};
use crate::exit::Exit;
use crate::machine::{Root, simulation};
use crate::options::allocation::Allocation;
use crate::options::filling::Filling;
use crate::options::table::Table;
use crate::report::Column;

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

/// Columns that are shown if none are chosen.
pub const DEFAULT: &str = "HEAP,SIZE,FLAGS,INODE,TIME";

/// Every column.
pub const COLUMNS: &[Column<Row>] = &[
    columns::HEAP,
    columns::REQUESTED,
    columns::SIZE,
    columns::FD,
    columns::FLAGS,
    columns::INODE,
    columns::EXPORTER,
    columns::NAME,
    columns::TIME,
    columns::DIFFERING,
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
    let mut texts = Texts::default();
    let row = |held| Row::of_held(held, &args.allocation, &selection, &mut texts);
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
