//! `dmaheap fence`

use super::source::{self, Opened};
use super::{Manual, timeouts};
use crate::args::passing::descriptor as number;
use crate::args::source::BufferSource;
use crate::args::table::Table;
use crate::dmabuf::fence::{self, Fence, FenceState, Obstruction};
use crate::dmabuf::sync::Direction;
use crate::error::Error;
use crate::exit::Exit;
use crate::host::simulation;
use crate::pass::run::{Command, Passed, PassedInfo};
use crate::sys::errno_name;
use crate::sys::fd::descriptor;
use crate::ui::{Cell, Column, column, headings};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Show the fences of a buffer, wait for them, export or import one
///
/// fence prints a row for each fence that a reader and a writer would wait for: a reader waits for those who
/// write, a writer for everyone. An idle buffer has one fence, which is signaled.
///
/// With --wait, the status is 1 if a fence fails or --timeout expires. With a command, the status is that of
/// the command; 125 if dmaheap fails before it runs, 126 if it cannot be executed, 127 if it is not found.
#[derive(clap::Args, Clone, Debug)]
#[command(
    override_usage = "dmaheap fence [OPTIONS] <-f <N>|--from-socket <SOCKET>> [-- <COMMAND>...]",
    mut_args(|arg| match arg.get_id().as_str() {
        "fd" => arg.required_unless_present_any(["from_socket", "list_columns"]),
        "peer_timeout" => arg.requires("from_socket"),
        _ => arg,
    }),
)]
pub(crate) struct Args {
    /// Wait until the fences are signaled
    ///
    /// How long that took is in WAITED. This works on every kernel that has dma-bufs; everything else needs Linux 6.0 with CONFIG_SYNC_FILE.
    ///
    /// Example: dmaheap fence -f 3 --wait --timeout 1s
    #[arg(long)]
    pub wait: bool,

    /// Choose what waits: read or write
    ///
    /// With --import, it is what others wait for. The default is both to show fences, and write to wait for them and to
    /// export them.
    ///
    /// Example: --wait --direction read
    #[arg(long, alias = "for", value_name = "DIRECTION", value_parser = direction(), hide_possible_values = true)]
    pub direction: Option<Direction>,

    /// Pass the fences to the command as descriptor N
    ///
    /// The descriptor is a sync_file.
    ///
    /// Example: dmaheap fence -f 3 --export 5 -- ./wait-for-fd-5
    #[arg(long, value_name = "N", value_parser = number, allow_hyphen_values = true, requires = "command")]
    pub export: Option<i32>,

    /// Add the fences of sync_file N to the buffer
    ///
    /// N is inherited. The fences of a read hold up writers, those of a write everyone.
    ///
    /// Example: dmaheap fence -f 3 --import 4 --direction write
    #[arg(long, value_name = "N", value_parser = number, allow_hyphen_values = true, requires = "direction", conflicts_with_all = ["wait", "export"])]
    pub import: Option<i32>,

    #[command(flatten)]
    pub source: BufferSource,

    #[command(flatten)]
    pub table: Table,

    /// Run this command, which inherits the sync_file
    ///
    /// Example: dmaheap fence -f 3 --export 5 -- ./wait-for-fd-5
    #[arg(last = true, value_name = "COMMAND", help_heading = None::<&str>, requires = "export", conflicts_with_all = ["wait", "list_columns"])]
    pub command: Vec<OsString>,
}

/// One fence that an access would wait for; of a kernel without sync_files, that there may be some.
#[derive(Debug)]
pub(crate) struct Row {
    access: Direction,
    fence: Option<Fence>,
    waited: Option<Duration>,
}

pub(crate) const DEFAULT: &str = "FOR,STATUS,DRIVER,TIMELINE,WAITED";

pub(crate) const COLUMNS: &[Column<Row>] = &[
    column("FOR", "for", "the access that waits for it: read or write").text(|row| word(row.access).into()),
    column("STATUS", "status", "pending, signaled, or the errno with which the work failed")
        .text(|row| of_fence(row, |fence| status(fence.state).into())),
    column("DRIVER", "driver", "driver of the fence; unreliable once it is signaled")
        .text(|row| of_fence(row, |fence| fence.driver.as_str().into())),
    column("TIMELINE", "timeline", "timeline of the fence; unreliable once it is signaled")
        .text(|row| of_fence(row, |fence| fence.timeline.as_str().into())),
    column("SIGNALED", "signaled_ns", "when it was signaled, nanoseconds of the monotonic clock")
        .number(|row| of_fence(row, |fence| fence.time.map(Cell::Time).into())),
    column("WAITED", "waited_ns", "with --wait, how long all fences together took, nanoseconds")
        .number(|row| row.waited.map(Cell::Time).into()),
];

pub(crate) const MANUAL: Manual =
    Manual { verb: "fence", columns: || headings(COLUMNS), prose: || include_str!("fence.md").into() };

fn of_fence(row: &Row, cell: fn(&Fence) -> Cell) -> Cell {
    row.fence.as_ref().map(cell).into()
}

fn status(state: FenceState) -> String {
    match state {
        FenceState::Pending => "pending".to_owned(),
        FenceState::Signaled => "signaled".to_owned(),
        FenceState::Failed(errno) => errno_name(errno),
    }
}

fn word(access: Direction) -> &'static str {
    match access {
        Direction::Read => "read",
        Direction::Write => "write",
    }
}

fn direction() -> impl TypedValueParser<Value = Direction> {
    PossibleValuesParser::new(["read", "write"])
        .map(|access| if access == "read" { Direction::Read } else { Direction::Write })
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let Opened { fd, object, identity, .. } = source::open(&args.source, "inspect")?;
    identity.check("inspect", &object)?;
    if let (Some(number), Some(access)) = (args.import, args.direction) {
        import(fd.as_fd(), &object, access, number)?;
        return Ok(Exit::Success);
    }
    let access = args.direction.unwrap_or(Direction::Write);
    if let Some(number) = args.export {
        let command = Command::new(&args.command, number, false)?;
        let passed = Passed { fd: fence::export(fd.as_fd(), &object, access)?, info: PassedInfo::default() };
        return Ok(super::exec::not_run(command.execute(vec![passed])));
    }
    let rows =
        if args.wait { wait(args, fd.as_fd(), &object, access)? } else { show(args.direction, fd.as_fd(), &object)? };
    args.table.print(&selection, &rows, simulation::is_simulated())?;
    let has_failed = |row: &Row| matches!(&row.fence, Some(Fence { state: FenceState::Failed(_), .. }));
    Ok(if args.wait && rows.iter().any(has_failed) { Exit::Failure } else { Exit::Success })
}

fn import(buffer: BorrowedFd<'_>, object: &str, access: Direction, number: i32) -> Result<(), Error> {
    let file = descriptor::inherited(number).map_err(|errno| Error::errno("use", format!("fd {number}"), errno))?;
    fence::import(buffer, object, access, file.as_fd())
}

fn show(direction: Option<Direction>, buffer: BorrowedFd<'_>, object: &str) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for access in [Direction::Read, Direction::Write] {
        if direction.is_none_or(|chosen| chosen == access) {
            let file = fence::export(buffer, object, access)?;
            let fences = fence::of_file(file.as_fd());
            let fences = fences.map_err(|errno| Error::errno("inspect the fences of", object, errno))?;
            rows.extend(fences.into_iter().map(|fence| Row { access, fence: Some(fence), waited: None }));
        }
    }
    Ok(rows)
}

/// Waits; the fences afterwards are those that were waited for, with what became of them.
fn wait(args: &Args, buffer: BorrowedFd<'_>, object: &str, access: Direction) -> Result<Vec<Row>, Error> {
    let obstruction = Obstruction::of(buffer, access);
    let awaited = format!("{} of {object}", obstruction.name());
    timeouts::go_on(&args.source.timeouts, "wait for", &awaited, Exit::Failure);
    let waited = Some(obstruction.wait().map_err(|errno| Error::errno("wait for", awaited, errno))?);
    Ok(match obstruction.fences() {
        Some(fences) => fences.into_iter().map(|fence| Row { access, fence: Some(fence), waited }).collect(),
        None => vec![Row { access, fence: None, waited }],
    })
}
