//! What the answers to trapped calls depend on, and which answer is whose.

use super::caller::Caller;
use super::faults::{Faults, Rule};
use super::guess::Guess;
use super::heaps::Heaps;
use super::service::Service;
use super::syscall::abi::Entry;
use super::syscall::decode::{Call, FdOperation, decode};
use super::syscall::unsupported::Foreigners;
use super::vfs::backing::Mirror;
use super::vfs::open_files::OpenedFiles;
use super::vfs::tree::Tree;
use crate::error::Error;
use crate::model::{AccessMode, Kernel};
use crate::sys::Errno;
use crate::sys::sim::seccomp::{Answer, Listener, Notification};
use crate::uapi::dma_heap;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// All that the answers depend on. Several threads answer (`service.rs`): no lock is held while one of them
/// touches a caller's memory, or a file on behalf of a caller, for which it may wait without end.
#[derive(Debug)]
pub(super) struct Supervisor {
    pub(super) kernel: Kernel,
    pub(super) heaps: Mutex<Heaps>,
    pub(super) tree: Tree,
    pub(super) mirror: Mirror,
    pub(super) major: u32,
    pub(super) opened: OpenedFiles,
    pub(super) faults: Faults,
    /// Which number the next descriptor of a buffer will have.
    pub(super) guess: Guess,
    /// Requests DMA_BUF_IOCTL_SYNC that succeeded, for the fault that changes a byte.
    pub(super) synced: AtomicU64,
    /// Whether anybody was given a directory, from which a relative path may start.
    pub(super) directories_given: AtomicBool,
    /// Processes that cannot be served.
    pub(super) foreigners: Arc<Foreigners>,
    /// Where what the simulation cannot do is said.
    pub(super) tell: fn(&Error),
}

impl Supervisor {
    /// Serves until the last process that has the filter is gone.
    /// Threads may be left that wait for ever; they end with the process.
    pub(super) fn serve(self, listener: Listener) -> Result<(), Errno> {
        Service::new(self, listener)?.run()
    }

    pub(super) fn heaps(&self) -> MutexGuard<'_, Heaps> {
        self.heaps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much later than others this call is answered, where a fault delays requests on heaps.
    pub(super) fn delay(&self, notification: &Notification) -> Option<Duration> {
        let delay = self.faults.delay()?;
        let (_, call) = decode(notification)?;
        match call {
            Call::Fd(fd, FdOperation::Ioctl { .. }) if self.opened.find(notification.thread, fd).is_some() => {
                Some(delay)
            }
            _ => None,
        }
    }

    pub(super) fn answer(&self, listener: &Listener, notification: &Notification) -> Answer {
        if let Some(answer) = self.foreigners.refuse(listener, notification) {
            return answer;
        }
        let Some((entry, call)) = decode(notification).filter(|_| notification.thread != 0) else {
            return Answer::Continue;
        };
        let caller = Caller::new(listener, notification, self.kernel.page_size);
        match call {
            Call::Path(call) => self.answer_path(&caller, entry, &call),
            Call::Fd(fd, operation) => {
                if self.reads_too_much(notification, operation) && self.opened.find(caller.thread, fd).is_some() {
                    return Answer::Error(Errno::EBADF as i32);
                }
                self.answer_open_file(&caller, entry, fd, operation)
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

    /// What is asked most, to allocate, is mostly asked of a heap: that is found out first.
    fn answer_open_file(&self, caller: &Caller<'_>, entry: Entry, fd: u32, operation: FdOperation) -> Answer {
        if let FdOperation::Ioctl { request, argument } = operation {
            if matches!(request as u32, dma_heap::IOCTL_ALLOC | dma_heap::IOCTL_ALLOC_V12) {
                let opened = self.opened.find(caller.thread, fd).filter(|file| !file.is_path());
                if let Some((minor, flags)) = opened.and_then(|file| Some((file.minor?, file.flags))) {
                    return self.heap_ioctl(caller, entry, (minor, AccessMode::from_flags(flags)), (request, argument));
                }
            }
        }
        self.answer_fd(caller, entry, caller.own(fd), operation)
    }
}
