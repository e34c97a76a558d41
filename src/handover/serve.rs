//! Serving the same buffers to everybody who connects.

use super::offer::Progress;
use super::{Listener, Offer, Peer};
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::socket::Waiting;
use crate::sys::wait::Interest;
use std::os::fd::{AsFd, BorrowedFd};

/// Peers that are served at the same time; others wait in the queue of the socket.
const MOST_PEERS: usize = 64;

/// Bytes of an answer beyond which it cannot be one.
const LONGEST_ANSWER: usize = 4 * 1024;

/// A listener and those who are being served. It never blocks.
#[derive(Debug)]
pub struct Service<'a> {
    listener: Listener,
    offer: Offer<'a>,
    served: Vec<Served>,
    /// Nobody else is accepted before somebody has left.
    full: bool,
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
    /// Serves what is offered.
    #[must_use]
    pub fn new(listener: Listener, offer: Offer<'a>) -> Self {
        Self { listener, offer, served: Vec::new(), full: false }
    }

    /// What to wait for before [`go_on`](Self::go_on).
    pub fn awaited(&self) -> Vec<(BorrowedFd<'_>, Interest)> {
        let listener = (!self.full).then(|| (self.listener.as_fd(), Interest::Read));
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
    pub fn go_on(&mut self, notice: &mut dyn FnMut(Error)) -> Result<(), Error> {
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
        if self.served.len() < before {
            self.full = false;
        }
        self.accept(notice)
    }

    fn accept(&mut self, notice: &mut dyn FnMut(Error)) -> Result<(), Error> {
        while !self.full {
            match self.listener.accept() {
                Ok(None) => return Ok(()),
                Ok(Some(peer)) => {
                    let mut served = Served { peer, progress: Progress::default(), sent: false };
                    match served.go_on(&self.offer) {
                        Step::GoesOn => self.served.push(served),
                        Step::Done => {}
                        Step::Failed(error) => notice(error),
                    }
                }
                Err(error) if error.kernel_errno() == Some(Errno::EPERM) => notice(error),
                // Somebody who leaves makes room; without anybody this would go on for ever.
                Err(error) if self.served.is_empty() => return Err(error),
                Err(error) => {
                    notice(error);
                    self.full = true;
                }
            }
            self.full |= self.served.len() >= MOST_PEERS;
        }
        Ok(())
    }
}

impl Served {
    fn go_on(&mut self, offer: &Offer<'_>) -> Step {
        if !self.sent {
            match self.progress.go_on(offer, &self.peer, Waiting::No) {
                Ok(done) => self.sent = done,
                Err(Errno::EPIPE | Errno::ECONNRESET) => return Step::Done,
                Err(errno) => return Step::Failed(Error::errno("serve", self.peer.address(), errno)),
            }
        }
        // Whatever it says, it is not asked for more than one line.
        match self.peer.receive(Waiting::No) {
            Err(Errno::EAGAIN) => Step::GoesOn,
            Ok(received)
                if received.bytes > 0 && self.peer.take_line().is_none() && self.peer.pending() < LONGEST_ANSWER =>
            {
                Step::GoesOn
            }
            _ => Step::Done,
        }
    }
}
