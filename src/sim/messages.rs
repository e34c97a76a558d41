//! What the supervisor and the process that the user started, the front end, say to each other.

use crate::sys::Errno;
use crate::sys::fd::descriptor;
use crate::sys::process::channel::Channel;
use crate::sys::process::signals;
use crate::sys::process::wait::ExitStatus;
use serde::{Deserialize, Serialize};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// A simulation that did not come about, distinguished as env(1) does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RunFailure {
    /// The command was not started, or could not be served to its end and was killed.
    Simulation,
    /// The command was found but could not be executed.
    NotExecutable,
    /// The command was not found.
    NotFound,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum SupervisorReport {
    /// The command's process waits to execute it; the message carries its pidfd, and [`FrontEndRequest::Run`] answers it.
    Prepared,
    /// The command was stopped and goes on.
    Continued,
    /// The command has ended; what it started may still run.
    Ended,
    Over(Result<ExitStatus, RunFailure>),
}

/// A request of the front end to the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FrontEndRequest {
    Run,
    /// Stop me if this signal of the terminal is about to stop the command.
    StopWithCommand(i32),
}

/// The supervisor's way to the front end.
#[derive(Debug)]
pub(super) struct FrontEnd {
    channel: Channel<SupervisorReport, FrontEndRequest>,
    process: OwnedFd,
}

impl FrontEnd {
    /// `process` is the front end's pidfd.
    pub(super) const fn new(channel: Channel<SupervisorReport, FrontEndRequest>, process: OwnedFd) -> Self {
        Self { channel, process }
    }

    /// Reports something, and lets the front end go on if it is stopped. One that is gone needs no report.
    pub(super) fn report(&self, news: SupervisorReport, fd: Option<&OwnedFd>) {
        let _ = self.channel.send_with(&news, fd.map(AsFd::as_fd));
    }

    /// Stops the front end, so the shell which started it sees that its job has stopped.
    pub(super) fn stop(&self) {
        let _ = descriptor::send_signal(self.process.as_fd(), signals::STOP);
    }

    /// Receives a request of the front end. `None`: it is gone, or wants everything to end.
    pub(super) fn hear(&self) -> Option<FrontEndRequest> {
        self.channel.receive().ok().flatten()
    }

    /// See [`Channel::continue_on_message`].
    pub(super) fn outlast_a_stop(&self) -> Result<(), Errno> {
        self.channel.continue_on_message()
    }
}

impl AsFd for FrontEnd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}
