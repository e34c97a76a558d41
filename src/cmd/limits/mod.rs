//! `dmaheap limits`

mod blocks;

use super::{Manual, heaps};
use crate::args::duration::some_time;
use crate::args::heaps::{AskedHeaps, RequestChoice};
use crate::args::numbers::buffer_size;
use crate::args::table::Table;
use crate::capacity::{Limits, Measurement, Stop, measure};
use crate::cmd::message;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::name::infer_kind;
use crate::heap::{Heap, MemoryKind, Place};
use crate::host::cma::DEBUGFS;
use crate::host::parse::buddyinfo::Zone;
use crate::host::{Root, simulation};
use crate::sys::fd::poll::Timer;
use crate::sys::process::signals::{ENDING, Signals};
use crate::ui::{Cell, Column, column, headings, output};
use std::time::Duration;

/// Find a heap's largest buffer and its total capacity
///
/// The largest single buffer is found to the page; then buffers of --chunk are allocated until no more are
/// available. Everything is freed again. Requests stay within the memory budget, so nothing else on the
/// machine is killed; a heap whose CMA area the kernel reports is tested until it answers ENOMEM.
///
/// Ctrl-C or --timeout ends the search at any moment: everything is freed, and the results so far are printed.
/// The status is 128 + n after signal n, and 1 after a timeout.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// Measure the total in buffers of this size
    ///
    /// The total is that of as many as can be held at the same time. The kernel rounds the size up to pages. Small buffers need many open files: the limit is raised to its hard limit, and EMFILE ends the search
    /// if that is not enough.
    ///
    /// Example: --chunk 4M, -s 4M
    #[arg(short = 's', long, value_name = "SIZE", value_parser = buffer_size, default_value = "1M", allow_hyphen_values = true)]
    pub chunk: u64,

    /// Stop after this time, for all heaps together
    ///
    /// Seconds, or with a unit: 250ms, 10s, 5m.
    ///
    /// Example: --timeout 30s
    #[arg(long, value_name = "TIME", value_parser = some_time, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,

    #[command(flatten)]
    pub asked: AskedHeaps,

    #[command(flatten)]
    pub how: RequestChoice,

    #[command(flatten)]
    pub table: Table,
}

pub(crate) const DEFAULT: &str = "HEAP,LARGEST,BOUND,TOTAL,ENDED,FREE,FRAG,LEFT";

pub(crate) const COLUMNS: &[Column<Limits>] = &[
    column("HEAP", "heap", "name of the heap, or the path that was given").text(|row| row.heap.as_str().into()),
    column("LARGEST", "largest", "the largest single buffer that could be allocated, bytes")
        .number(|row| Cell::Bytes(row.largest.value)),
    column(
        "BOUND",
        "bound",
        "what stopped the search: budget, cgroup PATH, the kernel's errno, killed, timeout, a signal",
    )
    .text(|row| stop(row, row.largest.stop)),
    column("CHUNK", "chunk", "size of each buffer of the total, rounded up to pages, bytes")
        .number(|row| Cell::Bytes(row.chunk)),
    column("BUFFERS", "buffers", "number of them held at the same time").number(|row| Cell::Number(row.count.value)),
    column("TOTAL", "total", "their total size, bytes").number(|row| Cell::Bytes(row.total())),
    column("ENDED", "ended", "what stopped the total, as in BOUND").text(|row| stop(row, row.count.stop)),
    column("AREA", "area", "size of the heap's CMA area, bytes").number(|row| Cell::bytes(row.area)),
    column("FREE", "free", "free memory of the area before the run, bytes").number(|row| Cell::bytes(row.free)),
    column("FRAG", "largest_percent", "LARGEST as a percentage of FREE, rounded down: 100 is an area in one piece")
        .number(|row| Cell::number(row.largest_of_free())),
    column("LEFT", "left", "free memory of the area when no more buffers could be allocated, bytes")
        .number(|row| Cell::bytes(row.left)),
    column("BUDGET", "budget", "memory budget before the run, where it limits the heap, bytes")
        .number(|row| Cell::bytes(row.budget)),
    column(
        "BEFORE",
        "blocks_before",
        "free blocks of 2^n pages before the run, from /proc/buddyinfo: node, zone and free of each zone",
    )
    .text(|row| zones(&row.blocks[0])),
    column("AFTER", "blocks_after", "the same after everything was freed").text(|row| zones(&row.blocks[1])),
];

/// Shows what was in the way; where that is the budget, and a cgroup's limit is what bounds it, the cgroup.
fn stop(row: &Limits, stop: Option<Stop>) -> Cell {
    let text = |stop| match (stop, &row.cgroup) {
        (Stop::Budget, Some(cgroup)) => format!("cgroup {}", cgroup.display()),
        (stop, _) => stop.to_string(),
    };
    stop.map(text).into()
}

fn zones(zones: &[Zone]) -> Cell {
    let record = |zone: &Zone| {
        let counts: Vec<String> = zone.free.iter().map(ToString::to_string).collect();
        let free = zone.free.iter().map(|count| Cell::Number(*count)).collect();
        Cell::Record {
            shown: format!("{}:{}:{}", zone.node, zone.name, counts.join(",")),
            members: vec![
                ("node", Cell::Number(zone.node.into())),
                ("zone", zone.name.as_str().into()),
                ("free", Cell::List(free)),
            ],
        }
    };
    Cell::List(zones.iter().map(record).collect())
}

pub(crate) const MANUAL: Manual =
    Manual { verb: "limits", columns: || headings(COLUMNS), prose: || include_str!("limits.md").into() };

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let root = Root::machine();
    let places = heaps::places(args.asked.given(), args.how.verbose, &root)?;
    for place in &places {
        // Nothing is asked for where one of them is missing.
        Heap::open(&root, place, args.how.force)?;
    }
    let signals = Signals::take(ENDING).map_err(|errno| Error::errno("catch", "signals", errno))?;
    let timer = args.timeout.map(Timer::after).transpose().map_err(|errno| Error::errno("set", "a timer", errno))?;

    let mut rows = Vec::new();
    let mut failure = None;
    for place in &places {
        let what = Measurement {
            place,
            request: args.how.request(),
            chunk: args.chunk,
            force: args.how.force,
            timer: timer.as_ref(),
            warn: message::print_error,
        };
        match measure(&root, &what, &signals) {
            Ok(mut limits) => {
                failure = limits.failure.take();
                rows.push(limits);
            }
            Err(error) => failure = Some(error),
        }
        if failure.is_some() || rows.last().is_some_and(|row| row.early.is_some()) {
            break;
        }
    }

    // One that comes from now on ends the printing.
    signals.put_back().map_err(|errno| Error::errno("restore", "signals", errno))?;
    // What was found is printed before an error is, unless nothing was.
    if !rows.is_empty() {
        let mut unread = root.unread();
        // Most users may not read debugfs, of which only other heaps than these have anything.
        let is_without_area =
            |place: &Place| matches!(infer_kind(&place.name), MemoryKind::System | MemoryKind::Udmabuf);
        unread.retain(|unread| !places.iter().all(is_without_area) || !unread.path.starts_with(DEBUGFS));
        args.table.print_read(&selection, &rows, &unread, simulation::is_simulated())?;
        print_blocks(args, &rows)?;
    }

    match (failure, rows.last().and_then(|row| row.early)) {
        (Some(failure), _) => Err(failure.into()),
        (None, Some(Stop::Signal(number))) => Ok(Exit::by_signal(number)),
        (None, Some(_)) => {
            let elapsed = args.timeout.unwrap_or_default();
            output::info(&format!("timed out after {elapsed:?}; the figures are incomplete"));
            Ok(Exit::Failure)
        }
        (None, None) => Ok(Exit::Success),
    }
}

/// The free blocks, below the table.
fn print_blocks(args: &Args, rows: &[Limits]) -> Result<(), Error> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(()) };
    if args.table.is_for_scripts() || args.table.columns.output_all {
        return Ok(());
    }
    output::text(&blocks::render(&first.blocks[0], &last.blocks[1]))
}
