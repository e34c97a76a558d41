//! `dmaheap limits`

mod blocks;

use super::{Manual, allocate};
use crate::args::duration::some_time;
use crate::args::heaps::Heaps;
use crate::args::numbers::buffer_size;
use crate::args::table::{Columns, Table};
use crate::capacity::{Limits, Measurement, Stop, measure};
use crate::cmd::message;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::Heap;
use crate::host::parse::buddyinfo::Zone;
use crate::host::{Root, simulation};
use crate::sys::fd::poll::Timer;
use crate::sys::process::signals::{ENDING, Signals};
use crate::ui::{Cell, Column, column, headings, output};
use std::time::Duration;

/// Find the largest buffer that a heap gives, and how much it gives in all
///
/// The largest single buffer is found to the page; then buffers of --chunk are taken until there are no
/// more. Everything is freed again. What is asked for is bounded by the memory budget, so that nothing else
/// on the machine is killed; a heap whose CMA area the kernel reports is asked until it answers ENOMEM.
///
/// Ctrl-C and --timeout end it at any moment: nothing is left behind, and what was found so far is printed.
/// Status 128 + n after signal n, 1 when the time was up.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// Which heaps.
    #[command(flatten)]
    pub heaps: Heaps,

    /// Size of each buffer of the total, which the kernel rounds up to pages
    ///
    /// Small ones need many files: the limit of open files is raised to its hard limit, and EMFILE ends the
    /// total where that is not enough.
    ///
    /// Example: --chunk 4M
    #[arg(short, long, value_name = "SIZE", value_parser = buffer_size, default_value = "1M", allow_hyphen_values = true)]
    pub chunk: u64,

    /// How long it may take, for all heaps together
    ///
    /// Seconds, or with a unit: 250ms, 10s, 5m.
    ///
    /// Example: --timeout 30s
    #[arg(long, value_name = "TIME", value_parser = some_time, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,

    /// How to print it.
    #[command(flatten)]
    pub table: Table,
}

/// Columns that are shown if none are chosen.
pub(crate) const DEFAULT: &str = "HEAP,LARGEST,BOUND,TOTAL,ENDED,FREE,FRAG,LEFT";

/// Every column.
pub(crate) const COLUMNS: &[Column<Limits>] = &[
    column("HEAP", "heap", "name of the heap, or the path it was asked for by").text(|row| row.heap.as_str().into()),
    column("LARGEST", "largest", "the largest single buffer that was given, bytes")
        .number(|row| Cell::Bytes(row.largest.0)),
    column(
        "BOUND",
        "bound",
        "what is in the way of one page more: budget, cgroup PATH, the kernel's errno, killed, timeout, a signal",
    )
    .text(|row| stop(row, row.largest.1)),
    column("CHUNK", "chunk", "size of each buffer of the total, rounded up to pages, bytes")
        .number(|row| Cell::Bytes(row.chunk)),
    column("BUFFERS", "buffers", "how many of them were held at once").number(|row| Cell::Number(row.count.0)),
    column("TOTAL", "total", "their bytes together").number(|row| Cell::Bytes(row.total())),
    column("ENDED", "ended", "what was in the way of one more, as in BOUND").text(|row| stop(row, row.count.1)),
    column("AREA", "area", "size of the heap's CMA area, bytes").number(|row| Cell::bytes(row.area)),
    column("FREE", "free", "what of the area was free before, bytes").number(|row| Cell::bytes(row.free)),
    column("FRAG", "largest_percent", "LARGEST of FREE in whole per cent: 100 is an area in one piece")
        .number(|row| Cell::number(row.largest_of_free())),
    column("LEFT", "left", "what of the area was free when no buffer more could be had, bytes")
        .number(|row| Cell::bytes(row.left)),
    column("BUDGET", "budget", "the memory budget before, where it bounds the heap, bytes")
        .number(|row| Cell::bytes(row.budget)),
    column(
        "BEFORE",
        "blocks_before",
        "free blocks of 2^n pages before, from /proc/buddyinfo: of each zone node, zone, free",
    )
    .text(|row| zones(&row.blocks[0])),
    column("AFTER", "blocks_after", "the same when everything was freed").text(|row| zones(&row.blocks[1])),
];

/// What was in the way; where that is the budget, and a cgroup's limit is what bounds it, the cgroup.
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

/// The verb's page in the manual.
pub(crate) const MANUAL: Manual =
    Manual { verb: "limits", columns: || headings(COLUMNS), prose: || include_str!("limits.md").into() };

/// Runs the verb.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let root = Root::machine();
    let places = allocate::places(&args.heaps, &root);
    for place in &places {
        // Nothing is asked for where one of them is missing.
        Heap::open(&root, place, args.heaps.force)?;
    }
    let signals = Signals::take(ENDING).map_err(|errno| Error::errno("take over", "signals", errno))?;
    let timer = args.timeout.map(Timer::after).transpose().map_err(|errno| Error::errno("set", "a timer", errno))?;
    let mut rows = Vec::new();
    let mut failure = None;
    for place in &places {
        let what = Measurement {
            place,
            request: args.heaps.request(),
            chunk: args.chunk,
            force: args.heaps.force,
            timer: timer.as_ref(),
            tell: message::error,
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
    signals.put_back().map_err(|errno| Error::errno("put back", "signals", errno))?;
    // What was found is printed before an error is, unless nothing was.
    if !rows.is_empty() {
        args.table.print(&selection, &rows, simulation::is_simulated())?;
        print_blocks(args, &rows)?;
    }
    match (failure, rows.last().and_then(|row| row.early)) {
        (Some(failure), _) => Err(failure.into()),
        (None, Some(Stop::Signal(number))) => Ok(Exit::by_signal(number)),
        (None, Some(_)) => {
            let elapsed = args.timeout.unwrap_or_default();
            output::talk(&format!("timed out after {elapsed:?}; the figures are incomplete"));
            Ok(Exit::Failure)
        }
        (None, None) => Ok(Exit::Success),
    }
}

/// The free blocks, below a table for people.
fn print_blocks(args: &Args, rows: &[Limits]) -> Result<(), Error> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(()) };
    let Columns { json, noheadings, output, output_all, .. } = &args.table.columns;
    if *json || *noheadings || output.is_some() || *output_all || args.table.raw {
        return Ok(());
    }
    output::text(&blocks::render(&first.blocks[0], &last.blocks[1]))
}
