//! Doing what a case says, in its child.

use super::case::{CaseAction, FileAct, Map, Question};
use super::context::CaseContext;
use super::exchange::{describe, hex, send};
use super::memory::{Payload, RequestMemory};
use super::number::SafeNumber;
use super::observation::Observation;
use super::outcome::{Effects, of_call};
use super::request::{FilesLimit, Placement, RawRequest, SyscallEntry};
use crate::model::{AccessMode, Operation};
use crate::sys::fd::operation;
use crate::sys::fd::table::OpenFds;
use crate::sys::mem::filemap::{FileMap, Wanted};
use crate::sys::probe::arena::Reach;
use crate::sys::probe::raw_ioctl::CallFd;
use crate::sys::{Errno, Result};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Does `act`, and looks whether more descriptors are open afterwards than before it: those of its own requests it has
/// accounted for, so that what is left is another request's, one that prepared it or that is a part of it.
pub(crate) fn carry_out(context: &CaseContext<'_>, act: &CaseAction) -> Observation {
    let (before, free) = match OpenFds::of_any_limit().and_then(|before| Ok((before, OpenFds::now()?.free()))) {
        Ok(found) => found,
        Err(errno) => return Observation::unprepared("look for open descriptors", errno),
    };
    let mut observation = perform(context, act);
    if free < ROOM && observation.outcome.contains("EMFILE") && !fills_up(act) {
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
fn fills_up(act: &CaseAction) -> bool {
    matches!(act, CaseAction::Send(request) if request.files != FilesLimit::Free)
}

fn perform(context: &CaseContext<'_>, act: &CaseAction) -> Observation {
    match act {
        CaseAction::Send(request) => shoot(context, &[*request]),
        CaseAction::Each(requests) => shoot(context, &requests()),
        CaseAction::Node(access, act) => node(context, *access, act),
        CaseAction::Buffer(access, pages, act) => match context.buffer(*pages, access.flags()) {
            Ok(buffer) => on_file(context, buffer.as_fd(), act),
            Err(errno) => Observation::unprepared("allocate a buffer", errno),
        },
        CaseAction::Ask(question) => ask(context, question),
        CaseAction::Custom(own) => own(context),
    }
}

/// Sends requests until one ends otherwise than the first.
fn shoot(context: &CaseContext<'_>, requests: &[RawRequest]) -> Observation {
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
        context.announce(|| describe(context, request));
        let observation = match send(context, &memory, request) {
            Ok(observed) => Observation { lost: observed.lost, ..Observation::of(observed.effects.to_string()) },
            Err(errno) => return Observation::unprepared(&format!("prepare {:?}", request.target), errno),
        };
        match &first {
            Some(first) if first.outcome != observation.outcome => {
                return Observation {
                    outcome: format!("{} but {}", first.outcome, observation.outcome),
                    ..observation
                };
            }
            Some(_) => {}
            None => first = Some(observation),
        }
    }
    first.unwrap_or_else(|| Observation::skip("nothing to send"))
}

fn node(context: &CaseContext<'_>, access: AccessMode, act: &FileAct) -> Observation {
    match context.open_again(access.flags()) {
        Ok(node) => on_file(context, node.as_fd(), act),
        Err(errno) => Observation::unprepared("open the node with another access mode", errno),
    }
}

fn on_file(context: &CaseContext<'_>, fd: BorrowedFd<'_>, act: &FileAct) -> Observation {
    match act {
        FileAct::Call(operation) => {
            let page_size = context.facts.kernel.page_size;
            context.announce(|| format!("{operation:?}"));
            Observation::of(of_call(call(fd, *operation), |value| shown(*operation, value, page_size)))
        }
        FileAct::Map(map) => {
            context.announce(|| format!("{map:?}"));
            Observation::of(of_call(map_file(context, fd, map), |_| "done".to_owned()))
        }
    }
}

/// How the value of a successful call is shown.
pub(super) fn shown(operation: Operation, value: u64, page_size: u64) -> String {
    match operation {
        Operation::Poll { .. } => format!("done {value:#x}"),
        Operation::Lseek { .. } => format!("done {}", super::oracle::pages(value, page_size)),
        _ => "done".to_owned(),
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

fn ask(context: &CaseContext<'_>, question: &Question) -> Observation {
    let bytes = (question.bytes)();
    let exchange = context.buffer(1, 2).and_then(|buffer| {
        let memory = RequestMemory::new(context.facts.kernel.page_size, Reach::Native)?;
        let call = question.number.to(CallFd::Open(buffer.as_fd()));
        context.announce(|| asked(question.number, question.place, &bytes));
        let payload = Payload {
            bytes: &bytes,
            place: question.place,
            entry: SyscallEntry::Native,
            number: question.number_at,
            no_files: false,
            is_output: false,
        };
        memory.exchange(call, &payload)
    });
    let exchange = match exchange {
        Ok(exchange) => exchange,
        Err(errno) => return Observation::unprepared("prepare a buffer", errno),
    };
    let effects = Effects {
        error: exchange.answer.err().map(|errno| errno as i32),
        opened: exchange.lost.len() + usize::from(exchange.told.is_some()),
        told: exchange.told.is_some(),
        changed: exchange.changed,
        overrun: exchange.overrun,
        shown: None,
    };
    Observation { lost: exchange.lost.iter().map(AsRawFd::as_raw_fd).collect(), ..Observation::of(effects.to_string()) }
}

/// An ioctl on a buffer in hexadecimal.
pub(super) fn asked(number: SafeNumber, place: Placement, bytes: &[u8]) -> String {
    format!("ioctl {number:?} to Buffer, {place:?}, {}", hex(bytes))
}
