//! The command and its orphans: signals that are passed on, statuses that are collected.

use crate::sys::attend::{self, Change, Signals};
use crate::sys::{Errno, Result};
use std::os::fd::{AsFd, BorrowedFd};

/// The command and the descendants that lost their parents.
#[derive(Debug)]
pub(super) struct Children {
    signals: Signals,
    command: u32,
    ended: Option<Change>,
}

impl Children {
    pub(super) const fn new(signals: Signals, command: u32) -> Self {
        Self { signals, command, ended: None }
    }

    /// Passes on what was sent to this process and collects what has changed.
    pub(super) fn attend(&mut self) -> Result<()> {
        while let Some(received) = self.signals.next()? {
            if received.is_child() {
                self.collect();
            } else if received.from_process && self.ended.is_none() {
                // The terminal has sent its signals to the command, too; a process only to this one.
                // The command may have ended just now, of which SIGCHLD will tell.
                let _ = attend::send_signal(self.command, received.signal);
            }
        }
        Ok(())
    }

    fn collect(&mut self) {
        while let Some((process, change)) = attend::next_change() {
            match change {
                _ if process != self.command => {}
                // The shell that started this process shall see that its job has stopped.
                Change::Stopped(_) => {
                    let _ = attend::stop_with(self.command);
                }
                ended => self.ended = Some(ended),
            }
        }
    }

    /// How the command ended. Nobody is served any more, so it has.
    pub(super) fn command_end(mut self) -> Result<Change> {
        loop {
            self.collect();
            if let Some(end) = self.ended {
                return Ok(end);
            }
            match attend::wait_for([self.as_fd()], None) {
                Ok(_) => self.attend()?,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
}

impl AsFd for Children {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}
