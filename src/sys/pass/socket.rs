//! Unix stream sockets that pass descriptors (`SCM_RIGHTS`).

use crate::sys::fd::poll::Deadline;
use crate::sys::{Errno, Result};
use nix::sys::socket::sockopt::{PeerCredentials, SendTimeout};
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, accept4, bind, connect, getsockopt, listen, sendto,
    setsockopt, socket,
};
use nix::sys::time::{TimeVal, TimeValLike};
use std::ffi::OsStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `SCM_MAX_FD`: descriptors that one message carries at most.
pub(crate) const MOST_FDS: usize = 253;

/// Bytes of a path in `sockaddr_un`, less the terminating NUL. An abstract name has as many, less the NUL
/// before it.
pub(crate) const LONGEST_ADDRESS: usize = 107;

#[derive(Clone, Copy, Debug)]
pub(crate) enum SocketName<'a> {
    Path(&'a Path),
    /// A name without a file, in the network namespace.
    Abstract(&'a OsStr),
}

impl SocketName<'_> {
    fn address(self) -> Result<UnixAddr> {
        match self {
            Self::Path(path) => UnixAddr::new(path),
            Self::Abstract(name) => UnixAddr::new_abstract(name.as_bytes()),
        }
    }
}

fn unix(kind: SockType) -> Result<OwnedFd> {
    socket(AddressFamily::Unix, kind, SockFlag::SOCK_CLOEXEC, None)
}

/// A socket at `name` that does not block; a file that is made for it has mode 0600 from its first moment on.
pub(crate) fn bound(name: SocketName<'_>) -> Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let fd = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    // The mode of the socket is that of the file which bind makes (unix_bind_bsd), less the umask.
    nix::sys::stat::fchmod(&fd, nix::sys::stat::Mode::from_bits_truncate(0o600))?;
    bind(fd.as_raw_fd(), &name.address()?)?;
    Ok(fd)
}

/// Lets others connect to a socket that is [`bound`].
pub(crate) fn listen_at(bound: BorrowedFd<'_>) -> Result<()> {
    listen(&bound, Backlog::MAXALLOWABLE)
}

/// Accepts a connection; EAGAIN where none waits. What is accepted does block.
pub(crate) fn accept(listener: BorrowedFd<'_>) -> Result<OwnedFd> {
    let fd = accept4(listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC)?;
    // SAFETY: the kernel has just installed this descriptor for this process, so this is its only owner.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A socket that is connected to the listener at `name`. Where the listener's queue is full it waits for room, up to
/// `deadline`, and then answers ETIMEDOUT.
pub(crate) fn connected(name: SocketName<'_>, deadline: Deadline) -> Result<OwnedFd> {
    let fd = unix(SockType::Stream)?;
    /// The range of a `struct timeval` of 32 bits.
    const MOST_MICROSECONDS: i64 = i32::MAX as i64 * 1_000_000;
    // unix_stream_connect waits as long as a write may; no time at all would be for ever.
    let left = deadline.left().max(std::time::Duration::from_micros(1));
    let left = TimeVal::microseconds(i64::try_from(left.as_micros()).unwrap_or(i64::MAX).min(MOST_MICROSECONDS));
    setsockopt(&fd, SendTimeout, &left)?;
    match connect(fd.as_raw_fd(), &name.address()?) {
        Err(Errno::EAGAIN) => Err(Errno::ETIMEDOUT),
        answer => answer.map(|()| fd),
    }
}

/// Whether a process has the socket at `name` open, without disturbing it: a stream socket refuses a datagram one by
/// its type (EPROTOTYPE), but a file whose process is gone refuses everyone.
pub(crate) fn is_alive(name: SocketName<'_>) -> Result<bool> {
    let fd = unix(SockType::Datagram)?;
    match connect(fd.as_raw_fd(), &name.address()?) {
        Ok(()) | Err(Errno::EPROTOTYPE) => Ok(true),
        Err(Errno::ECONNREFUSED) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Sends one datagram to the socket at `name`; EAGAIN where its queue is full.
pub(crate) fn send_datagram(name: SocketName<'_>, bytes: &[u8]) -> Result<()> {
    use nix::sys::socket::MsgFlags;
    let fd = unix(SockType::Datagram)?;
    sendto(fd.as_raw_fd(), bytes, &name.address()?, MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT).map(drop)
}

/// The effective user of the process at the other end, as it was when it connected or began to listen.
pub(crate) fn peer_user(socket: BorrowedFd<'_>) -> Result<u32> {
    getsockopt(&socket, PeerCredentials).map(|credentials| credentials.uid())
}

/// Whether a call waits until it can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    Yes,
    /// It answers EAGAIN.
    No,
}

impl Waiting {
    fn flags(self) -> libc::c_int {
        if self == Self::No { libc::MSG_DONTWAIT } else { 0 }
    }
}

/// `CMSG_SPACE` of [`MOST_FDS`] descriptors, in words that are aligned as a `cmsghdr` must be.
const CONTROL_WORDS: usize = 160;

/// A message header for `bytes` with room in `control`; both must outlive its use.
fn header(bytes: &mut libc::iovec, control: &mut [u64; CONTROL_WORDS]) -> libc::msghdr {
    // SAFETY: all-zero is a valid msghdr: no name, no vectors, no control data.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = bytes;
    header.msg_iovlen = 1;
    header.msg_control = control.as_mut_ptr().cast();
    header
}

/// Sends bytes, at least one, and with the first of them at most [`MOST_FDS`] descriptors. Returns how many bytes went;
/// if any did, all descriptors did.
pub(crate) fn send(socket: BorrowedFd<'_>, bytes: &[u8], fds: &[BorrowedFd<'_>], waiting: Waiting) -> Result<usize> {
    if bytes.is_empty() || fds.len() > MOST_FDS {
        return Err(Errno::EINVAL);
    }
    let mut vector = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let mut control = [0_u64; CONTROL_WORDS];
    let mut message = header(&mut vector, &mut control);
    message.msg_controllen = 0;
    if !fds.is_empty() {
        let length = size_of_val(fds) as libc::c_uint;
        // SAFETY: pure arithmetic.
        let (space, length) = unsafe { (libc::CMSG_SPACE(length), libc::CMSG_LEN(length)) };
        assert!(space as usize <= size_of_val(&control), "at most MOST_FDS were let through");
        message.msg_controllen = space as _;
        // SAFETY: the header lies in `control`, which is zeroed, aligned for it, and has the `space` that
        // was asserted; CMSG_DATA points behind it, where `fds.len()` numbers fit by that same space.
        unsafe {
            let control = libc::CMSG_FIRSTHDR(&raw const message);
            (*control).cmsg_level = libc::SOL_SOCKET;
            (*control).cmsg_type = libc::SCM_RIGHTS;
            (*control).cmsg_len = length as _;
            let numbers = libc::CMSG_DATA(control).cast::<libc::c_int>();
            for (index, fd) in fds.iter().enumerate() {
                numbers.add(index).write_unaligned(fd.as_raw_fd());
            }
        }
    }
    // SAFETY: `message` points to `vector`, `bytes` and `control`, all alive for the call, which only
    // reads them: the cast to a mutable pointer above is for the type of iovec.
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL | waiting.flags()) };
    Errno::result(sent).map(|sent| sent as usize)
}

#[derive(Debug)]
pub(crate) struct Incoming {
    /// How many bytes; 0 when the peer has hung up.
    pub bytes: usize,
    /// The descriptors, close-on-exec.
    pub fds: Vec<OwnedFd>,
    /// `MSG_CTRUNC`: the peer sent more descriptors than this process could take.
    pub truncated: bool,
}

/// Receives bytes and descriptors.
pub(crate) fn receive(socket: BorrowedFd<'_>, bytes: &mut [u8], waiting: Waiting) -> Result<Incoming> {
    let mut vector = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let mut control = [0_u64; CONTROL_WORDS];
    let mut message = header(&mut vector, &mut control);
    message.msg_controllen = size_of_val(&control) as _;
    // SAFETY: `message` points to `vector`, `bytes` and `control`, all exclusively borrowed or owned and
    // alive for the call, with their true lengths.
    let received =
        unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC | waiting.flags()) };
    let received = Errno::result(received)? as usize;
    Ok(Incoming { bytes: received, fds: take_fds(&message), truncated: message.msg_flags & libc::MSG_CTRUNC != 0 })
}

/// Takes ownership of every descriptor that came with a message, also of a truncated one.
fn take_fds(message: &libc::msghdr) -> Vec<OwnedFd> {
    let mut fds = Vec::new();
    // SAFETY: recvmsg(2) has filled the control buffer up to `msg_controllen`; the CMSG macros stay within it, and a
    // header's `cmsg_len` is the kernel's. The kernel has installed each number for this process just now, so the
    // OwnedFd is its only owner.
    unsafe {
        let mut control = libc::CMSG_FIRSTHDR(message);
        while let Some(header) = control.as_ref() {
            if header.cmsg_level == libc::SOL_SOCKET && header.cmsg_type == libc::SCM_RIGHTS {
                #[allow(clippy::unnecessary_cast, reason = "it is narrower in other C libraries")]
                let length = (header.cmsg_len as usize).saturating_sub(libc::CMSG_LEN(0) as usize);
                let numbers = libc::CMSG_DATA(control).cast::<libc::c_int>();
                for index in 0..length / size_of::<libc::c_int>() {
                    fds.push(OwnedFd::from_raw_fd(numbers.add(index).read_unaligned()));
                }
            }
            control = libc::CMSG_NXTHDR(message, control);
        }
    }
    fds
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn as_many_descriptors_as_the_kernel_allows_arrive_in_one_message() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(send(ours.as_fd(), b"x", &[file.as_fd(); MOST_FDS], Waiting::Yes), Ok(1));
        let mut bytes = [0; 8];
        let received = receive(theirs.as_fd(), &mut bytes, Waiting::No).unwrap();
        assert_eq!((received.bytes, received.fds.len(), received.truncated), (1, MOST_FDS, false));
        let most = [file.as_fd(); MOST_FDS + 1];
        assert_eq!(send(ours.as_fd(), b"x", &most, Waiting::Yes), Err(Errno::EINVAL));
        assert_eq!(receive(theirs.as_fd(), &mut bytes, Waiting::No).unwrap_err(), Errno::EAGAIN);
        drop(ours);
        assert_eq!(receive(theirs.as_fd(), &mut bytes, Waiting::Yes).unwrap().bytes, 0);
    }
}
