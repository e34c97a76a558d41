//! Messages between this process and a child of it: JSON over a pair of sockets, each as a whole and perhaps with a
//! descriptor.

use crate::sys::{Errno, Result};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, Shutdown, SockFlag, SockType, recv, recvmsg, sendmsg,
    shutdown, socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{IoSlice, IoSliceMut};
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// One end: it sends `S` and receives `R`.
#[derive(Debug)]
pub(crate) struct Channel<S, R> {
    socket: OwnedFd,
    messages: PhantomData<fn(S) -> R>,
}

impl<S: Serialize, R: DeserializeOwned> Channel<S, R> {
    /// Both ends, close-on-exec.
    pub(crate) fn pair() -> Result<(Self, Channel<R, S>)> {
        let (one, other) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        Ok((Self { socket: one, messages: PhantomData }, Channel { socket: other, messages: PhantomData }))
    }

    /// EPIPE or ECONNRESET: the other end is gone.
    pub(crate) fn send(&self, message: &S) -> Result<()> {
        self.send_with(message, None)
    }

    pub(crate) fn send_with(&self, message: &S, fd: Option<BorrowedFd<'_>>) -> Result<()> {
        let bytes = encode(message)?;
        let fds: Vec<RawFd> = fd.iter().map(AsRawFd::as_raw_fd).collect();
        let control = [ControlMessage::ScmRights(&fds)];
        let control = if fds.is_empty() { &control[..0] } else { &control[..] };
        sendmsg::<()>(self.socket.as_raw_fd(), &[IoSlice::new(&bytes)], control, MsgFlags::MSG_NOSIGNAL, None).map(drop)
    }

    /// Waits for a message. `None`: the other end is gone, and has been heard to its end.
    pub(crate) fn receive(&self) -> Result<Option<R>> {
        Ok(self.receive_with()?.map(|(message, _)| message))
    }

    /// Receives as [`receive`](Self::receive) does, with the descriptor that came with it.
    pub(crate) fn receive_with(&self) -> Result<Option<(R, Option<OwnedFd>)>> {
        let socket = self.socket.as_raw_fd();
        let length = uninterrupted(|| recv(socket, &mut [], MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC))?;
        if length == 0 {
            return Ok(None);
        }
        let mut bytes = vec![0; length];
        let mut space = nix::cmsg_space!(RawFd);
        let mut vectors = [IoSliceMut::new(&mut bytes)];
        let message = recvmsg::<()>(socket, &mut vectors, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)?;
        let mut received = None;
        for control in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(fds) = control {
                for fd in fds {
                    // SAFETY: the kernel has just installed this descriptor for this process; this is its
                    // only owner, and a second one in the message drops the first.
                    received = Some(unsafe { OwnedFd::from_raw_fd(fd) });
                }
            }
        }
        Ok(Some((decode(&bytes)?, received)))
    }

    /// Gives this end a number that is not below `least`, where there is one.
    pub(crate) fn not_below(self, least: i32) -> Self {
        match crate::sys::fd::descriptor::not_below(self.socket.as_fd(), least) {
            Ok(socket) => Self { socket, ..self },
            Err(_) => self,
        }
    }

    /// Lets a message, and the end of the other process, continue this process if it is stopped: the kernel sends it
    /// SIGCONT then, as `sock_wake_async` of net/socket.c does with whatever signal was chosen.
    ///
    /// To be called by the process that keeps this end, and once no other process has it.
    pub(crate) fn continue_on_message(&self) -> Result<()> {
        /// `F_SETSIG` of asm-generic/fcntl.h, which the C library names with _GNU_SOURCE only.
        const F_SETSIG: libc::c_int = 10;
        let fd = self.socket.as_raw_fd();
        // SAFETY: both commands take a number and touch no memory; the descriptor is open for the calls.
        let owned = unsafe { libc::fcntl(fd, libc::F_SETOWN, std::process::id() as libc::pid_t) };
        Errno::result(owned)?;
        // SAFETY: as above.
        Errno::result(unsafe { libc::fcntl(fd, F_SETSIG, libc::SIGCONT) })?;
        let flags = OFlag::from_bits_retain(fcntl(&self.socket, FcntlArg::F_GETFL)?);
        fcntl(&self.socket, FcntlArg::F_SETFL(flags | OFlag::O_ASYNC)).map(drop)
    }

    /// Lets the other end see that nothing more comes.
    pub(crate) fn hang_up(&self) -> Result<()> {
        shutdown(self.socket.as_raw_fd(), Shutdown::Write)
    }
}

pub(crate) fn encode(message: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(message).map_err(|_| Errno::EPROTO)
}

pub(crate) fn decode<R: DeserializeOwned>(bytes: &[u8]) -> Result<R> {
    serde_json::from_slice(bytes).map_err(|_| Errno::EPROTO)
}

/// Repeats a call that a signal interrupted. An end that is closed with a message unread resets the connection, which is
/// said once, before what it had sent.
fn uninterrupted<T>(call: impl Fn() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR | Errno::ECONNRESET) => {}
            other => return other,
        }
    }
}

impl<S, R> AsFd for Channel<S, R> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_whole_with_their_descriptor_until_the_other_end_has_gone() {
        let (ours, theirs) = Channel::<String, u32>::pair().unwrap();
        let long = "x".repeat(100_000);
        ours.send(&long).unwrap();
        ours.send_with(&"fd".to_owned(), Some(ours.as_fd())).unwrap();
        assert_eq!(theirs.receive().unwrap(), Some(long));
        let (text, fd) = theirs.receive_with().unwrap().unwrap();
        assert!(text == "fd" && fd.is_some());
        drop(fd);
        // What was said before the end is heard, although something was not read there.
        theirs.send(&7).unwrap();
        ours.send(&String::new()).unwrap();
        drop(theirs);
        assert_eq!(ours.receive(), Ok(Some(7)));
        assert_eq!(ours.receive(), Ok(None));
        assert!(ours.send(&String::new()).is_err());
    }
}
