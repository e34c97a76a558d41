//! The loop that receives trapped calls and answers them, until nobody is left to ask.

use super::caller::Caller;
use super::calls::{Call, FdOperation, decode};
use super::entry::Entry;
use super::faults::{Faults, Rule};
use super::foreign::Foreigners;
use super::heaps::Heaps;
use super::ioctl::Guess;
use super::mirror::Mirror;
use super::opened::OpenedFiles;
use super::tree::Tree;
use crate::model::Kernel;
use crate::sys::seccomp::{Answer, Listener, Notification};
use crate::sys::{Errno, attend};
use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::time::Instant;

/// All that the answers depend on.
#[derive(Debug)]
pub(super) struct Supervisor {
    pub(super) kernel: Kernel,
    pub(super) heaps: Heaps,
    pub(super) tree: Tree,
    pub(super) mirror: Mirror,
    pub(super) major: u32,
    pub(super) opened: OpenedFiles,
    pub(super) faults: Faults,
    /// Successful allocations, for the fault that ends them.
    pub(super) allocated: u64,
    /// Requests DMA_BUF_IOCTL_SYNC that succeeded, for the fault that changes a byte.
    pub(super) synced: u64,
    /// The length in the request at hand before it was rounded, for the fault that forgets to.
    pub(super) asked_len: Option<u64>,
    /// Which number the next descriptor of a buffer will have.
    pub(super) guess: Guess,
    /// Whether anybody was given a directory, from which a relative path may start.
    pub(super) directories_given: bool,
    /// Requests that are answered later, in the order in which they are due.
    pub(super) delayed: VecDeque<(Instant, Notification)>,
    /// Processes that cannot be served.
    pub(super) foreigners: Foreigners,
}

impl Supervisor {
    /// Serves until the last process that has the filter is gone.
    pub(super) fn serve(&mut self, listener: &Listener) -> Result<(), Errno> {
        let end = self.answer_all(listener);
        self.mirror.remove();
        end
    }

    fn answer_all(&mut self, listener: &Listener) -> Result<(), Errno> {
        loop {
            let timeout = self.delayed.front().map(|(due, _)| due.saturating_duration_since(Instant::now()));
            let [call, ended] = attend::wait_for([listener.as_fd(), self.heaps.news()], timeout)?;
            if ended.readable {
                self.heaps.collect();
            }
            if call.readable {
                self.receive(listener);
            } else if call.hung_up {
                return Ok(());
            }
            self.answer_due(listener);
        }
    }

    fn receive(&mut self, listener: &Listener) {
        // ENOENT and EINTR: the call went away; the next wait tells what else there is.
        let Ok(notification) = listener.receive() else { return };
        let answer = self.answer(listener, &notification);
        if let Some(answer) = answer {
            finish(listener, &notification, answer);
        }
    }

    /// The answer to a call, or `None` if it is given later.
    fn answer(&mut self, listener: &Listener, notification: &Notification) -> Option<Answer> {
        if let Some(answer) = self.foreigners.refuse(listener, notification) {
            return Some(answer);
        }
        let Some((entry, call)) = decode(notification).filter(|_| notification.thread != 0) else {
            return Some(Answer::Continue);
        };
        let caller = Caller::new(listener, notification, self.kernel.page_size);
        match call {
            Call::Path(call) => Some(self.answer_path(&caller, entry, &call)),
            Call::Fd(fd, operation) => {
                if self.reads_too_much(notification, operation) && self.opened.find(caller.thread, fd).is_some() {
                    return Some(Answer::Error(Errno::EBADF as i32));
                }
                if let (Some(delay), FdOperation::Ioctl { .. }) = (self.faults.delay(), operation) {
                    let is_heap = self.opened.find(caller.thread, fd).is_some();
                    // `--fault` takes no delay that is longer than there is time.
                    if let Some(due) = Instant::now().checked_add(delay).filter(|_| is_heap) {
                        self.delayed.push_back((due, *notification));
                        return None;
                    }
                }
                Some(self.answer_open_file(&caller, entry, fd, operation))
            }
        }
    }

    /// Whether a fault makes the high halves count, and there is something in them.
    fn reads_too_much(&self, notification: &Notification, operation: FdOperation) -> bool {
        let [fd, request, ..] = notification.args;
        self.faults.breaks(Rule::HighHalfRead)
            && matches!(operation, FdOperation::Ioctl { .. })
            && (fd | request) >> 32 != 0
    }

    /// What is asked most, a request on the heap that was opened last, is found out first.
    fn answer_open_file(&mut self, caller: &Caller<'_>, entry: Entry, fd: u32, operation: FdOperation) -> Answer {
        use crate::model::Access;
        use crate::uapi::dma_heap;
        if let FdOperation::Ioctl { request, argument } = operation {
            let allocates = matches!(request as u32, dma_heap::IOCTL_ALLOC | dma_heap::IOCTL_ALLOC_V12);
            if allocates && self.opened.is_latest(caller.thread, fd) {
                if let Some((minor, flags)) =
                    self.opened.latest().filter(|file| !file.is_path()).and_then(|file| Some((file.minor?, file.flags)))
                {
                    return self.heap_ioctl(caller, entry, (minor, Access::from_flags(flags)), (request, argument));
                }
            }
        }
        self.answer_fd(caller, entry, caller.own(fd), operation)
    }

    fn answer_due(&mut self, listener: &Listener) {
        while self.delayed.front().is_some_and(|(due, _)| *due <= Instant::now()) {
            let Some((_, notification)) = self.delayed.pop_front() else { return };
            if !listener.is_waiting(notification.id) {
                continue;
            }
            if let Some((entry, Call::Fd(fd, operation))) = decode(&notification) {
                let caller = Caller::new(listener, &notification, self.kernel.page_size);
                let answer = self.answer_fd(&caller, entry, caller.own(fd), operation);
                finish(listener, &notification, answer);
            }
        }
    }
}

/// Sends an answer. A caller that was killed meanwhile needs none.
fn finish(listener: &Listener, notification: &Notification, answer: Answer) {
    let _ = listener.send(notification.id, answer);
}
