//! The process at the other end of a socket.

use super::address::Address;
use super::protocol::LONGEST_LINE;
use crate::error::{Error, Hint};
use crate::sys::Errno;
use crate::sys::fd::poll::{Deadline, Interest};
use crate::sys::pass::socket::{self, Incoming, Waiting};
use crate::sys::process::credentials::effective_user;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Peer {
    socket: OwnedFd,
    address: String,
    /// The time that a peer has from the connection to its last byte.
    deadline: Deadline,
    /// Bytes that were received and are not yet a whole line.
    pending: Vec<u8>,
    /// This many of its bytes are known to hold no newline.
    scanned: usize,
}

impl AsFd for Peer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Peer {
    /// Connects to whoever listens at `address`. From now on until the last byte it may take `limit`.
    pub(crate) fn connect(address: &Address, limit: Duration) -> Result<Self, Error> {
        let deadline = Deadline::after(limit);
        let socket = socket::connected(address.name(), deadline).map_err(|errno| match errno {
            Errno::ETIMEDOUT => timed_out("connect to", address, limit, "waiting for room in the listener's queue"),
            _ => unreachable(address, errno),
        })?;
        Self::new(socket, address, deadline)
    }

    /// A connection that was accepted or made at `address`, and is of use until `deadline`.
    /// EPERM where the address is abstract and the peer is neither this user nor root.
    pub(crate) fn new(socket: OwnedFd, address: &Address, deadline: Deadline) -> Result<Self, Error> {
        if matches!(address, Address::Abstract(_)) {
            let user = socket::peer_user(socket.as_fd())
                .map_err(|errno| Error::errno("identify the peer at", address, errno))?;
            let own = effective_user();
            if user != own && user != 0 {
                return Err(Error::explained(
                    "trust",
                    address,
                    format!("the process at the other end belongs to user {user}"),
                    Errno::EPERM,
                )
                .with_hint("an abstract socket is for processes of the same user and of root; a path has a mode"));
            }
        }
        Ok(Self { socket, address: address.to_string(), deadline, pending: Vec::new(), scanned: 0 })
    }

    /// Returns the address as it is typed.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Receives once: what came is appended to what is pending; descriptors are handed out.
    /// EAGAIN where nothing came and `waiting` says not to wait. ETIMEDOUT after the deadline, also where there would be
    /// more.
    pub(crate) fn receive(&mut self, waiting: Waiting) -> Result<Incoming, Errno> {
        let mut bytes = [0; 8 * 1024];
        let received = loop {
            if self.deadline.has_passed() {
                return Err(Errno::ETIMEDOUT);
            }
            match socket::receive(self.as_fd(), &mut bytes, Waiting::No) {
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) if waiting == Waiting::Yes => {
                    self.deadline.wait_for(self.as_fd(), Interest::Read)?
                }
                other => break other?,
            }
        };
        self.pending.extend_from_slice(bytes.get(..received.bytes).unwrap_or_default());
        Ok(received)
    }

    /// Takes the first line of what is pending, without its newline.
    pub(crate) fn take_line(&mut self) -> Option<Vec<u8>> {
        let new = self.pending.get(self.scanned..).unwrap_or_default();
        let Some(end) = new.iter().position(|byte| *byte == b'\n').map(|at| self.scanned + at) else {
            self.scanned = self.pending.len();
            return None;
        };
        self.scanned = 0;
        let mut line: Vec<u8> = self.pending.drain(..=end).collect();
        line.pop();
        Some(line)
    }

    /// Returns how many bytes are pending.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Whether more is pending than any line of the protocol has.
    pub(crate) fn is_endless(&self) -> bool {
        self.pending.len() > LONGEST_LINE
    }

    /// Passes over all whole lines of what is pending.
    pub(crate) fn skip_lines(&mut self) {
        let end = self.pending.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        self.pending.drain(..end);
        self.scanned = self.pending.len();
    }

    /// Sends as much of `bytes` as there is room for, the descriptors with the first of them.
    /// EAGAIN where there is no room and `waiting` says not to wait. ETIMEDOUT after the deadline.
    pub(crate) fn send(&self, bytes: &[u8], fds: &[BorrowedFd<'_>], waiting: Waiting) -> Result<usize, Errno> {
        loop {
            if self.deadline.has_passed() {
                return Err(Errno::ETIMEDOUT);
            }
            match socket::send(self.as_fd(), bytes, fds, Waiting::No) {
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) if waiting == Waiting::Yes => {
                    self.deadline.wait_for(self.as_fd(), Interest::Write)?;
                }
                other => return other,
            }
        }
    }
}

/// A peer took longer than it may.
pub(super) fn timed_out(
    operation: &'static str,
    address: impl std::fmt::Display,
    limit: Duration,
    waiting: impl std::fmt::Display,
) -> Error {
    Error::refused(operation, address, format!("timed out after {limit:?}, {waiting}")).with_hint(Hint::LongerTimeout)
}

/// Explains why nobody answers at `address`.
fn unreachable(address: &Address, errno: Errno) -> Error {
    let error = |reason: &str| Error::explained("connect to", address, reason, errno);
    let nobody = || error("nothing is listening there").with_hint(Hint::ListenersReady);
    match errno {
        Errno::ENOENT => nobody(),
        Errno::ECONNREFUSED if address.path().is_none() => nobody(),
        Errno::ECONNREFUSED if address.is_socket() => error("nothing is listening there")
            .with_hint(format!("remove the socket of a process that was killed: {}", address.removal())),
        Errno::ECONNREFUSED => error("it is not a socket"),
        Errno::EPROTOTYPE => error("it is not a stream socket").with_hint("hold, send and recv use stream sockets"),
        _ => Error::errno("connect to", address, errno),
    }
}
