//! What the process that keeps the buffers does, whether this one or a detached one.

use super::options::Args;
use crate::cmd::buffer_row::Row;
use crate::cmd::{allocate, message};
use crate::error::Error;
use crate::heap::alloc::HeldBuffer;
use crate::host::simulation;
use crate::pass::socket::{Listener, Offer, Service};
use crate::pass::{self, Until};
use crate::sys::process::signals::{ENDING, Signals};
use crate::ui::column::Selection;
use std::os::fd::AsFd;

/// Keeps signals waiting until [`keep`] looks at them, so what is to be cleaned up is.
pub(super) fn take_signals() -> Result<Signals, Error> {
    Signals::take(ENDING)
        .and_then(Signals::ignoring_broken_pipes)
        .map_err(|errno| Error::errno("catch", "signals", errno))
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
        .map(|held| Ok(Row { holder: Some(holder), ..Row::of_held(held, &args.allocation, selection)? }))
        .collect::<Result<_, Error>>()?;
    args.table.print_to(write, selection, &rows, simulation::is_simulated())
}

/// Waits for what ends it, and serves in the meantime.
pub(super) fn keep(args: &Args, signals: &Signals, service: Option<Service<'_>>) -> Result<Option<i32>, Error> {
    let until = Until { eof: args.until_eof, time: args.duration };
    pass::keep(signals, until, service, &mut |notice| message::try_print_error(&notice))
}

/// Listens, if that is asked for, to give `held` to whoever connects.
pub(super) fn service<'a>(args: &Args, held: &'a [HeldBuffer]) -> Result<Option<Service<'a>>, Error> {
    let Some(address) = &args.listen else { return Ok(None) };
    let offer =
        Offer::new(held.iter().map(|held| (held.buffer.as_fd(), allocate::description(held, &args.allocation))));
    Service::new(Listener::new(address)?, offer, args.peer_timeout).map(Some)
}
