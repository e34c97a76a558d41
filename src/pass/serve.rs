//! Serving the same buffers to everybody who connects.

use super::offer::Progress;
use super::{Listener, Offer, Peer, peer};
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::descriptor;
use crate::sys::fd::poll::Interest;
use crate::sys::process::rlimit;
use crate::sys::socket::Waiting;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// Peers that are served at the same time. One that has everything makes room for who comes next; where none has,
/// others wait in the queue of the socket.
const MOST_PEERS: usize = 64;

/// How long nobody is accepted after the machine had no room for a peer, and none could be made here.
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
    accepting: Accepting,
    /// A descriptor that a peer can have, while nobody is served.
    reserve: Option<OwnedFd>,
    /// What a peer has, from its connection to its last byte.
    limit: Duration,
    /// It was said that a peer cannot be accepted, and none has been since.
    told: bool,
}

/// Whether peers are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepting {
    Now,
    /// Not before one of those who are served has left.
    Afterwards,
    /// Not before some time has gone by.
    Later,
}

#[derive(Debug)]
struct Served {
    peer: Peer,
    progress: Progress,
    /// Everything is sent; its answer or its hanging up is awaited.
    sent: bool,
}

/// Where one of them stands.
enum Step {
    GoesOn,
    Done,
    Failed(Error),
}

impl<'a> Service<'a> {
    /// Serves what is offered, each peer for at most `limit`.
    ///
    /// # Errors
    /// No peer could have a descriptor (EMFILE).
    pub(crate) fn new(listener: Listener, offer: Offer<'a>, limit: Duration) -> Result<Self, Error> {
        // Numbers are given from the lowest on. A limit that cannot be raised means fewer peers at a time.
        let open = u64::from(listener.as_fd().as_raw_fd().unsigned_abs());
        let _ = rlimit::raise_open_files(open + 2 * MOST_PEERS as u64);
        let reserve = reserve(&listener).map_err(|errno| Error::errno("serve at", listener.address(), errno))?;
        let (served, accepting, reserve) = (Vec::new(), Accepting::Now, Some(reserve));
        Ok(Self { listener, offer, served, accepting, reserve, limit, told: false })
    }

    /// The descriptors that it needs, beside those that it offers.
    pub(crate) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let reserve = self.reserve.as_ref().map(AsFd::as_fd);
        self.listener.descriptors().into_iter().chain(reserve).collect()
    }

    /// Closes it and leaves the file of the socket to another process that listens there too.
    pub(crate) fn leave_to_another(self) {
        self.listener.leave_to_another();
    }

    /// How long to wait at most before [`go_on`](Self::go_on).
    pub(crate) fn pause(&self) -> Option<Duration> {
        let later = (self.accepting == Accepting::Later).then_some(PAUSE);
        later.into_iter().chain(self.served.iter().map(|served| served.peer.deadline().left())).min()
    }

    /// What to wait for before [`go_on`](Self::go_on).
    pub(crate) fn awaited(&self) -> Vec<(BorrowedFd<'_>, Interest)> {
        let listener = (self.accepting == Accepting::Now).then(|| (self.listener.as_fd(), Interest::Read));
        let served = self
            .served
            .iter()
            .map(|served| (served.peer.as_fd(), if served.sent { Interest::Read } else { Interest::Write }));
        listener.into_iter().chain(served).collect()
    }

    /// Does what can be done without waiting. `notice` is told what went wrong with single peers, which
    /// is no reason to end.
    ///
    /// # Errors
    /// Nobody can be accepted any more.
    pub(crate) fn go_on(&mut self, notice: &mut dyn FnMut(Error)) -> Result<(), Error> {
        let offer = &self.offer;
        let before = self.served.len();
        self.served.retain_mut(|served| match served.go_on(offer) {
            Step::GoesOn => true,
            Step::Done => false,
            Step::Failed(error) => {
                notice(error);
                false
            }
        });
        if self.served.is_empty() && self.reserve.is_none() {
            self.reserve = reserve(&self.listener).ok();
        }
        match self.accepting {
            Accepting::Afterwards if self.served.len() == before => Ok(()),
            _ => self.accept(notice),
        }
    }

    /// Accepts all who wait, as far as there is room.
    fn accept(&mut self, notice: &mut dyn FnMut(Error)) -> Result<(), Error> {
        self.accepting = Accepting::Now;
        while self.served.len() < MOST_PEERS || self.served.iter().any(|served| served.sent) {
            if self.served.is_empty() {
                self.reserve = None;
            }
            match self.listener.accept(self.limit) {
                Ok(None) => return Ok(()),
                Ok(Some(peer)) => {
                    self.told = false;
                    self.welcome(peer, notice);
                }
                Err(error) if error.kernel_errno() == Some(Errno::EPERM) => notice(error),
                Err(error) if !is_scarcity(&error) => return Err(error),
                // Who has everything makes room.
                Err(_) if self.dismiss() => {}
                Err(error) => {
                    if !std::mem::replace(&mut self.told, true) {
                        notice(error);
                    }
                    self.accepting = if self.served.is_empty() { Accepting::Later } else { Accepting::Afterwards };
                    return Ok(());
                }
            }
        }
        self.accepting = Accepting::Afterwards;
        Ok(())
    }

    fn welcome(&mut self, peer: Peer, notice: &mut dyn FnMut(Error)) {
        if self.served.len() >= MOST_PEERS {
            self.dismiss();
        }
        let mut served = Served { peer, progress: Progress::default(), sent: false };
        match served.go_on(&self.offer) {
            Step::GoesOn => self.served.push(served),
            Step::Done => {}
            Step::Failed(error) => notice(error),
        }
    }

    /// Hangs up on the first of those who have everything and might still answer; whether there was one. What was sent
    /// stays theirs to receive.
    fn dismiss(&mut self) -> bool {
        let first = self.served.iter().position(|served| served.sent);
        first.map(|first| self.served.remove(first)).is_some()
    }
}

fn reserve(listener: &Listener) -> Result<OwnedFd, Errno> {
    descriptor::duplicate(listener.as_fd())
}

/// Whether what is missing may be there later: descriptors of this process or of the machine, memory.
fn is_scarcity(error: &Error) -> bool {
    matches!(error.kernel_errno(), Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM | Errno::ENOBUFS))
}

impl Served {
    fn go_on(&mut self, offer: &Offer<'_>) -> Step {
        if self.peer.deadline().has_passed() {
            return self.timed_out();
        }
        if !self.sent {
            match self.progress.go_on(offer, &self.peer, Waiting::No) {
                Ok(done) => self.sent = done,
                Err(Errno::EPIPE | Errno::ECONNRESET) => return Step::Done,
                Err(Errno::ETIMEDOUT) => return self.timed_out(),
                Err(errno) => return Step::Failed(Error::errno("serve", self.peer.address(), errno)),
            }
        }
        // Whatever it says, it is not asked for more than one line.
        match self.peer.receive(Waiting::No) {
            Err(Errno::EAGAIN) => Step::GoesOn,
            Err(Errno::ETIMEDOUT) => self.timed_out(),
            Ok(received)
                if received.bytes > 0 && self.peer.take_line().is_none() && self.peer.pending() < LONGEST_ANSWER =>
            {
                Step::GoesOn
            }
            _ => Step::Done,
        }
    }

    /// One that has everything need not answer.
    fn timed_out(&self) -> Step {
        if self.sent {
            return Step::Done;
        }
        let waiting = "waiting until a peer takes what is sent";
        Step::Failed(peer::timed_out("serve", self.peer.address(), self.peer.deadline().after, waiting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pass::Address;
    use crate::pass::protocol::Description;
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
        assert!(
            notices[0].ends_with(": timed out after 200ms, waiting until a peer takes what is sent"),
            "{notices:?}"
        );
        drop(silent);
        assert!(reader.join().unwrap() > 4 << 20);
    }
}
