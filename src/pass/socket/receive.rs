//! Taking buffers from another process.

use super::address::Address;
use super::listen::{Accepted, Listener};
use super::peer::{self, Peer};
use super::protocol::{self, Acknowledgement, Description, Header, MOST_FDS};
use crate::dmabuf::DmaBuf;
use crate::error::{Error, Hint};
use crate::size::counted;
use crate::sys::Errno;
use crate::sys::fd::poll::{self, Interest};
use crate::sys::pass::socket::{self, Waiting};
use crate::sys::process::rlimit;
use crate::sys::process::signals::{ENDING, Signals};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// Descriptors that are kept free beside those that are received.
const SPARE_FILES: u64 = 32;

const RECEIVE: &str = "receive from";

/// Something that was received.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The descriptor, close-on-exec.
    pub fd: OwnedFd,
    /// The sender's words about it: a claim, where the kernel does not say the same.
    pub description: Description,
}

/// What is taken from a peer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Accept {
    /// Descriptors of anything; otherwise nothing is taken if one is not a dma-buf.
    pub any_fd: bool,
    /// One message, whatever its bytes are, of a peer that speaks no protocol and hears no answer.
    pub is_plain: bool,
}

/// Connects to `address`, where a `hold --listen` or the like serves, and takes what it gives, all of
/// which may take `limit`.
/// Where what came is refused, every descriptor that arrived has been closed.
pub(crate) fn receive(address: &Address, accept: Accept, limit: Duration) -> Result<Vec<Arrival>, Error> {
    receive_from(&mut Peer::connect(address, limit)?, accept)
}

#[derive(Debug)]
pub(crate) enum Received {
    Arrivals(Vec<Arrival>),
    /// This signal came instead.
    Interrupted(i32),
}

/// Listens at `address`, says so by `ready`, and takes what the first process gives that connects and may; once
/// connected it has `limit` for that.
///
/// `ready` returns a signal that came before it had said so. `notice` receives what does not end it: a peer that may
/// not send, a service manager that cannot be reached.
pub(crate) fn await_one(
    address: &Address,
    accept: Accept,
    limit: Duration,
    notice: &mut dyn FnMut(Error),
    ready: impl FnOnce(&Signals, &mut dyn FnMut(Error)) -> Result<Option<i32>, Error>,
) -> Result<Received, Error> {
    let signals = Signals::take(ENDING).and_then(Signals::ignoring_broken_pipes).map_err(no_signals)?;
    let listener = Listener::new(address)?;
    let awaited = match ready(&signals, notice)? {
        Some(signal) => Awaited::Interrupted(signal),
        None => wait_for_peer(&signals, &listener, limit, notice)?,
    };
    // One is enough; the file of the socket goes before anything else happens.
    drop(listener);
    // A signal that has come in the meantime ends this process here.
    signals.put_back().map_err(no_signals)?;
    match awaited {
        Awaited::Peer(mut peer) => receive_from(&mut peer, accept).map(Received::Arrivals),
        Awaited::Interrupted(signal) => Ok(Received::Interrupted(signal)),
    }
}

fn no_signals(errno: Errno) -> Error {
    Error::errno("wait for", "signals", errno)
}

enum Awaited {
    Peer(Peer),
    /// This signal came first.
    Interrupted(i32),
}

fn wait_for_peer(
    signals: &Signals,
    listener: &Listener,
    limit: Duration,
    notice: &mut dyn FnMut(Error),
) -> Result<Awaited, Error> {
    loop {
        poll::wait(&[(signals.as_fd(), Interest::Read), (listener.as_fd(), Interest::Read)]).map_err(no_signals)?;
        if let Some(caught) = signals.next().map_err(no_signals)? {
            return Ok(Awaited::Interrupted(caught.signal));
        }
        match listener.accept(limit)? {
            Some(Accepted::Peer(peer)) => return Ok(Awaited::Peer(peer)),
            Some(Accepted::Refused(error)) => notice(error),
            None => {}
        }
    }
}

/// Takes what `peer` gives, and confirms it.
fn receive_from(peer: &mut Peer, accept: Accept) -> Result<Vec<Arrival>, Error> {
    if accept.is_plain {
        return take_plain(peer).and_then(|arrivals| check(peer, arrivals, accept));
    }
    let taken = take(peer).and_then(|arrivals| check(peer, arrivals, accept));
    let answer = match &taken {
        Ok(arrivals) => Acknowledgement::received(arrivals.len()),
        Err(error) => {
            let text = error.to_string();
            let prefix = format!("{RECEIVE} {}: ", peer.address());
            Acknowledgement::refused(text.strip_prefix(&prefix).unwrap_or(&text).to_owned())
        }
    };
    // A sender that does not read the answer has done its part, and there is room for a line that is not read.
    let _ = peer.send(&protocol::line(&answer), &[], Waiting::No);
    taken
}

/// Receives one message.
fn take_plain(peer: &mut Peer) -> Result<Vec<Arrival>, Error> {
    raise_limit(MOST_FDS);
    let fds = more(peer, 0, None)?.fds;
    if fds.is_empty() {
        return Err(refuse(peer, "its message has no descriptors"));
    }
    Ok(fds.into_iter().map(|fd| Arrival { fd, description: Description::default() }).collect())
}

/// Receives as much as announced.
fn take(peer: &mut Peer) -> Result<Vec<Arrival>, Error> {
    // Enough for the first message, before it is known how many there are.
    raise_limit(MOST_FDS);
    let mut fds: Vec<OwnedFd> = Vec::new();
    let header = loop {
        if let Some(line) = peer.take_line() {
            break Header::parse(&line).map_err(|why| refuse(peer, why))?;
        }
        if peer.is_endless() {
            return Err(refuse(peer, "it does not speak dmaheap's protocol"));
        }
        fds.extend(more(peer, 0, None)?.fds);
        if fds.len() > MOST_FDS {
            return Err(refuse(peer, "it sends descriptors before it says how many"));
        }
    };
    raise_limit(header.fds);
    while fds.len() < header.fds {
        fds.extend(more(peer, fds.len(), Some(header.fds))?.fds);
        // The newlines that the descriptors rode on.
        peer.skip_lines();
        if peer.is_endless() {
            return Err(refuse(peer, "it does not speak dmaheap's protocol"));
        }
    }
    if fds.len() > header.fds {
        let why = format!("it announces {} and sends {}", counted(header.fds, "descriptor"), fds.len());
        return Err(refuse(peer, why));
    }
    let described = header.buffers.into_iter().chain(std::iter::repeat_with(Description::default));
    Ok(fds.into_iter().zip(described).map(|(fd, description)| Arrival { fd, description }).collect())
}

/// Receives one message more. `have` of `announced` descriptors are there already.
fn more(peer: &mut Peer, have: usize, announced: Option<usize>) -> Result<socket::Incoming, Error> {
    let received = peer.receive(Waiting::Yes).map_err(|errno| match (errno, announced) {
        (Errno::ETIMEDOUT, None) => timed_out(peer, "waiting for its first message"),
        (Errno::ETIMEDOUT, Some(announced)) => {
            timed_out(peer, &format!("waiting for the rest: {have} of {} received", counted(announced, "buffer")))
        }
        _ => Error::errno(RECEIVE, peer.address(), errno),
    })?;
    let so_far = |announced| match announced {
        Some(announced) => format!("{} of {}", have + received.fds.len(), counted(announced, "buffer")),
        None => "any buffer".to_owned(),
    };
    if received.truncated {
        // The line that says how many may have come with the first of them.
        let announced = announced.or_else(|| Header::parse(&peer.take_line()?).ok().map(|header| header.fds));
        let why = format!("only {} could be received (MSG_CTRUNC)", so_far(announced));
        let (soft, hard) = rlimit::open_files().unwrap_or_default();
        return Err(refuse(peer, why).with_hint(format!(
            "the limit of open files is {soft}, and at most {hard} here (ulimit -n); a security module may refuse descriptors too"
        )));
    }
    if received.bytes == 0 {
        let sent =
            announced.map_or_else(|| "without sending a buffer".to_owned(), |_| format!("after {}", so_far(announced)));
        return Err(refuse(peer, format!("the peer closed the connection {sent}")));
    }
    Ok(received)
}

fn check(peer: &Peer, arrivals: Vec<Arrival>, accept: Accept) -> Result<Vec<Arrival>, Error> {
    for (index, arrival) in arrivals.iter().enumerate().filter(|_| !accept.any_fd) {
        let which = || format!("descriptor {} of {}", index + 1, arrivals.len());
        if !DmaBuf::is_one(arrival.fd.as_fd()).map_err(|errno| Error::errno("inspect", which(), errno))? {
            return Err(refuse(peer, format!("{} is not a dma-buf", which())).with_hint(Hint::AnyDescriptor));
        }
    }
    Ok(arrivals)
}

fn refuse(peer: &Peer, why: impl std::fmt::Display) -> Error {
    Error::refused(RECEIVE, peer.address(), why)
}

fn timed_out(peer: &Peer, waiting: &str) -> Error {
    peer::timed_out(RECEIVE, peer.address(), peer.deadline().after, waiting)
}

fn raise_limit(fds: usize) {
    // A limit that cannot be raised shows itself as MSG_CTRUNC.
    let _ = rlimit::raise_open_files((fds as u64).saturating_add(SPARE_FILES));
}
