//! Doing what a case says, in its child.

use super::case::{CaseAction, Map, OpenedFile};
use super::context::CaseContext;
use super::exchange::send;
use super::memory::RequestMemory;
use super::observation::Observation;
use super::oracle;
use super::request::{FilesLimit, RawRequest, SyscallEntry};
use crate::model::Operation;
use crate::sys::fd::table::OpenFds;
use crate::sys::mem::filemap::{FileMap, Wanted};
use crate::sys::probe::arena::Reach;
use crate::sys::probe::operation;
use crate::sys::{Errno, Result};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Does `action`, and looks whether more descriptors are open afterwards than before it: those of its own requests it
/// has accounted for, so what is left is another request's, one that prepared it or that is a part of it.
pub(crate) fn carry_out(context: &CaseContext<'_>, action: &CaseAction) -> Observation {
    let (before, free) = match OpenFds::of_any_limit().and_then(|before| Ok((before, OpenFds::now()?.free()))) {
        Ok(found) => found,
        Err(errno) => return Observation::unprepared("look for open descriptors", errno),
    };
    let mut observation = perform(context, action);
    if free < ROOM && observation.is_out_of_files && !fills_up(action) {
        observation =
            Observation::skip(format!("{}: the hard limit of open files leaves room for {free}", observation.outcome));
    }
    match OpenFds::appeared_since(&before) {
        Ok(left) if left.is_empty() => {}
        Ok(left) => {
            observation.lost.extend(left.iter().map(AsRawFd::as_raw_fd));
            observation.leave("+hidden_fd", "left open by a request that was a part of the case");
        }
        Err(errno) => return Observation::unprepared("look for open descriptors", errno),
    }
    observation
}

/// Descriptors that a case may need at once, where it does not raise the limit for itself.
const ROOM: usize = 40;

/// Whether the case is about a limit that is reached.
fn fills_up(action: &CaseAction) -> bool {
    matches!(action, CaseAction::Send(request) if request.files != FilesLimit::Free)
}

fn perform(context: &CaseContext<'_>, action: &CaseAction) -> Observation {
    match action {
        CaseAction::Send(request) => send_each(context, &[*request]),
        CaseAction::Each(requests) => send_each(context, &requests()),
        CaseAction::Call(file, operation) => with_file(context, *file, |fd| {
            let page_size = context.facts.kernel.page_size;
            Observation::of_call(call(fd, *operation), |value| oracle::answer(*operation, value, page_size))
        }),
        CaseAction::Mmap(file, map) => {
            with_file(context, *file, |fd| Observation::of_call(map_file(context, fd, map), |_| "done".to_owned()))
        }
        CaseAction::Custom(custom) => custom(context),
    }
}

/// Sends requests until one ends otherwise than the first.
fn send_each(context: &CaseContext<'_>, requests: &[RawRequest]) -> Observation {
    let page_size = context.facts.kernel.page_size;
    let compat = requests.iter().any(|request| request.entry == SyscallEntry::Compat);
    if let (true, Some(reason)) = (compat, &context.facts.no_compat) {
        return Observation::skip(reason.clone());
    }
    let memory = match RequestMemory::new(page_size, if compat { Reach::Low } else { Reach::Native }) {
        Ok(memory) => memory,
        Err(errno) => return Observation::unprepared("map memory", errno),
    };
    let mut first: Option<Observation> = None;
    for request in requests {
        let observation = match send(context, &memory, request) {
            Ok(exchange) => Observation::of_exchange(&exchange),
            Err(errno) => return Observation::unprepared(&format!("prepare {}", request.target), errno),
        };
        match &first {
            Some(first) if first.outcome != observation.outcome => {
                let outcome = format!("{} but {}", first.outcome, observation.outcome);
                return Observation { outcome, ..observation };
            }
            Some(_) => {}
            None => first = Some(observation),
        }
    }
    first.unwrap_or_else(|| Observation::skip("nothing to send"))
}

/// Returns the outcome of `attempt` with the file that a case is about.
fn with_file(
    context: &CaseContext<'_>,
    file: OpenedFile,
    attempt: impl FnOnce(BorrowedFd<'_>) -> Observation,
) -> Observation {
    let (opened, what) = match file {
        OpenedFile::Node(access) => (context.open_again(access.flags()), "open the node with another access mode"),
        OpenedFile::Buffer(access) => (context.buffer(2, access.flags()), "allocate a buffer"),
    };
    match opened {
        Ok(fd) => attempt(fd.as_fd()),
        Err(errno) => Observation::unprepared(what, errno),
    }
}

fn call(fd: BorrowedFd<'_>, operation: Operation) -> Result<u64> {
    match operation {
        Operation::Read => operation::read(fd),
        Operation::Write => operation::write(fd),
        Operation::Pread { offset } => operation::pread(fd, offset),
        Operation::Pwrite { offset } => operation::pwrite(fd, offset),
        Operation::Lseek { offset, whence } => operation::lseek(fd, offset, whence),
        Operation::Poll { events } => operation::poll(fd, events),
        Operation::EpollAdd => operation::epoll_add(fd),
        Operation::Fsync => operation::fsync(fd),
        Operation::Ftruncate { len } => operation::ftruncate(fd, len),
        Operation::Fallocate { mode, offset, len } => operation::fallocate(fd, mode, offset, len),
        Operation::AddSeals { seals } => operation::add_seals(fd, seals),
        Operation::GetSeals => operation::get_seals(fd),
    }
}

fn map_file(context: &CaseContext<'_>, fd: BorrowedFd<'_>, map: &Map) -> Result<FileMap> {
    let page_size = context.facts.kernel.page_size;
    let wanted = Wanted {
        len: usize::try_from(map.pages * page_size).map_err(|_| Errno::EOVERFLOW)?,
        offset: i64::try_from(map.first * page_size + map.askew).map_err(|_| Errno::EOVERFLOW)?,
        read: map.read,
        write: map.write,
        exec: map.exec,
        shared: map.shared,
    };
    FileMap::new(fd, wanted)
}
