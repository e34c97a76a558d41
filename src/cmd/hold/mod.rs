//! `dmaheap hold`

mod detach;
mod keep;
mod options;

pub(crate) use options::{Args, COLUMNS, DEFAULT};

use super::buffer_row::Row;
use super::filled::Filled;
use super::{Manual, allocate};
use crate::cmd::message;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::alloc::HeldBuffer;
use crate::host::{Root, simulation};
use crate::pass::Readiness;
use crate::pass::socket::Listener;
use crate::sys::process::signals::{self, Signals};
use crate::ui::column::Selection;
use crate::ui::{headings, output};
use keep::{keep, print, service, take_signals};

pub(crate) const MANUAL: Manual =
    Manual { verb: "hold", columns: || headings(COLUMNS), prose: || include_str!("hold.md").into() };

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    // Before anything is opened that could have its number.
    let readiness = Readiness::claim(args.ready_fd, "--ready-fd")?;
    if let Some(address) = &args.listen {
        Listener::check(address)?;
    }

    let filled = Filled::prepare(&args.filling)?;
    let root = Root::machine();
    let held = allocate::all(allocate::plan(&args.allocation, &root)?, &root)?;
    filled.fill(&held)?;
    // While signals have their way: whoever reads stderr may let it wait.
    if !args.detach || args.table.is_chosen() {
        args.table.note_if_simulated(simulation::is_simulated());
    }
    if args.detach {
        return detach::run(args, &selection, readiness, &held);
    }

    let signals = take_signals()?;
    // What cannot be served is not announced.
    let service = service(args, &held)?;
    let kept = match announce(args, &selection, readiness, &signals, &held)? {
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

    let differing = filled.verify(&held)?;
    Ok(match end {
        Some(signal) if args.duration.is_some() => Exit::by_signal(signal),
        _ => Filled::exit(&differing),
    })
}

/// Says that they are there: rows, `ready`, and every other notification. Returns a signal that came first, including
/// that of a stdout whose reader is gone.
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
        None => readiness.announce(signals, &mut |notice| message::try_print_error(&notice)),
        signal => Ok(signal),
    }
}
