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
pub(crate) const MANUAL: Manual =
    Manual { verb: "alloc", columns: || headings(COLUMNS), prose: || include_str!("alloc.md").into() };

/// Runs the verb.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let filled = Filled::prepare(&args.filling)?;
    let root = Root::machine();
    let outcome = allocate::plan(&args.allocation, &root).carry_out(&root)?;
    let row = |held| Row::of_held(held, &args.allocation, &selection);
    let mut rows: Vec<Row> = outcome.held.iter().map(row).collect::<Result<_, _>>()?;
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
