//! The child process beside a job: it gets descriptors over a socket, compares, and refills.

use super::content::Content;
use super::left;
use crate::error::{Error, Hint};
use crate::sys::Errno;
use crate::sys::fd::poll::Deadline;
use crate::sys::fd::table::OpenFds;
use crate::sys::process::channel::Channel;
use crate::sys::process::child::Child;
use crate::sys::process::signals;
use crate::sys::process::wait::ExitStatus;
use serde::{Deserialize, Serialize};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// How long it may take to end once it is asked to.
const ENDING: Duration = Duration::from_secs(60);

/// A request to the child.
#[derive(Debug, Serialize, Deserialize)]
enum PeerRequest {
    /// To compare the buffer that comes with it with `content`, and to fill it with `new`.
    Share {
        size: u64,
        content: Content,
        new: Content,
    },
    End,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum PeerReply {
    Shared(Found),
    /// The descriptor did not arrive, or something failed; the errno, where there is one.
    Failed(Option<i32>, String),
    /// The descriptors that it has left open, at its end.
    Left(Vec<String>),
}

/// The result of sharing a buffer.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Found {
    /// The child found what it should, and has refilled the buffer.
    Filled,
    /// It found something else, and has filled nothing.
    Differs(String),
}

/// A child, as its job sees it.
pub(super) struct PeerProcess(Child<PeerRequest, PeerReply>);

impl PeerProcess {
    /// Starts as many children as there are jobs. To be called before there is any thread.
    pub(super) fn start_all(count: usize) -> Result<Vec<Self>, Error> {
        let failed = |errno| Error::errno("start", "a child process", errno).with_hint(Hint::FewerJobs("processes"));
        (0..count).map(|_| Child::start_bound(serve).map(Self).map_err(failed)).collect()
    }

    /// Lets the child compare `size` bytes of `fd` with `content` and fill them with `new`.
    pub(super) fn share(&self, fd: BorrowedFd<'_>, size: u64, content: Content, new: Content) -> Result<Found, Error> {
        let failed = |operation| move |errno| Error::errno(operation, "a child process", errno);
        let order = PeerRequest::Share { size, content, new };
        self.0.channel.send_with(&order, Some(fd)).map_err(failed("pass a buffer to"))?;
        match self.0.channel.receive().map_err(failed("receive from"))? {
            Some(PeerReply::Shared(shared)) => Ok(shared),
            Some(PeerReply::Failed(Some(errno), text)) => {
                Err(Error::explained("share with", "a child process", text, Errno::from_raw(errno)))
            }
            Some(PeerReply::Failed(None, text)) => Err(Error::refused("share with", "a child process", text)),
            Some(PeerReply::Left(_)) | None => Err(Error::refused("share with", "a child process", "it has ended")),
        }
    }

    /// Ends the child. Returns what it has left open, if anything.
    pub(super) fn end(mut self) -> Result<Option<String>, Error> {
        let otherwise = |reason: String| Err(Error::refused("end", "a child process", reason));
        let deadline = Deadline::after(ENDING);
        // That the channel ends would not do: the children after this one have copies of it.
        let sent = self.0.channel.send(&PeerRequest::End);
        let left = match self.0.receive_until(deadline) {
            Ok(Some(PeerReply::Left(left))) => left,
            _ => Vec::new(),
        };
        match self.0.end_until(deadline) {
            Some(ExitStatus::Exited(0)) if !left.is_empty() => Ok(Some(left.join("; "))),
            Some(ExitStatus::Exited(0)) => {
                sent.map(|()| None).map_err(|errno| Error::errno("end", "a child process", errno))
            }
            Some(ExitStatus::Exited(status)) => otherwise(format!("it has ended with status {status}")),
            Some(ExitStatus::Killed(signal)) => otherwise(format!("killed by {}", signals::name(signal))),
            None => otherwise(format!("it did not exit within {ENDING:?}")),
        }
    }
}

/// The child's part, until it is asked to end. It dies with its parent.
fn serve(channel: Channel<PeerReply, PeerRequest>) {
    let before = OpenFds::now();
    while let Ok(Some((PeerRequest::Share { size, content, new }, fd))) = channel.receive_with() {
        let answer = match fd {
            Some(fd) => share(fd.as_fd(), size, content, new),
            None => PeerReply::Failed(Some(Errno::EMFILE as i32), "the descriptor did not arrive".to_owned()),
        };
        if channel.send(&answer).is_err() {
            return;
        }
    }
    let left = before.map_or_else(|errno| vec![left::unseen(errno)], |before| left::descriptors(&before));
    let _ = channel.send(&PeerReply::Left(left.iter().map(Error::to_string).collect()));
}

fn share(fd: BorrowedFd<'_>, size: u64, content: Content, new: Content) -> PeerReply {
    const OBJECT: &str = "a shared buffer";
    let done = content.verify(fd, size, OBJECT).and_then(|report| match report {
        Some(report) => Ok(Some(report)),
        None => new.fill(fd, size, OBJECT).map(|()| None),
    });
    match done {
        Ok(None) => PeerReply::Shared(Found::Filled),
        Ok(Some(report)) => {
            let first = report.first.map(|first| format!(", the first at {:#x}", first.offset)).unwrap_or_default();
            let differing = format!("{} of {} words differ{first}", report.differing, report.words);
            PeerReply::Shared(Found::Differs(differing))
        }
        Err(error) => PeerReply::Failed(error.kernel_errno().map(|errno| errno as i32), error.to_string()),
    }
}
