//! Serving the same buffers to everyone who connects.

use super::listen::{Accepted, Listener};
use super::peer::{self, Peer};
use super::send::{Offer, SendProgress};
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::descriptor;
use crate::sys::fd::poll::{Deadline, Interest};
use crate::sys::pass::socket::Waiting;
use crate::sys::process::rlimit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

/// Peers that are served at the same time. One that has everything makes room for the next; where none has, others wait
/// in the queue of the socket.
const MOST_PEERS: usize = 64;

/// How long nobody is accepted after there was no room for a peer, unless one leaves before.
const PAUSE: Duration = Duration::from_millis(250);

/// Bytes of an answer beyond which it cannot be one.
const LONGEST_ANSWER: usize = 4 * 1024;

/// A listener and those who are being served. It never blocks.
#[derive(Debug)]
pub(crate) struct Service<'a> {
    listener: Listener,
    offer: Offer<'a>,
    /// In the order in which they came.
    served: Vec<Served>,
    /// The time that a peer has from its connection to its last byte.
    limit: Duration,
    /// There was no room for a peer: until when none is accepted.
    full: Option<Deadline>,
    /// It was said that a peer cannot be accepted, and none has been since.
    has_warned: bool,
}

#[derive(Debug)]
struct Served {
    peer: Peer,
    progress: SendProgress,
    /// Everything is sent; its answer or its hanging up is awaited.
    sent: bool,
}

impl<'a> Service<'a> {
    /// Serves what is offered, each peer for at most `limit`. EMFILE where no peer could have a descriptor.
    pub(crate) fn new(listener: Listener, offer: Offer<'a>, limit: Duration) -> Result<Self, Error> {
        // Numbers are given from the lowest on. A limit that cannot be raised means fewer peers at a time.
        let open = u64::from(listener.as_fd().as_raw_fd().unsigned_abs());
        let _ = rlimit::raise_open_files(open + 2 * MOST_PEERS as u64);
        // Room for a peer, and for the timer of whoever keeps the buffers.
        let room = [(); 2].map(|()| descriptor::duplicate(listener.as_fd()));
        for descriptor in &room {
            descriptor.as_ref().map_err(|errno| Error::errno("serve at", listener.address(), *errno))?;
        }
        Ok(Self { listener, offer, served: Vec::new(), limit, full: None, has_warned: false })
    }

    /// The descriptors that it needs, beside those that it offers.
    pub(crate) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        self.listener.descriptors()
    }

    /// Closes it and leaves the file of the socket to another process that listens there too.
    pub(crate) fn leave_to_another(self) {
        self.listener.leave_to_another();
    }

    /// Returns how long to wait at most before [`go_on`](Self::go_on).
    pub(crate) fn pause(&self) -> Option<Duration> {
        let deadlines = self.served.iter().map(|served| served.peer.deadline()).chain(self.full);
        deadlines.map(|deadline| deadline.left()).min()
    }

    /// Returns what to wait for before [`go_on`](Self::go_on).
    pub(crate) fn awaited(&self) -> Vec<(BorrowedFd<'_>, Interest)> {
        let listener = self.full.is_none().then(|| (self.listener.as_fd(), Interest::Read));
        let served = self
            .served
            .iter()
            .map(|served| (served.peer.as_fd(), if served.sent { Interest::Read } else { Interest::Write }));
        listener.into_iter().chain(served).collect()
    }

    /// Does what can be done without waiting. `notice` receives failures of single peers, which do not end it; an error
    /// means that nobody can be accepted any more.
    pub(crate) fn go_on(&mut self, notice: &mut dyn FnMut(Error)) -> Result<(), Error> {
        let before = self.served.len();
        self.served.retain_mut(|served| served.go_on(&self.offer, notice));
        if self.served.len() == before && self.full.is_some_and(|full| !full.has_passed()) {
            return Ok(());
        }
        self.full = None;
        self.accept(notice)
    }

    /// Accepts all who wait, as far as there is room.
    fn accept(&mut self, notice: &mut dyn FnMut(Error)) -> Result<(), Error> {
        while self.served.len() < MOST_PEERS || self.served.iter().any(|served| served.sent) {
            match self.listener.accept(self.limit) {
                Ok(None) => return Ok(()),
                Ok(Some(Accepted::Peer(peer))) => {
                    self.has_warned = false;
                    if self.served.len() >= MOST_PEERS {
                        self.dismiss();
                    }
                    let mut served = Served { peer, progress: SendProgress::default(), sent: false };
                    if served.go_on(&self.offer, notice) {
                        self.served.push(served);
                    }
                }
                Ok(Some(Accepted::Refused(error))) => notice(error),
                Err(error) if !is_scarcity(&error) => return Err(error),
                // A peer that has received everything makes room.
                Err(_) if self.dismiss() => {}
                Err(error) => {
                    if !std::mem::replace(&mut self.has_warned, true) {
                        notice(error);
                    }
                    break;
                }
            }
        }
        self.full = Some(Deadline::after(PAUSE));
        Ok(())
    }

    /// Hangs up on the first of those who have everything and might still answer; whether there was one. What was sent
    /// stays theirs to receive.
    fn dismiss(&mut self) -> bool {
        let first = self.served.iter().position(|served| served.sent);
        first.map(|first| self.served.remove(first)).is_some()
    }
}

/// Whether what is missing may be there later: descriptors of this process or of the machine, memory.
fn is_scarcity(error: &Error) -> bool {
    matches!(error.kernel_errno(), Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM | Errno::ENOBUFS))
}

impl Served {
    /// Does what can be done without waiting. False: it is done, or has failed, which `notice` receives.
    fn go_on(&mut self, offer: &Offer<'_>, notice: &mut dyn FnMut(Error)) -> bool {
        match self.try_to_go_on(offer) {
            Ok(goes_on) => goes_on,
            // One that has everything need not answer, and one that hangs up has its reasons.
            Err(_) if self.sent => false,
            Err(Errno::EPIPE | Errno::ECONNRESET) => false,
            Err(errno) => {
                notice(self.failed(errno));
                false
            }
        }
    }

    fn try_to_go_on(&mut self, offer: &Offer<'_>) -> Result<bool, Errno> {
        if !self.sent {
            self.sent = self.progress.go_on(offer, &self.peer, Waiting::No)?;
        }
        // Whatever it says, it is not asked for more than one line.
        match self.peer.receive(Waiting::No) {
            Err(Errno::EAGAIN) => Ok(true),
            Err(Errno::ETIMEDOUT) => Err(Errno::ETIMEDOUT),
            Err(_) => Ok(false),
            Ok(received) => {
                Ok(received.bytes > 0 && self.peer.take_line().is_none() && self.peer.pending() < LONGEST_ANSWER)
            }
        }
    }

    fn failed(&self, errno: Errno) -> Error {
        let address = self.peer.address();
        match errno {
            Errno::ETIMEDOUT => {
                let waiting = "waiting for a peer to receive";
                peer::timed_out("serve", address, self.peer.deadline().after, waiting)
            }
            _ => Error::errno("serve", address, errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pass::socket::{Address, Description};
    use crate::sys::fd::poll;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_peer_that_takes_nothing_is_hung_up_on_and_one_that_came_later_does_not_wait_for_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let null = std::fs::File::open("/dev/null").unwrap();
        // More than a socket has room for.
        let large = Description { heap: Some("x".repeat(4 << 20)), name: None };
        let listener = Listener::new(&Address::Path(path.clone())).unwrap();
        let offer = Offer::new([(null.as_fd(), large)]);
        let mut service = Service::new(listener, offer, Duration::from_millis(200)).unwrap();
        let silent = UnixStream::connect(&path).unwrap();
        let reader = std::thread::spawn(move || {
            std::io::copy(&mut UnixStream::connect(&path).unwrap(), &mut std::io::sink()).unwrap()
        });
        let mut notices = Vec::new();
        while notices.is_empty() || !service.served.is_empty() {
            poll::wait_at_most(&service.awaited(), service.pause()).unwrap();
            service.go_on(&mut |notice| notices.push(notice.to_string())).unwrap();
        }
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert!(notices[0].ends_with(": timed out after 200ms, waiting for a peer to receive"), "{notices:?}");
        drop(silent);
        assert!(reader.join().unwrap() > 4 << 20);
    }
}
