//! A pair of connected sockets between two processes of this program. A message arrives as a whole and may carry a
//! descriptor.

use crate::sys::{Errno, Result};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, sendmsg, socketpair,
};
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

#[derive(Debug)]
pub(crate) struct Channel(OwnedFd);

impl Channel {
    /// Both ends, close-on-exec.
    pub(crate) fn pair() -> Result<(Self, Self)> {
        let (one, other) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        Ok((Self(one), Self(other)))
    }

    /// Sends a message, which must not be empty. EPIPE: the other end is gone.
    pub(crate) fn send(&self, bytes: &[u8], fd: Option<BorrowedFd<'_>>) -> Result<()> {
        let fds: Vec<RawFd> = fd.iter().map(AsRawFd::as_raw_fd).collect();
        let control = [ControlMessage::ScmRights(&fds)];
        let control = if fds.is_empty() { &control[..0] } else { &control[..] };
        sendmsg::<()>(self.0.as_raw_fd(), &[IoSlice::new(bytes)], control, MsgFlags::MSG_NOSIGNAL, None).map(drop)
    }

    /// Waits for a message; answers its length, which is 0 if the other end is gone, and its descriptor.
    pub(crate) fn receive(&self, bytes: &mut [u8]) -> Result<(usize, Option<OwnedFd>)> {
        let mut space = nix::cmsg_space!(RawFd);
        let mut vectors = [IoSliceMut::new(bytes)];
        let message = loop {
            match recvmsg::<()>(self.0.as_raw_fd(), &mut vectors, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC) {
                Err(Errno::EINTR) => {}
                other => break other?,
            }
        };
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
        Ok((message.bytes, received))
    }

    /// Lets a message, and the end of the other process, continue this process if it is stopped: the kernel sends it
    /// SIGCONT then, as `sock_wake_async` of net/socket.c does with whatever signal was chosen.
    ///
    /// To be called by the process that keeps this end, and once no other process has it.
    pub(crate) fn continue_on_message(&self) -> Result<()> {
        /// `F_SETSIG` of asm-generic/fcntl.h, which the C library names with _GNU_SOURCE only.
        const F_SETSIG: libc::c_int = 10;
        let fd = self.0.as_raw_fd();
        // SAFETY: both commands take a number and touch no memory; the descriptor is open for the calls.
        let owned = unsafe { libc::fcntl(fd, libc::F_SETOWN, std::process::id() as libc::pid_t) };
        Errno::result(owned)?;
        // SAFETY: as above.
        Errno::result(unsafe { libc::fcntl(fd, F_SETSIG, libc::SIGCONT) })?;
        let flags = OFlag::from_bits_retain(fcntl(&self.0, FcntlArg::F_GETFL)?);
        fcntl(&self.0, FcntlArg::F_SETFL(flags | OFlag::O_ASYNC)).map(drop)
    }

    /// Lets the other end see that nothing more comes.
    pub(crate) fn hang_up(&self) -> Result<()> {
        nix::sys::socket::shutdown(self.0.as_raw_fd(), nix::sys::socket::Shutdown::Write)
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
