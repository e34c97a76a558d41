//! The supervisor's children: the command and the descendants that lost their parents.
//!
//! A thread of its own looks after them, whatever the threads that answer calls are busy with.

use super::descendants::Descendants;
use super::messages::{FrontEnd, FrontEndRequest, SupervisorReport};
use crate::sys::Errno;
use crate::sys::fd::file;
use crate::sys::fd::poll::{self, Interest};
use crate::sys::process::signals::Signals;
use crate::sys::process::wait::{self, Change, ExitStatus};
use crate::sys::sim::remote;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

#[derive(Debug)]
pub(super) struct Children(Receiver<ExitStatus>);

impl Children {
    /// Starts the thread, in the process that has the children.
    pub(super) fn watch(
        command: u32,
        signals: Arc<Signals>,
        front_end: Arc<FrontEnd>,
        descendants: Arc<Descendants>,
    ) -> Result<Self, Errno> {
        let (end, ended) = channel();
        let mut watch = ChildWatch { command: Some(command), signals, front_end, end, is_killing: false };
        let thread = std::thread::Builder::new().name("children".to_owned());
        thread.spawn(move || watch.run(&descendants)).map_err(|error| file::errno_of(&error))?;
        Ok(Self(ended))
    }

    /// Waits for the command's end. `None`: what became of it is not known.
    pub(super) fn command_end(&self) -> Option<ExitStatus> {
        self.0.recv().ok()
    }
}

struct ChildWatch {
    /// Until it has ended: its number may then be another's.
    command: Option<u32>,
    signals: Arc<Signals>,
    front_end: Arc<FrontEnd>,
    end: Sender<ExitStatus>,
    is_killing: bool,
}

impl ChildWatch {
    /// Runs until the front end is gone, or ends the simulation: then all that the command has started is killed.
    fn run(&mut self, descendants: &Descendants) {
        loop {
            let sources = [(self.signals.as_fd(), Interest::Read), (self.front_end.as_fd(), Interest::Read)];
            let Ok(ready) = poll::wait(&sources) else { break };
            if ready.first() == Some(&true) {
                // The supervisor takes no signals but those of its children.
                while let Ok(Some(_)) = self.signals.next() {}
                self.collect();
            }
            if ready.get(1) == Some(&true) {
                match self.front_end.hear() {
                    Some(FrontEndRequest::StopWithCommand(signal)) => self.stop_with_command(signal),
                    // It runs already.
                    Some(FrontEndRequest::Run) => {}
                    None => break,
                }
            }
        }
        self.is_killing = true;
        descendants.kill_all(|| self.collect());
    }

    /// The command may wait for a child by vfork(2) that was stopped first, and not stop before that goes on.
    fn stop_with_command(&self, signal: i32) {
        if self.command.is_some_and(|command| remote::is_about_to_stop(command, signal)) {
            self.front_end.stop();
        }
    }

    fn collect(&mut self) {
        while let Ok(Some((process, change))) = wait::next_change() {
            match change {
                _ if Some(process) != self.command => {}
                Change::Stopped(_) if self.is_killing => {}
                Change::Stopped(_) => self.front_end.stop(),
                Change::Continued => self.front_end.report(SupervisorReport::Continued, None),
                Change::Ended(status) => {
                    self.command = None;
                    self.front_end.report(SupervisorReport::Ended, None);
                    // Nobody waits for it where the command could not be executed.
                    let _ = self.end.send(status);
                }
            }
        }
    }
}
