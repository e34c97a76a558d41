//! The child process beside a job: it gets descriptors over a socket, compares, and fills anew.

use super::content::Content;
use super::left;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::table::OpenFds;
use crate::sys::fd::{file, operation};
use crate::sys::process::fork::{self, Child, Ending};
use crate::sys::socket::{self, Waiting};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// What it is told: what there is, what to write, and how many bytes.
const ORDER: usize = 2 * Content::BYTES + 8;
/// What it answers: what came of it, an errno, and a text.
pub(crate) const ANSWER: usize = 512;
/// What it is told instead when it shall end.
const END: &[u8] = &[0];
/// How long it may take to end once it is told to.
const ENDING: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    Well = 0,
    Differs = 1,
    Error = 2,
}

/// A child and the socket to it.
pub(super) struct Peer {
    child: Child,
    socket: OwnedFd,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// What it should find; it has filled the buffer anew.
    Filled,
    /// Something else, and it has filled nothing.
    Differs(String),
}

impl Peer {
    /// Starts as many children as there are jobs. To be called before there is any thread.
    pub(super) fn start_all(count: usize) -> Result<Vec<Self>, Error> {
        let failed =
            |errno| Error::errno("start", "a child process", errno).with_hint("fewer --jobs need fewer processes");
        let mut peers: Vec<Self> = Vec::new();
        for _ in 0..count {
            let (ours, theirs) = operation::socket().map_err(failed)?;
            let child = fork::fork(|pipe| serve(&theirs, &pipe)).map_err(failed)?;
            drop(theirs);
            peers.push(Self { child, socket: ours });
        }
        Ok(peers)
    }

    /// Lets the child compare `size` bytes of `fd` with `content` and fill them with `new`.
    pub(super) fn share(&self, fd: BorrowedFd<'_>, size: u64, content: Content, new: Content) -> Result<Seen, Error> {
        let failed = |operation, errno| Error::errno(operation, "a child process", errno);
        let order = [&content.encode()[..], &new.encode(), &size.to_ne_bytes()].concat();
        socket::send(self.socket.as_fd(), &order, &[fd], Waiting::Yes)
            .map_err(|errno| failed("pass a buffer to", errno))?;
        let mut answer = [0; ANSWER];
        match read_exactly(self.socket.as_fd(), &mut answer) {
            Ok(true) => {}
            Ok(false) => return Err(Error::refused("share with", "a child process", "it has ended")),
            Err(errno) => return Err(failed("hear from", errno)),
        }
        seen(&answer)
    }

    /// Ends the child; answers what it has left open, if anything.
    pub(super) fn end(self) -> Result<Option<String>, Error> {
        // Its end would not do: the children after this one have copies of the socket. To write(2) to a child that
        // was killed would end this process, too (SIGPIPE).
        let sent = socket::send(self.socket.as_fd(), END, &[], Waiting::Yes);
        let otherwise = |reason: String| Err(Error::refused("end", "a child process", reason));
        match (self.child.wait(ENDING), sent) {
            ((text, Ending::Exited(0)), _) if !text.is_empty() => Ok(Some(String::from_utf8_lossy(&text).into_owned())),
            ((_, Ending::Exited(0)), Ok(_)) => Ok(None),
            ((_, Ending::Exited(0)), Err(errno)) => Err(Error::errno("end", "a child process", errno)),
            ((_, Ending::Exited(status)), _) => otherwise(format!("it has ended with status {status}")),
            ((_, Ending::Killed(signal)), _) => otherwise(format!("{signal} has ended it")),
            ((_, Ending::TimedOut | Ending::Stuck), _) => otherwise(format!("it does not end within {ENDING:?}")),
        }
    }
}

/// The child's part, until it is told to end. It dies with its parent.
fn serve(socket: &OwnedFd, pipe: &OwnedFd) {
    let before = OpenFds::now();
    let mut order = [0; ORDER];
    loop {
        let answer = match socket::receive(socket.as_fd(), &mut order, Waiting::Yes) {
            Ok(received) if received.bytes <= END.len() => break,
            Err(Errno::EINTR) => continue,
            Err(_) => break,
            Ok(received) => match received.fds.as_slice() {
                [fd] if received.bytes == ORDER => carry_out(fd.as_fd(), &order),
                _ => answer(Came::Error, Some(Errno::EMFILE), "the descriptor did not arrive"),
            },
        };
        if file::write_all(socket.as_fd(), &answer).is_err() {
            break;
        }
    }
    let left = before.map_or_else(|errno| vec![left::unseen(errno)], |before| left::descriptors(&before));
    let told: Vec<String> = left.iter().map(Error::to_string).collect();
    fork::tell(pipe, told.join("; ").as_bytes());
}

fn carry_out(fd: BorrowedFd<'_>, order: &[u8; ORDER]) -> [u8; ANSWER] {
    const OBJECT: &str = "a shared buffer";
    let content = |at: usize| order[at..].first_chunk().map_or(Content::NEW, Content::decode);
    let size = order[2 * Content::BYTES..].first_chunk().copied().map_or(0, u64::from_ne_bytes);
    let done = content(0).verify(fd, size, OBJECT).and_then(|report| match report {
        Some(report) => Ok(Some(report)),
        None => content(Content::BYTES).fill(fd, size, OBJECT).map(|()| None),
    });
    match done {
        Ok(None) => answer(Came::Well, None, ""),
        Ok(Some(report)) => {
            let first = report.first.map(|first| format!(", the first at {:#x}", first.offset)).unwrap_or_default();
            answer(Came::Differs, None, &format!("{} of {} words differ{first}", report.differing, report.words))
        }
        Err(error) => answer(Came::Error, error.kernel_errno(), &error.to_string()),
    }
}

pub(crate) fn answer(came: Came, errno: Option<Errno>, text: &str) -> [u8; ANSWER] {
    let mut bytes = [0; ANSWER];
    bytes[0] = came as u8;
    bytes[1..5].copy_from_slice(&errno.map_or(0, |errno| errno as i32).to_ne_bytes());
    bytes[5..ANSWER - 1].iter_mut().zip(text.bytes()).for_each(|(byte, from)| *byte = from);
    bytes
}

pub(crate) fn seen(answer: &[u8; ANSWER]) -> Result<Seen, Error> {
    let errno = answer[1..5].first_chunk().copied().map_or(0, i32::from_ne_bytes);
    let text: Vec<u8> = answer[5..].iter().copied().take_while(|byte| *byte != 0).collect();
    let text = String::from_utf8_lossy(&text).into_owned();
    match answer[0] {
        0 => Ok(Seen::Filled),
        1 => Ok(Seen::Differs(text)),
        _ if errno != 0 => Err(Error::explained("share with", "a child process", text, Errno::from_raw(errno))),
        _ => Err(Error::refused("share with", "a child process", text)),
    }
}

/// Reads until `bytes` is full. False: the other end is gone.
fn read_exactly(fd: BorrowedFd<'_>, bytes: &mut [u8]) -> Result<bool, Errno> {
    let mut have = 0;
    while have < bytes.len() {
        match file::read(fd, &mut bytes[have..])? {
            0 => return Ok(false),
            more => have += more,
        }
    }
    Ok(true)
}
