//! `dmaheap recv`

use super::buffer_row::{self as columns, Row};
use super::{Manual, timeouts};
use crate::args::passing::{Inheritance, descriptor, socket};
use crate::args::table::Table;
use crate::args::timeouts::Timeouts;
use crate::cmd::message;
use crate::dmabuf::DmaBuf;
use crate::error::Error;
use crate::exit::Exit;
use crate::host::simulation;
use crate::pass::Readiness;
use crate::pass::run::{Command, Passed, PassedInfo};
use crate::pass::socket::{self, Accept, Address, Arrival, Received};
use crate::sys::process::alarm::{self, Alarm};
use crate::sys::process::signals;
use crate::ui::{Column, headings, output};
use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

/// Take buffers from another process
///
/// recv connects to the SOCKET of a dmaheap-hold(1) with --listen, or, itself with --listen, waits for one
/// dmaheap-send(1). With a command, it becomes that command, which inherits the buffers as with
/// dmaheap-exec(1). Without one, it prints a row for each buffer and releases them.
///
/// With a command, the status is that of the command; 125 if dmaheap fails before it runs, 126 if it
/// cannot be executed, 127 if it is not found.
#[derive(clap::Args, Clone, Debug)]
#[command(override_usage = "dmaheap recv [OPTIONS] <SOCKET|--listen <SOCKET>> [-- <COMMAND>...]")]
pub(crate) struct Args {
    /// Connect to this address: a path, or @NAME
    ///
    /// Example: dmaheap recv /run/camera.sock
    #[arg(value_name = "SOCKET", value_parser = socket(), required_unless_present_any = ["listen", "list_columns"])]
    pub socket: Option<Address>,

    /// Wait at this address for one sender
    ///
    /// The line `ready` on stderr says when a sender can connect. The socket file has mode 0600 and is
    /// removed once a sender has connected.
    ///
    /// Example: dmaheap recv --listen @camera -- ./program
    #[arg(long, value_name = "SOCKET", value_parser = socket(), conflicts_with = "socket")]
    pub listen: Option<Address>,

    /// Write a newline to descriptor N when ready
    ///
    /// Example: dmaheap recv --listen @camera --ready-fd 4 4>fifo
    #[arg(long, value_name = "N", value_parser = descriptor, allow_hyphen_values = true, requires = "listen", conflicts_with = "socket")]
    pub ready_fd: Option<i32>,

    /// Also accept descriptors that are not dma-bufs
    ///
    /// Example: dmaheap recv @files --any-fd -- sh -c 'cat <&3'
    #[arg(long)]
    pub any_fd: bool,

    /// Take one message with at most 253 descriptors
    ///
    /// For programs that do not speak dmaheap's protocol. The data of the message is ignored, and receipt is
    /// not confirmed.
    ///
    /// Example: dmaheap recv --plain --listen /run/camera.sock
    #[arg(long)]
    pub plain: bool,

    #[command(flatten)]
    pub timeouts: Timeouts,

    #[command(flatten)]
    pub inheritance: Inheritance,

    #[command(flatten)]
    pub table: Table,

    /// Run this command, which inherits the buffers
    ///
    /// Example: dmaheap recv @camera -- sh -c 'dmaheap dump -f 3 | sha256sum'
    #[arg(
        last = true,
        value_name = "COMMAND",
        help_heading = None::<&str>,
        conflicts_with_all = ["json", "output", "output_all", "noheadings", "raw", "bytes", "list_columns", "width"]
    )]
    pub command: Vec<OsString>,
}

pub(crate) const DEFAULT: &str = "HEAP,SIZE,FLAGS,INODE,NAME";

pub(crate) const COLUMNS: &[Column<Row>] =
    &[columns::HEAP, columns::SIZE, columns::FD, columns::FLAGS, columns::INODE, columns::EXPORTER, columns::NAME];

pub(crate) const MANUAL: Manual =
    Manual { verb: "recv", columns: || headings(COLUMNS), prose: || include_str!("recv.md").into() };

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let Inheritance { at_fd, replace } = args.inheritance;
    let command = match args.command.as_slice() {
        [] => None,
        command => Some(Command::new(command, at_fd, replace)?),
    };
    let exit = if command.is_some() { Exit::Wrapper } else { Exit::Failure };
    let alarm = match (&args.socket, &args.listen) {
        (Some(address), _) => timeouts::begin(&args.timeouts, "receive from", address, exit)?,
        (None, Some(address)) => timeouts::begin(&args.timeouts, "wait for a sender at", address, exit)?,
        (None, None) => None,
    };
    // There will be one at least.
    command.as_ref().map_or(Ok(()), |command| command.check_room(1))?;
    let arrivals = match receive(args)? {
        Received::Arrivals(arrivals) => arrivals,
        Received::Interrupted(signal) => {
            alarm::end_if_due(signal);
            // Its parent is to see which one. If that fails, the number says it.
            let _ = signals::die_by(signal);
            return Ok(Exit::by_signal(signal));
        }
    };
    if let Some(command) = command {
        let passed = arrivals.into_iter().map(passed).collect::<Result<_, _>>()?;
        alarm.map_or(Ok(()), Alarm::call_off).map_err(|errno| Error::errno("restore", "signals", errno))?;
        return Ok(super::exec::not_run(command.execute(passed)));
    }
    let rows: Vec<Row> = arrivals
        .into_iter()
        .map(|Arrival { fd, description }| {
            Ok(Row {
                heap: description.heap.map(Rc::from),
                // With --any-fd, a descriptor that has no size.
                size: size_of(&fd)?.filter(|size| *size > 0),
                ..Row::of(&DmaBuf::from(fd), description.name.as_deref(), &selection)?
            })
        })
        .collect::<Result<_, Error>>()?;
    args.table.print(&selection, &rows, simulation::is_simulated())?;
    Ok(Exit::Success)
}

fn receive(args: &Args) -> Result<Received, Error> {
    let limit = args.timeouts.peer_timeout;
    let accept = Accept { any_fd: args.any_fd, is_plain: args.plain };
    if let Some(address) = &args.socket {
        return socket::receive(address, accept, limit).map(Received::Arrivals);
    }
    let Some(address) = &args.listen else { return Ok(Received::Arrivals(Vec::new())) };
    let readiness = Readiness::claim(args.ready_fd, "--ready-fd")?;
    let notice = &mut |notice| message::try_print_error(&notice);
    socket::await_one(address, accept, limit, notice, |signals, notice| {
        match output::lines_unless(signals, "ready\n") {
            None => readiness.announce(signals, notice),
            signal => Ok(signal),
        }
    })
}

fn passed(Arrival { fd, description }: Arrival) -> Result<Passed, Error> {
    let info = PassedInfo { size: size_of(&fd)?, description };
    Ok(Passed { fd, info })
}

fn size_of(fd: &OwnedFd) -> Result<Option<u64>, Error> {
    DmaBuf::size_of(fd.as_fd()).map_err(|errno| Error::errno("measure", "a buffer", errno))
}
