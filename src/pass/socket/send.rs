//! Giving buffers to another process.

use super::address::Address;
use super::peer::{self, Peer};
use super::protocol::{self, Acknowledgement, Description, Header, MOST_FDS};
use crate::error::{Error, Hint};
use crate::size::counted;
use crate::sys::Errno;
use crate::sys::pass::socket::Waiting;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Buffers to give, to one process or to many.
#[derive(Debug)]
pub(crate) struct Offer<'a> {
    line: Vec<u8>,
    fds: Vec<BorrowedFd<'a>>,
}

impl<'a> Offer<'a> {
    pub(crate) fn new(buffers: impl IntoIterator<Item = (BorrowedFd<'a>, Description)>) -> Self {
        let (fds, descriptions): (Vec<_>, Vec<_>) = buffers.into_iter().unzip();
        Self { line: protocol::line(&Header::new(descriptions)), fds }
    }
}

/// How much of an offer a peer has been sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SendProgress {
    bytes: usize,
    fds: usize,
}

impl SendProgress {
    /// Sends more. True when all is sent, false when the peer takes no more now, which happens only if
    /// `waiting` says not to wait.
    pub(super) fn go_on(&mut self, offer: &Offer<'_>, peer: &Peer, waiting: Waiting) -> Result<bool, Errno> {
        while let Some(rest) = offer.line.get(self.bytes..).filter(|rest| !rest.is_empty()) {
            match peer.send(rest, &[], waiting) {
                Err(Errno::EAGAIN) => return Ok(false),
                sent => self.bytes += sent?,
            }
        }
        while let Some(rest) = offer.fds.get(self.fds..).filter(|rest| !rest.is_empty()) {
            let group = rest.get(..MOST_FDS).unwrap_or(rest);
            match peer.send(b"\n", group, waiting) {
                Err(Errno::EAGAIN) => return Ok(false),
                sent => sent?,
            };
            self.fds += group.len();
        }
        Ok(true)
    }
}

/// Connects to `address`, where a `recv --listen` waits, gives what is offered, and waits until it has it, all of
/// which may take `limit`. With `is_plain` a program waits there that gets one message and answers nothing.
pub(crate) fn send(address: &Address, offer: &Offer<'_>, is_plain: bool, limit: Duration) -> Result<(), Error> {
    if is_plain && offer.fds.len() > MOST_FDS {
        let reason = format!("{} are more than the {MOST_FDS} of one message", counted(offer.fds.len(), "buffer"));
        return Err(Error::refused("send to", address, reason));
    }
    let mut peer = Peer::connect(address, limit)?;
    if is_plain {
        return match peer.send(&[0], &offer.fds, Waiting::Yes) {
            Ok(_) => Ok(()),
            Err(errno) => Err(not_sent(address, limit, errno)),
        };
    }
    let sent = SendProgress::default().go_on(offer, &peer, Waiting::Yes);
    // A peer that refuses, or does not receive, says so before it hangs up.
    match (answer(&mut peer, address), sent) {
        (Some(Ok(Acknowledgement { error: Some(why), .. })), _) => {
            Err(Error::refused("send to", address, format!("the receiver refused: {why}")))
        }
        (Some(Err(error)), _) => Err(error),
        (_, Err(errno)) => Err(not_sent(address, limit, errno)),
        (Some(Ok(Acknowledgement { received: Some(count), .. })), Ok(_)) if count == offer.fds.len() => Ok(()),
        (Some(Ok(_)), Ok(_)) => Err(Error::refused("send to", address, "the receiver confirmed a different number")),
        (None, Ok(_)) if peer.deadline().has_passed() => {
            Err(peer::timed_out("send to", address, limit, "waiting for its answer"))
        }
        (None, Ok(_)) => {
            Err(Error::refused("send to", address, "the peer closed the connection without confirming receipt"))
        }
    }
}

/// Reads the peer's answer; `None` if it hangs up or takes too long.
fn answer(peer: &mut Peer, address: &Address) -> Option<Result<Acknowledgement, Error>> {
    loop {
        if let Some(line) = peer.take_line() {
            return Some(match Header::parse(&line) {
                Ok(_) => Err(Error::refused("send to", address, "it serves buffers itself").with_hint(Hint::Receive)),
                Err(_) => Acknowledgement::parse(&line).map_err(|why| Error::refused("send to", address, why)),
            });
        }
        // Descriptors in an answer are closed at once.
        match peer.receive(Waiting::Yes) {
            Ok(received) if received.bytes > 0 && !peer.is_endless() => {}
            Ok(_) | Err(Errno::ETIMEDOUT | Errno::ECONNRESET) => return None,
            Err(errno) => return Some(Err(Error::errno("receive the answer of", address, errno))),
        }
    }
}

fn not_sent(address: &Address, limit: Duration, errno: Errno) -> Error {
    match errno {
        Errno::ETIMEDOUT => peer::timed_out("send to", address, limit, "waiting for it to receive"),
        Errno::EPIPE | Errno::ECONNRESET => {
            Error::explained("send to", address, "the peer closed the connection before it had everything", errno)
        }
        Errno::ETOOMANYREFS => Error::explained("send to", address, "too many descriptors are in flight", errno)
            .with_hint("the kernel lets a user have as many in flight as RLIMIT_NOFILE says (ulimit -n)"),
        _ => Error::errno("send to", address, errno),
    }
}
