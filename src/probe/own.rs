//! Cases that are more than one request.

use super::act::asked;
use super::number::Number;
use super::outcome::of_call;
use super::predict::pages;
use super::scene::Scene;
use super::trial::Trial;
use crate::sys::fd::status::{self, FileKind};
use crate::sys::fd::{oflags, operation};
use crate::sys::mem::mapping::{Access, AccessError, Mapping};
use crate::sys::probe::detached;
use crate::sys::probe::guarded::Reach;
use crate::sys::probe::raw::Descriptor;
use crate::sys::process::rlimit;
use crate::sys::{Errno, Result, errno_name};
use crate::uapi::dma_buf;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use super::ground::{Ground, Message};
use super::shot::{Entry, MOST, Place};

/// An open of a minor number that no heap has.
pub(crate) fn unused_minor(scene: &Scene<'_>) -> Trial {
    let major = match status::status(scene.heap).map(|status| status.kind) {
        Ok(FileKind::Character(device)) => device.major,
        _ => return Trial::skip("the heap is no character device"),
    };
    // The highest minor is the last that a heap would get.
    let minor = crate::uapi::dma_heap::NUM_HEAP_MINORS as u32 - 1;
    match detached::open_device(major, minor) {
        Ok(answer) => {
            Trial::of(of_call(answer, |_| "done".to_owned())).with_note(format!("open of device {major}:{minor}"))
        }
        Err(errno) => Trial::skip(format!(
            "a node on a file system of its own: {}; needs CAP_MKNOD, CAP_SYS_ADMIN and Linux 5.2",
            errno_name(errno)
        )),
    }
}

/// A hundred opens, each of which gives a buffer.
pub(crate) fn many_nodes(scene: &Scene<'_>) -> Trial {
    const NODES: u64 = 100;
    if let Err(skip) = make_room(2 * NODES) {
        return skip;
    }
    let mut held = Vec::new();
    for number in 1..=NODES {
        let node = match scene.open_again(oflags::RDONLY) {
            Ok(node) => node,
            Err(errno) => return Trial::of(errno_name(errno)).with_note(format!("open {number} of {NODES}")),
        };
        let scene = Scene { heap: node.as_fd(), ..*scene };
        if let Err(errno) = scene.buffer(1, oflags::RDWR) {
            return Trial::of(errno_name(errno)).with_note(format!("request to node {number} of {NODES}"));
        }
        held.push(node);
    }
    Trial::of("ok")
}

/// A thousand buffers at once.
pub(crate) fn many_buffers(scene: &Scene<'_>) -> Trial {
    const BUFFERS: u64 = 1000;
    const WANTED: u64 = 64 << 20;
    if BUFFERS * scene.facts.kernel.page_size > WANTED {
        return Trial::skip("1000 pages of this machine are more than 64 MiB");
    }
    if let Err(skip) = make_room(BUFFERS) {
        return skip;
    }
    let mut held = Vec::new();
    for number in 1..=BUFFERS {
        match scene.buffer(1, oflags::RDWR) {
            Ok(buffer) => held.push(buffer),
            Err(errno) => return Trial::of(errno_name(errno)).with_note(format!("buffer {number} of {BUFFERS}")),
        }
    }
    Trial::of("ok")
}

/// Raises the soft limit so that `count` descriptors more can be had.
fn make_room(count: u64) -> std::result::Result<(), Trial> {
    const SPARE: u64 = 200;
    let wanted = count + SPARE;
    match (rlimit::open_files(), rlimit::set_open_files(wanted)) {
        (Ok((_, hard)), _) if hard < wanted => {
            Err(Trial::skip(format!("the hard limit of open files is {hard}, and {wanted} are needed")))
        }
        (Ok(_), Ok(_)) => Ok(()),
        (Err(errno), _) | (_, Err(errno)) => Err(Trial::unprepared("raise RLIMIT_NOFILE", errno)),
    }
}

/// Opening a buffer by its link.
pub(crate) fn reopen(scene: &Scene<'_>) -> Trial {
    with_buffer(scene, 1, |buffer| {
        let link = PathBuf::from(format!("/proc/self/fd/{}", buffer.as_raw_fd()));
        match operation::open(&link, oflags::RDWR) {
            Err(Errno::ENOENT) => Trial::skip("there is no /proc"),
            answer => Trial::of(of_call(answer, |_| "done".to_owned())),
        }
    })
}

/// What fstat(2) says of a buffer of two pages.
pub(crate) fn stat(scene: &Scene<'_>) -> Trial {
    with_buffer(scene, 2, |buffer| {
        let page_size = scene.facts.kernel.page_size;
        let answer = status::status(buffer).and_then(|status| Ok((status, operation::blocks(buffer)?)));
        let outcome = of_call(answer, |(status, (blocks, _))| {
            let kind =
                if status.kind == FileKind::Anonymous { "none".to_owned() } else { format!("{:?}", status.kind) };
            let odd = if blocks == status.size / 512 { "" } else { " odd_blocks" };
            format!("{} {:04o} {kind}{odd}", pages(status.size, page_size), status.mode & 0o7777)
        });
        Trial::of(outcome)
    })
}

/// What fstatfs(2) says of a buffer.
pub(crate) fn file_system(scene: &Scene<'_>) -> Trial {
    with_buffer(scene, 1, |buffer| Trial::of(of_call(operation::file_system(buffer), |(kind, _)| format!("{kind:#x}"))))
}

/// What `F_GETFL` says of a buffer.
pub(crate) fn status_flags(scene: &Scene<'_>) -> Trial {
    with_buffer(scene, 1, |buffer| Trial::of(of_call(operation::status_flags(buffer), |flags| format!("{flags:#x}"))))
}

pub(crate) fn zeroed_small(scene: &Scene<'_>) -> Trial {
    zeroed(scene, 1, 16)
}

pub(crate) fn zeroed_large(scene: &Scene<'_>) -> Trial {
    zeroed(scene, MOST / scene.facts.kernel.page_size, 1)
}

/// Large buffers, one after the other: the memory of one is the best that there is for the next.
pub(crate) fn zeroed_recycled_large(scene: &Scene<'_>) -> Trial {
    const TIMES: usize = 4;
    (0..TIMES)
        .map(|_| recycled(scene, MOST / scene.facts.kernel.page_size, 1))
        .find(|trial| trial.outcome != ZERO)
        .unwrap_or_else(|| Trial::of(ZERO))
}

/// Small buffers that get the memory of others.
pub(crate) fn zeroed_recycled(scene: &Scene<'_>) -> Trial {
    recycled(scene, 4, 32)
}

/// `count` buffers of `pages` pages, after as many that were filled.
fn recycled(scene: &Scene<'_>, pages: u64, count: usize) -> Trial {
    let filled: Result<Vec<OwnedFd>> = (0..count)
        .map(|_| {
            let buffer = scene.buffer(pages, oflags::RDWR)?;
            fill(&map_whole(scene, buffer.as_fd(), pages)?, 0xff)?;
            Ok(buffer)
        })
        .collect();
    match filled {
        Ok(filled) => drop(filled),
        Err(errno) => return Trial::unprepared("fill buffers", errno),
    }
    zeroed(scene, pages, count)
}

/// What new buffers have to be.
const ZERO: &str = "zero";

fn zeroed(scene: &Scene<'_>, pages: u64, count: usize) -> Trial {
    let answer: Result<Vec<(OwnedFd, bool)>> = (0..count)
        .map(|_| {
            let buffer = scene.buffer(pages, oflags::RDWR)?;
            let zero = is_zero(&map_whole(scene, buffer.as_fd(), pages)?)?;
            Ok((buffer, zero))
        })
        .collect();
    Trial::of(of_call(answer, |all| {
        let dirty = all.iter().filter(|(_, zero)| !zero).count();
        if dirty == 0 { ZERO.to_owned() } else { format!("{dirty} of {count} not zero") }
    }))
}

/// A mapping keeps its buffer.
pub(crate) fn outlives_fd(scene: &Scene<'_>) -> Trial {
    let answer = scene.buffer(1, oflags::RDWR).and_then(|buffer| {
        let map = map_whole(scene, buffer.as_fd(), 1)?;
        drop(buffer);
        let zero = is_zero(&map)?;
        fill(&map, 1)?;
        Ok(zero && !is_zero(&map)?)
    });
    Trial::of(of_call(answer, |kept| if kept { "kept" } else { "lost" }.to_owned()))
}

/// A fence that leaves a buffer and comes back.
pub(crate) fn sync_file_round_trip(scene: &Scene<'_>) -> Trial {
    const EXPORT: Number = Number::constant(dma_buf::IOCTL_EXPORT_SYNC_FILE);
    const IMPORT: Number = Number::constant(dma_buf::IOCTL_IMPORT_SYNC_FILE);
    let answer = scene.buffer(1, oflags::RDWR).and_then(|buffer| {
        let ground = Ground::new(scene.facts.kernel.page_size, Reach::Native)?;
        let send = |request: Number, fd: i32| {
            let bytes = [3_u32.to_ne_bytes(), fd.to_ne_bytes()].concat();
            let message = Message {
                bytes: &bytes,
                place: Place::Middle,
                entry: Entry::Native,
                number: if request == EXPORT { (4, 4) } else { (0, 0) },
                no_files: false,
                is_output: false,
            };
            scene.announce(|| asked(request, Place::Middle, &bytes));
            ground.exchange(request.to(Descriptor::Open(buffer.as_fd())), &message)
        };
        let exported = send(EXPORT, -1)?;
        exported.answer?;
        let file = exported.told.ok_or(Errno::EPROTO)?;
        send(IMPORT, file.as_raw_fd())?.answer
    });
    Trial::of(of_call(answer, |_| "done".to_owned()))
}

fn with_buffer(scene: &Scene<'_>, pages: u64, act: impl FnOnce(BorrowedFd<'_>) -> Trial) -> Trial {
    match scene.buffer(pages, oflags::RDWR) {
        Ok(buffer) => act(buffer.as_fd()),
        Err(errno) => Trial::unprepared("allocate a buffer", errno),
    }
}

fn map_whole(scene: &Scene<'_>, buffer: BorrowedFd<'_>, pages: u64) -> Result<Mapping> {
    Mapping::new(buffer, 0, pages * scene.facts.kernel.page_size, Access::ReadWrite)
}

fn is_zero(map: &Mapping) -> Result<bool> {
    let mut bytes = vec![u8::MAX; map.length()];
    map.read(0, &mut bytes).map_err(without_memory)?;
    Ok(bytes.iter().all(|byte| *byte == 0))
}

fn fill(map: &Mapping, byte: u8) -> Result<()> {
    map.fill(0, map.length(), byte).map_err(without_memory)
}

/// SIGBUS: a mapping without memory behind it.
fn without_memory(_: AccessError) -> Errno {
    Errno::EFAULT
}
