//! `dmaheap hold`

use super::Manual;
use super::buffer_row::{self as columns, Row};
use super::filled::Filled;
use crate::args::allocation::Allocation;
use crate::args::duration::{duration, some_time};
use crate::args::filling::Filling;
use crate::args::passing::{descriptor, socket};
use crate::args::table::Table;
use crate::cmd::message;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::alloc::HeldBuffer;
use crate::host::{Root, simulation};
use crate::pass::socket::{Address, Description, Listener, Offer, Service};
use crate::pass::{self, Readiness, Until};
use crate::sys::process::signals::{self, ENDING, Signals};
use crate::ui::column::Selection;
use crate::ui::{Column, headings, output};
use std::os::fd::AsFd;
use std::time::Duration;

/// Allocate buffers and keep them until a signal, a time or end of input
///
/// When all buffers are allocated, their rows are printed on stdout, and then the line `ready` on stderr. The
/// buffers are kept until SIGHUP, SIGINT, SIGQUIT or SIGTERM arrives, for a given time (--for), or until end
/// of input (--until-eof). A signal that the caller ignores stays ignored.
///
/// With --fill, they contain a pattern before they are announced; with --verify, it is verified before they
/// are freed.
///
/// The status is 0 if they were kept until then; with --for, it is 128 + n if signal n ended it early.
#[derive(clap::Args, Clone, Debug)]
#[command(
    mut_arg("size", |size| size.required_unless_present("list_columns")),
    // Nobody would learn what the process that stays has found.
    mut_arg("verify", |verify| verify.conflicts_with("detach")),
)]
pub(crate) struct Args {
    /// What to allocate.
    #[command(flatten)]
    pub allocation: Allocation,

    /// What to write into it.
    #[command(flatten)]
    pub filling: Filling,

    /// Release them after this time: 250ms, 10s, 5m, 1h
    ///
    /// Example: --for 10s
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, allow_hyphen_values = true, conflicts_with = "until_eof")]
    pub duration: Option<Duration>,

    /// Release them at end of input
    ///
    /// Without this option stdin is not read.
    ///
    /// Example: coproc dmaheap hold -s 4M --until-eof
    #[arg(long)]
    pub until_eof: bool,

    /// Write a newline to inherited descriptor N when the buffers are allocated
    ///
    /// READY=1 is also sent to NOTIFY_SOCKET, if the environment has it.
    ///
    /// Example: dmaheap hold -s 4M --ready-fd 4 4>fifo
    #[arg(long, value_name = "N", value_parser = descriptor, allow_hyphen_values = true)]
    pub ready_fd: Option<i32>,

    /// Serve the buffers to anyone who connects to SOCKET, a path or @NAME
    ///
    /// The socket file has mode 0600 and is removed afterwards. An abstract @NAME serves processes of the
    /// same user and of root. dmaheap-recv(1) is the other end.
    ///
    /// Example: --listen /run/camera.sock, --listen @camera
    #[arg(long, value_name = "SOCKET", value_parser = socket())]
    pub listen: Option<Address>,

    /// Limit the time of each client, from the connection to its last byte
    ///
    /// A client that has not received everything by then is disconnected. Other clients do not wait for it.
    ///
    /// Example: --listen @camera --peer-timeout 1m
    #[arg(long, value_name = "DURATION", value_parser = some_time, default_value = "10s", allow_hyphen_values = true, requires = "listen")]
    pub peer_timeout: Duration,

    /// Return when everything is allocated, and print the holder's PID
    ///
    /// The holder has a session of its own, works in the root directory, and keeps none of the caller's files
    /// open. Any output option prints the rows instead of the PID.
    ///
    /// Example: pid=$(dmaheap hold -s 4M --detach)
    #[arg(long, conflicts_with_all = ["until_eof", "verify"])]
    pub detach: bool,

    /// How to print it.
    #[command(flatten)]
    pub table: Table,
}

/// Columns that are shown if none are chosen.
pub(crate) const DEFAULT: &str = "PID,FD,HEAP,SIZE,FLAGS,INODE";

/// Every column.
pub(crate) const COLUMNS: &[Column<Row>] = &[
    columns::PID,
    columns::FD,
    columns::HEAP,
    columns::REQUESTED,
    columns::SIZE,
    columns::FLAGS,
    columns::INODE,
    columns::EXPORTER,
    columns::NAME,
    columns::TIME,
];

/// The verb's page in the manual.
pub(crate) const MANUAL: Manual =
    Manual { verb: "hold", columns: || headings(COLUMNS), prose: || include_str!("hold.md").into() };

/// Runs the verb.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    // Before anything is opened that could have its number.
    let readiness = Readiness::claim(args.ready_fd, "--ready-fd")?;
    if let Some(address) = &args.listen {
        Listener::check(address)?;
    }
    let filled = Filled::prepare(&args.filling)?;
    let root = Root::machine();
    let outcome = args.allocation.plan(&root, message::error).carry_out(&root)?;
    if let Some(failure) = outcome.failure {
        return Err(failure.into());
    }
    filled.fill(&outcome.held)?;
    // While signals have their way: whoever reads stderr may let it wait.
    if !args.detach || args.table.is_chosen() {
        args.table.tell_if(simulation::is_simulated());
    }
    if args.detach {
        return super::detach::run(args, &selection, readiness, &outcome.held);
    }
    let signals = take_signals()?;
    // What cannot be served is not announced.
    let service = service(args, &outcome.held)?;
    let kept = match announce(args, &selection, readiness, &signals, &outcome.held)? {
        None => Ok(keep(args, &signals, service)?),
        Some(signal) => {
            // The file of its socket goes with it.
            drop(service);
            Err(signal)
        }
    };
    // A second signal ends the check.
    signals.put_back().map_err(|errno| Error::errno("restore", "signals", errno))?;
    let end = match kept {
        Ok(end) => end,
        Err(signal) => {
            // It has not held yet, and ends as it does before there is a socket. If that fails, the number says it.
            let _ = signals::die_by(signal);
            return Ok(Exit::by_signal(signal));
        }
    };
    let differing = filled.verify(&outcome.held)?;
    Ok(match end {
        Some(signal) if args.duration.is_some() => Exit::by_signal(signal),
        _ => Filled::exit(&differing),
    })
}

/// From now on signals wait until [`keep`] looks at them, so what is to be cleaned up is.
pub(super) fn take_signals() -> Result<Signals, Error> {
    Signals::take(ENDING)
        .and_then(Signals::ignoring_broken_pipes)
        .map_err(|errno| Error::errno("catch", "signals", errno))
}

/// Says that they are there: rows, `ready`, and every other notification. Answers with a signal that came first,
/// including that of a stdout whose reader is gone.
fn announce(
    args: &Args,
    selection: &Selection<Row>,
    readiness: Readiness,
    signals: &Signals,
    held: &[HeldBuffer],
) -> Result<Option<i32>, Error> {
    let mut came = None;
    let mut write = |bytes: &[u8]| {
        if came.is_none() {
            came = output::data_unless(signals, bytes)?;
        }
        Ok(())
    };
    print(&mut write, args, selection, held, std::process::id())?;
    if came.is_none() {
        came = output::lines_unless(signals, "ready\n");
    }
    match came {
        None => readiness.announce(signals, &mut |notice| message::notice(&notice)),
        signal => Ok(signal),
    }
}

/// Prints what `holder` holds.
pub(super) fn print(
    write: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    args: &Args,
    selection: &Selection<Row>,
    held: &[HeldBuffer],
    holder: u32,
) -> Result<(), Error> {
    let rows: Vec<Row> = held
        .iter()
        .map(|held| Row { holder: Some(holder), ..Row::of_held(held, &args.allocation, selection) })
        .collect();
    args.table.print_to(write, selection, &rows, simulation::is_simulated())
}

/// Waits for what ends it, and serves in the meantime.
pub(super) fn keep(args: &Args, signals: &Signals, service: Option<Service<'_>>) -> Result<Option<i32>, Error> {
    let until = match args.duration {
        Some(duration) => Until::Time(duration),
        None if args.until_eof => Until::Eof,
        None => Until::Signal,
    };
    pass::keep(signals, until, service, &mut |notice| message::notice(&notice))
}

/// Listens, if that is asked for, to give `held` to whoever connects.
pub(super) fn service<'a>(args: &Args, held: &'a [HeldBuffer]) -> Result<Option<Service<'a>>, Error> {
    let Some(address) = &args.listen else { return Ok(None) };
    let name = args.allocation.name.as_ref().map(|name| name.as_str().to_owned());
    let described = |held: &HeldBuffer| Description { heap: Some(held.heap.as_ref().to_owned()), name: name.clone() };
    let offer = Offer::new(held.iter().map(|held| (held.buffer.as_fd(), described(held))));
    Service::new(Listener::new(address)?, offer, args.peer_timeout).map(Some)
}
