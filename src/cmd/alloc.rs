//! `dmaheap alloc`

use super::buffer_row::{self as columns, Row, Texts};
use super::filled::Filled;
use super::{Block, Manual, UsageError};
use crate::args::allocation::Allocation;
use crate::args::filling::Filling;
use crate::args::table::Table;
use crate::exit::Exit;
use crate::host::{Root, simulation};
use crate::ui::Column;
use crate::ui::column::headings;

/// Allocate buffers, report what the kernel gave, and free them
///
/// The flags are sent as they are typed, so that a refusal can be seen. If a request fails, the rows of
/// the buffers before it are printed, everything is freed, and the status is 1.
#[derive(clap::Args, Clone, Debug)]
#[command(mut_arg("size", |size| size.required_unless_present("list_columns")))]
pub(crate) struct Args {
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
pub(crate) const DEFAULT: &str = "HEAP,SIZE,FLAGS,INODE,TIME";

/// Every column.
pub(crate) const COLUMNS: &[Column<Row>] = &[
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
pub(crate) const MANUAL: Manual = Manual {
    verb: "alloc",
    columns: || headings(COLUMNS),
    sections: &[
        (
            "THE MEMORY BUDGET",
            &[
                Block::Text(
                    "The kernel's system heap takes any size and allocates page after page until the OOM killer runs. Before anything is requested, the rounded sizes of all buffers are therefore added up and compared with a budget; of many buffers, what is left of it is looked at again before each. Of many buffers each counts for 4 KiB more, which the kernel needs to keep it. --force sends the request all the same.",
                ),
                Block::Item(
                    "the machine",
                    "MemAvailable less CmaFree, which only CMA heaps can use, less a reserve: 5 % of MemTotal between 2 and 64 MiB, and one page block (4 MiB with pages of 4 KiB), by which the kernel raises its watermarks when memory is fragmented. Without /proc/meminfo the figures are those of sysinfo(2).",
                ),
                Block::Item(
                    "cgroups",
                    "Where buffers are charged to the cgroup of this process (dma_heap.mem_accounting=1 with Linux 7.0 and later, always under dmaheap-sim(1), and where the kernel does not say), what its limit and that of each cgroup above leaves: memory.max less the part of memory.current that cannot be reclaimed (without inactive_file, active_file, and what slab_reclaimable was before the first buffer), less 1/64 of the limit, between 256 KiB and 8 MiB; memory.limit_in_bytes and memory.usage_in_bytes in version 1. Swap is not counted on. What the tool and the kernel need beside the buffers is charged on every kernel. The refusal names the cgroup. Beyond memory.high nothing is refused, but stderr says that it will be slow. A cgroup namespace, or a mount of a part of the hierarchy, hides the cgroups above: their limits are not known, and the refusal says so. A limit that is there and cannot be read is not part of the budget, and stderr says so; where the limit can be read and what is used cannot, nothing is left.",
                ),
                Block::Item(
                    "heaps that refuse by themselves",
                    "A CMA heap answers ENOMEM and harms nobody, so its buffers do not count: where the kernel reports an area of its name, or the device tree has a reusable region of that name. Where neither can be seen, the names that the default area's heap has on every kernel (default_cma_region, linux,cma, reserved, default-pool) are believed for as many bytes as all CMA areas have together (CmaTotal). The name is the kernel's, not that of a link or a path.",
                ),
                Block::Text(
                    "Two commands may ask at the same moment. Whoever allocates from a heap that does not refuse by itself is therefore the OOM killer's first victim from before the first request (oom_score_adj 1000) until it ends; a command that it becomes, or starts, has the caller's score again. Where /proc/self/oom_score_adj cannot be written, stderr says so and half of the budget is used.",
                ),
            ],
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
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
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
