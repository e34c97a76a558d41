//! The command and its orphans: signals that are passed on, statuses that are collected.

use crate::sys::attend::{self, Change, Effect, Signals};
use crate::sys::{Result, traced};
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

    /// Passes on what was sent to this process and collects what has changed. Answers the signal that
    /// ends this process, if one does: while the command lives it is the one that decides what a signal
    /// does, and afterwards nobody else is there.
    pub(super) fn attend(&mut self) -> Result<Option<i32>> {
        while let Some(received) = self.signals.next()? {
            // A signal may come before the SIGCHLD that was sent first. Without a child there is nothing to collect.
            let _ = self.collect();
            if received.is_child() {
                continue;
            }
            if self.ended.is_none() {
                // The terminal has sent its signals to the command, too; a process only to this one.
                if received.from_process {
                    let _ = attend::send_signal(self.command, received.signal);
                } else if self.signals.effect(received) == Effect::Stop
                    && traced::is_about_to_stop(self.command, received.signal)
                {
                    // It may wait for a child by vfork(2) that was stopped first, and not stop before that goes on.
                    attend::stop()?;
                }
            } else {
                match self.signals.effect(received) {
                    Effect::None => {}
                    Effect::Stop => attend::stop()?,
                    Effect::End => return Ok(Some(received.signal)),
                }
            }
        }
        Ok(None)
    }

    fn collect(&mut self) -> Result<()> {
        while let Some((process, change)) = attend::next_change()? {
            match change {
                _ if process != self.command => {}
                // The shell that started this process shall see that its job has stopped. The SIGCONT that
                // lets it go on is passed on as any signal is.
                Change::Stopped(_) => attend::stop()?,
                ended => self.ended = Some(ended),
            }
        }
        Ok(())
    }

    /// How the command ended. Nobody is served any more, so it has; this process is ended by a signal that
    /// comes before the kernel says how.
    ///
    /// # Errors
    /// ECHILD: somebody else has taken its status, which will never be known here.
    pub(super) fn command_end(mut self) -> Result<Change> {
        loop {
            let none_left = self.collect();
            if let Some(end) = self.ended {
                return Ok(end);
            }
            none_left?;
            attend::wait_for([self.as_fd()], None)?;
            if let Some(signal) = self.attend()? {
                return Ok(Change::Killed(signal));
            }
        }
    }
}

impl AsFd for Children {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}
