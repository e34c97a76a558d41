//! Waiting for one process that sends.

use super::receive::receive_from;
use super::{Accept, Address, Arrival, Listener, Peer};
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::poll::{self, Interest};
use crate::sys::process::signals::{ALARM, ENDING, Signals};
use std::os::fd::AsFd;
use std::time::Duration;

#[derive(Debug)]
pub(crate) enum Received {
    Arrivals(Vec<Arrival>),
    /// This signal came instead.
    Interrupted(i32),
}

/// Listens at `address`, says so by `ready`, and takes what the first process gives that connects and may; once
/// connected it has `limit` for that.
///
/// `ready` answers with a signal that came before it had said so. `notice` is told what is no reason to end: a peer that may not send, a service manager that cannot be
/// reached.
///
/// # Errors
/// Nobody can listen there, or what came is refused.
pub(crate) fn await_one(
    address: &Address,
    accept: Accept,
    limit: Duration,
    notice: &mut dyn FnMut(Error),
    ready: impl FnOnce(&Signals, &mut dyn FnMut(Error)) -> Result<Option<i32>, Error>,
) -> Result<Received, Error> {
    let failed = |errno| Error::errno("wait for", "signals", errno);
    let signals =
        Signals::take(&[ENDING, &[ALARM]].concat()).and_then(Signals::ignoring_broken_pipes).map_err(failed)?;
    let listener = Listener::new(address)?;
    let peer = match ready(&signals, notice)? {
        Some(signal) => Err(signal),
        None => wait_for_peer(&signals, &listener, limit, notice)?,
    };
    // One is enough; the file of the socket goes before anything else happens.
    drop(listener);
    let received = match peer {
        Ok(mut peer) => {
            // A signal that has come meanwhile ends this process here.
            signals.put_back().map_err(failed)?;
            Received::Arrivals(receive_from(&mut peer, accept)?)
        }
        Err(signal) => {
            signals.put_back().map_err(failed)?;
            Received::Interrupted(signal)
        }
    };
    Ok(received)
}

/// A peer, or the signal that came first.
fn wait_for_peer(
    signals: &Signals,
    listener: &Listener,
    limit: Duration,
    notice: &mut dyn FnMut(Error),
) -> Result<Result<Peer, i32>, Error> {
    let failed = |errno| Error::errno("wait for", "signals", errno);
    loop {
        poll::wait(&[(signals.as_fd(), Interest::Read), (listener.as_fd(), Interest::Read)]).map_err(failed)?;
        if let Some(caught) = signals.next().map_err(failed)? {
            return Ok(Err(caught.signal));
        }
        match listener.accept(limit) {
            Ok(Some(peer)) => return Ok(Ok(peer)),
            Ok(None) => {}
            Err(error) if error.kernel_errno() == Some(Errno::EPERM) => notice(error),
            Err(error) => return Err(error),
        }
    }
}
