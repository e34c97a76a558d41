//! What a trapped call is answered.
//!
//! `path.rs` and `fd.rs` find out what a call is about: an object of the tree (`object.rs`), something behind it that the
//! kernel would not find (`outside.rs`), an opened node, or a buffer (`buffer.rs`). `heap.rs` answers requests on heaps;
//! `argument.rs` is what is at the pointer of a request. The rules are those of [`model`]. Each handler
//! gets no more of the [`Supervisor`] than it names, and none calls back into an earlier one.

mod argument;
mod buffer;
mod fd;
mod heap;
mod object;
mod outside;
mod path;

use super::caller::Caller;
use super::faults::Rule;
use super::supervisor::Supervisor;
use super::syscall::decode::{DecodedCall, FdOperation};
use super::syscall::table::decode;
use crate::model;
use crate::sys::Errno;
use crate::sys::sim::seccomp::{CallResult, Notification, SeccompListener};
use std::time::Duration;

/// Returns how much later than others this call is answered, where a fault delays requests on heaps.
pub(super) fn delay(supervisor: &Supervisor, notification: &Notification) -> Option<Duration> {
    let delay = supervisor.faults.delay?;
    let (_, DecodedCall::Fd(fd, FdOperation::Ioctl { .. })) = decode(notification)? else { return None };
    supervisor.vfs.open_files.find(notification.thread, fd).map(|_| delay)
}

pub(super) fn answer(supervisor: &Supervisor, listener: &SeccompListener, notification: &Notification) -> CallResult {
    let Some((abi, call)) = decode(notification).filter(|_| notification.thread != 0) else {
        return CallResult::Continue;
    };
    let caller = &Caller::new(listener, notification, supervisor.kernel.page_size);
    let files = fd::FdCalls { supervisor, caller, abi };
    match call {
        DecodedCall::Path(call) => path::PathCalls { supervisor, caller, files }.answer(&call),
        DecodedCall::Fd(fd, FdOperation::Ioctl { .. })
            if reads_too_much(supervisor, notification)
                && supervisor.vfs.open_files.find(caller.thread, fd).is_some() =>
        {
            Errno::EBADF.into()
        }
        DecodedCall::Fd(fd, operation) => files.answer(caller.own(fd), operation),
    }
}

/// Whether a fault makes the high halves of a request's registers count, and there is something in them.
fn reads_too_much(supervisor: &Supervisor, notification: &Notification) -> bool {
    let [fd, request, ..] = notification.args;
    supervisor.faults.breaks(Rule::HighHalfRead) && (fd | request) >> 32 != 0
}

impl From<model::Errno> for CallResult {
    fn from(errno: model::Errno) -> Self {
        Self::Error(errno.raw())
    }
}

impl From<Result<u64, model::Errno>> for CallResult {
    fn from(result: Result<u64, model::Errno>) -> Self {
        result.map_or_else(Self::from, |value| Self::Value(value as i64))
    }
}
