//! Doing what a case says, in its child.

use super::case::{Act, FileAct, Map, Question};
use super::ground::{Ground, Message};
use super::number::Number;
use super::outcome::{Effects, of_call};
use super::scene::Scene;
use super::send::{describe, hex, send};
use super::shot::{Entry, Files, Place, Shot};
use super::trial::Trial;
use crate::model::{Access, Operation};
use crate::sys::fd::operation;
use crate::sys::fd::table::OpenFds;
use crate::sys::mem::filemap::{FileMap, Wanted};
use crate::sys::probe::guarded::Reach;
use crate::sys::probe::raw::Descriptor;
use crate::sys::{Errno, Result};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Does `act`, and looks whether more descriptors are open afterwards than before it: those of its own requests it has
/// accounted for, so that what is left is another request's, one that prepared it or that is a part of it.
pub(crate) fn carry_out(scene: &Scene<'_>, act: &Act) -> Trial {
    let (before, free) = match OpenFds::of_any_limit().and_then(|before| Ok((before, OpenFds::now()?.free()))) {
        Ok(found) => found,
        Err(errno) => return Trial::unprepared("look for open descriptors", errno),
    };
    let mut trial = perform(scene, act);
    if free < ROOM && trial.outcome.contains("EMFILE") && !fills_up(act) {
        trial = Trial::skip(format!("{}: the hard limit of open files leaves room for {free}", trial.outcome));
    }
    match OpenFds::appeared_since(&before) {
        Ok(left) if left.is_empty() => {}
        Ok(left) => {
            trial.lost.extend(left.iter().map(AsRawFd::as_raw_fd));
            trial.leave("+hidden_fd", "left open by a request that was a part of the case");
        }
        Err(errno) => return Trial::unprepared("look for open descriptors", errno),
    }
    trial
}

/// Descriptors that a case may need at once, where it does not raise the limit for itself.
const ROOM: usize = 40;

/// Whether the case is about a limit that is reached.
fn fills_up(act: &Act) -> bool {
    matches!(act, Act::Send(shot) if shot.files != Files::Free)
}

fn perform(scene: &Scene<'_>, act: &Act) -> Trial {
    match act {
        Act::Send(shot) => shoot(scene, &[*shot]),
        Act::Each(shots) => shoot(scene, &shots()),
        Act::Node(access, act) => node(scene, *access, act),
        Act::Buffer(access, pages, act) => match scene.buffer(*pages, access.flags()) {
            Ok(buffer) => on_file(scene, buffer.as_fd(), act),
            Err(errno) => Trial::unprepared("allocate a buffer", errno),
        },
        Act::Ask(question) => ask(scene, question),
        Act::Own(own) => own(scene),
    }
}

/// Sends shots until one ends otherwise than the first.
fn shoot(scene: &Scene<'_>, shots: &[Shot]) -> Trial {
    let page_size = scene.facts.kernel.page_size;
    let compat = shots.iter().any(|shot| shot.entry == Entry::Compat);
    if let (true, Some(reason)) = (compat, &scene.facts.no_compat) {
        return Trial::skip(reason.clone());
    }
    let ground = match Ground::new(page_size, if compat { Reach::Low } else { Reach::Native }) {
        Ok(ground) => ground,
        Err(errno) => return Trial::unprepared("map memory", errno),
    };
    let mut first: Option<Trial> = None;
    for shot in shots {
        scene.announce(|| describe(scene, shot));
        let trial = match send(scene, &ground, shot) {
            Ok(observed) => Trial { lost: observed.lost, ..Trial::of(observed.effects.to_string()) },
            Err(errno) => return Trial::unprepared(&format!("prepare {:?}", shot.target), errno),
        };
        match &first {
            Some(first) if first.outcome != trial.outcome => {
                return Trial { outcome: format!("{} but {}", first.outcome, trial.outcome), ..trial };
            }
            Some(_) => {}
            None => first = Some(trial),
        }
    }
    first.unwrap_or_else(|| Trial::skip("nothing to send"))
}

fn node(scene: &Scene<'_>, access: Access, act: &FileAct) -> Trial {
    match scene.open_again(access.flags()) {
        Ok(node) => on_file(scene, node.as_fd(), act),
        Err(errno) => Trial::unprepared("open the node with another access mode", errno),
    }
}

fn on_file(scene: &Scene<'_>, fd: BorrowedFd<'_>, act: &FileAct) -> Trial {
    match act {
        FileAct::Call(operation) => {
            let page_size = scene.facts.kernel.page_size;
            scene.announce(|| format!("{operation:?}"));
            Trial::of(of_call(call(fd, *operation), |value| shown(*operation, value, page_size)))
        }
        FileAct::Map(map) => {
            scene.announce(|| format!("{map:?}"));
            Trial::of(of_call(map_file(scene, fd, map), |_| "done".to_owned()))
        }
    }
}

/// How the value of a successful call is shown.
pub(super) fn shown(operation: Operation, value: u64, page_size: u64) -> String {
    match operation {
        Operation::Poll { .. } => format!("done {value:#x}"),
        Operation::Lseek { .. } => format!("done {}", super::predict::pages(value, page_size)),
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

fn map_file(scene: &Scene<'_>, fd: BorrowedFd<'_>, map: &Map) -> Result<FileMap> {
    let page_size = scene.facts.kernel.page_size;
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

fn ask(scene: &Scene<'_>, question: &Question) -> Trial {
    let bytes = (question.bytes)();
    let exchange = scene.buffer(1, 2).and_then(|buffer| {
        let ground = Ground::new(scene.facts.kernel.page_size, Reach::Native)?;
        let call = question.number.to(Descriptor::Open(buffer.as_fd()));
        scene.announce(|| asked(question.number, question.place, &bytes));
        let message = Message {
            bytes: &bytes,
            place: question.place,
            entry: Entry::Native,
            number: question.number_at,
            no_files: false,
            is_output: false,
        };
        ground.exchange(call, &message)
    });
    let exchange = match exchange {
        Ok(exchange) => exchange,
        Err(errno) => return Trial::unprepared("prepare a buffer", errno),
    };
    let effects = Effects {
        error: exchange.answer.err().map(|errno| errno as i32),
        opened: exchange.lost.len() + usize::from(exchange.told.is_some()),
        told: exchange.told.is_some(),
        changed: exchange.changed,
        overrun: exchange.overrun,
        shown: None,
    };
    Trial { lost: exchange.lost.iter().map(AsRawFd::as_raw_fd).collect(), ..Trial::of(effects.to_string()) }
}

/// An ioctl on a buffer in hexadecimal.
pub(super) fn asked(number: Number, place: Place, bytes: &[u8]) -> String {
    format!("ioctl {number:?} to Buffer, {place:?}, {}", hex(bytes))
}
