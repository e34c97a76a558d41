//! `dmaheap alloc`

use super::buffer_row::{self as columns, Row};
use super::filled::Filled;
use super::{Manual, allocate};
use crate::args::allocation::Allocation;
use crate::args::filling::Filling;
use crate::args::table::Table;
use crate::exit::Exit;
use crate::host::{Root, simulation};
use crate::ui::{Column, headings};

/// Allocate buffers, report what the kernel returned, and free them
///
/// The flags are sent exactly as given, to show how the kernel refuses them. If a request fails, the rows of
/// the buffers before it are printed, everything is freed, and the status is 1.
#[derive(clap::Args, Clone, Debug)]
#[command(
    override_usage = "dmaheap alloc [OPTIONS] --size <SIZE>",
    mut_arg("size", |size| size.required_unless_present("list_columns")),
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub allocation: Allocation,

    #[command(flatten)]
    pub filling: Filling,

    #[command(flatten)]
    pub table: Table,
}

pub(crate) const DEFAULT: &str = "HEAP,SIZE,FLAGS,INODE,TIME";

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

pub(crate) const MANUAL: Manual =
    Manual { verb: "alloc", columns: || headings(COLUMNS), prose: || include_str!("alloc.md").into() };

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let filled = Filled::prepare(&args.filling)?;
    let root = Root::machine();
    let outcome = allocate::plan(&args.allocation, &root)?.carry_out(&root)?;
    let row = |held| Row::of_held(held, &args.allocation, &selection);
    let mut rows: Vec<Row> = outcome.held.iter().map(row).collect::<Result<_, _>>()?;
    let mut differing = Vec::new();
    if outcome.failure.is_none() {
        filled.fill(&outcome.held)?;
        differing = filled.verify(&outcome.held)?;
    }
    for (row, words) in rows.iter_mut().zip(&differing) {
        row.differing = Some(*words);
    }
    drop(outcome.held);
    args.table.print(&selection, &rows, simulation::is_simulated())?;
    match outcome.failure {
        Some(failure) => Err(failure.into()),
        None => Ok(Filled::exit(&differing)),
    }
}
