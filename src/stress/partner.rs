//! The thread beside a job, which looks at buffers at the same time as the job.

use super::content::Content;
use crate::error::{Error, Hint};
use crate::pattern::Report;
use crate::sys::fd::file::errno_of;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// The blocks are on the heap.
const STACK: usize = 256 * 1024;

struct ThreadRequest {
    fd: OwnedFd,
    size: u64,
    content: Content,
    object: String,
}

type ThreadReply = Result<Option<Report>, Error>;

/// The thread, as its job sees it. It ends when this is dropped.
pub(super) struct Partner {
    orders: Sender<ThreadRequest>,
    answers: Receiver<ThreadReply>,
}

impl Partner {
    pub(super) fn start<'scope>(scope: &'scope Scope<'scope, '_>) -> Result<Self, Error> {
        let (orders, inbox) = channel::<ThreadRequest>();
        let (outbox, answers) = channel();
        spawn(scope, move || {
            for ThreadRequest { fd, size, content, object } in inbox {
                let answer = content.verify(fd.as_fd(), size, &object);
                drop(fd);
                if outbox.send(answer).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { orders, answers })
    }

    /// Lets it compare; [`Partner::answer`] has what it found.
    pub(super) fn order(&self, fd: OwnedFd, size: u64, content: Content, object: &str) -> Result<(), Error> {
        let order = ThreadRequest { fd, size, content, object: format!("{object} in another thread") };
        self.orders.send(order).map_err(|_| gone(object))
    }

    pub(super) fn answer(&self, object: &str) -> ThreadReply {
        self.answers.recv().map_err(|_| gone(object))?
    }
}

/// Starts a thread of the run.
pub(super) fn spawn<'scope>(
    scope: &'scope Scope<'scope, '_>,
    body: impl FnOnce() + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, ()>, Error> {
    Builder::new()
        .stack_size(STACK)
        .spawn_scoped(scope, body)
        .map_err(|error| Error::errno("start", "a thread", errno_of(&error)).with_hint(Hint::FewerJobs("threads")))
}

fn gone(object: &str) -> Error {
    Error::refused("share", object, "the other thread has ended")
}
