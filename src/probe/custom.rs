//! Cases that are more than one request.

use super::context::CaseContext;
use super::observation::Observation;
use super::oracle::pages;
use super::request::MOST;
use crate::sys::fd::status::{self, FileKind};
use crate::sys::fd::{descriptor, oflags};
use crate::sys::mem::mapping::{Mapping, MappingAccess};
use crate::sys::probe::detached_mount;
use crate::sys::probe::operation;
use crate::sys::process::rlimit;
use crate::sys::{Errno, Result, errno_name};
use std::collections::BTreeSet;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::PathBuf;

/// An open of a minor number that no heap has.
pub(crate) fn unused_minor(context: &CaseContext<'_>) -> Observation {
    let major = match status::status(context.heap).map(|status| status.kind) {
        Ok(FileKind::Character(device)) => device.major,
        _ => return Observation::skip("the heap is not a character device"),
    };
    // The highest minor is the last that a heap would get.
    let minor = crate::uapi::dma_heap::NUM_HEAP_MINORS as u32 - 1;
    match detached_mount::open_device(major, minor) {
        Ok(answer) => {
            Observation::of_call(answer, |_| "done".to_owned()).with_note(format!("open of device {major}:{minor}"))
        }
        Err(errno) => Observation::skip(format!(
            "a node on a file system of its own: {}; needs CAP_MKNOD, CAP_SYS_ADMIN and Linux 5.2",
            errno_name(errno)
        )),
    }
}

/// A hundred opens, each of which gives a buffer.
pub(crate) fn many_nodes(context: &CaseContext<'_>) -> Observation {
    const NODES: u64 = 100;
    if let Err(skip) = make_room(2 * NODES) {
        return skip;
    }
    let mut held = Vec::new();
    for number in 1..=NODES {
        let node = match context.open_again(oflags::RDONLY) {
            Ok(node) => node,
            Err(errno) => return Observation::failed(errno).with_note(format!("open {number} of {NODES}")),
        };
        let context = CaseContext { heap: node.as_fd(), ..*context };
        if let Err(errno) = context.buffer(1, oflags::RDWR) {
            return Observation::failed(errno).with_note(format!("request to node {number} of {NODES}"));
        }
        held.push(node);
    }
    Observation::of("ok")
}

/// A thousand buffers at once.
pub(crate) fn many_buffers(context: &CaseContext<'_>) -> Observation {
    const BUFFERS: u64 = 1000;
    const WANTED: u64 = 64 << 20;
    if BUFFERS * context.facts.kernel.page_size > WANTED {
        return Observation::skip("1000 pages of this machine are more than 64 MiB");
    }
    if let Err(skip) = make_room(BUFFERS) {
        return skip;
    }
    let mut held = Vec::new();
    for number in 1..=BUFFERS {
        match context.buffer(1, oflags::RDWR) {
            Ok(buffer) => held.push(buffer),
            Err(errno) => return Observation::failed(errno).with_note(format!("buffer {number} of {BUFFERS}")),
        }
    }
    Observation::of("ok")
}

/// Raises the soft limit so `count` descriptors more can be had.
fn make_room(count: u64) -> std::result::Result<(), Observation> {
    const SPARE: u64 = 200;
    let wanted = count + SPARE;
    match (rlimit::open_files(), rlimit::set_open_files(wanted)) {
        (Ok((_, hard)), _) if hard < wanted => {
            Err(Observation::skip(format!("the hard limit of open files is {hard}, and {wanted} are needed")))
        }
        (Ok(_), Ok(_)) => Ok(()),
        (Err(errno), _) | (_, Err(errno)) => Err(Observation::unprepared("raise RLIMIT_NOFILE", errno)),
    }
}

/// Opening a buffer by its link.
pub(crate) fn reopen(context: &CaseContext<'_>) -> Observation {
    with_buffer(context, 1, |buffer| {
        let link = PathBuf::from(format!("/proc/self/fd/{}", buffer.as_raw_fd()));
        match operation::open(&link, oflags::RDWR) {
            Err(Errno::ENOENT) => Observation::skip("there is no /proc"),
            answer => Observation::of_call(answer, |_| "done".to_owned()),
        }
    })
}

/// Shows what fstat(2) says of a buffer of two pages.
pub(crate) fn stat(context: &CaseContext<'_>) -> Observation {
    with_buffer(context, 2, |buffer| {
        let page_size = context.facts.kernel.page_size;
        Observation::of_call(status::status(buffer), |status| {
            let kind = if status.kind == FileKind::Anonymous { "none" } else { "typed" };
            let odd = if status.blocks == status.size / 512 { "" } else { " odd_blocks" };
            format!("{} {:04o} {kind}{odd}", pages(status.size, page_size), status.mode & 0o7777)
        })
    })
}

/// Shows what fstatfs(2) says of a buffer.
pub(crate) fn file_system(context: &CaseContext<'_>) -> Observation {
    with_buffer(context, 1, |buffer| {
        Observation::of_call(status::file_system_magic(buffer), |magic| format!("{magic:#x}"))
    })
}

/// Shows what `F_GETFL` says of a buffer.
pub(crate) fn status_flags(context: &CaseContext<'_>) -> Observation {
    with_buffer(context, 1, |buffer| Observation::of_call(status::file_flags(buffer), |flags| format!("{flags:#x}")))
}

pub(crate) fn zeroed_small(context: &CaseContext<'_>) -> Observation {
    zeroed(dirty_buffers(context, 1, 16), 16)
}

pub(crate) fn zeroed_large(context: &CaseContext<'_>) -> Observation {
    zeroed(dirty_buffers(context, MOST / context.facts.kernel.page_size, 1), 1)
}

/// Small buffers that get the memory of others.
pub(crate) fn zeroed_recycled(context: &CaseContext<'_>) -> Observation {
    const BUFFERS: usize = 32;
    match fill_buffers(context, 4, BUFFERS) {
        Ok(()) => zeroed(dirty_buffers(context, 4, BUFFERS), BUFFERS),
        Err(errno) => Observation::unprepared("fill buffers", errno),
    }
}

/// Large buffers, one after the other: the memory of one is the best that there is for the next.
pub(crate) fn zeroed_recycled_large(context: &CaseContext<'_>) -> Observation {
    const TIMES: usize = 4;
    let pages = MOST / context.facts.kernel.page_size;
    for _ in 0..TIMES {
        if let Err(errno) = fill_buffers(context, pages, 1) {
            return Observation::unprepared("fill buffers", errno);
        }
        match dirty_buffers(context, pages, 1) {
            Ok(0) => {}
            other => return zeroed(other, 1),
        }
    }
    zeroed(Ok(0), 1)
}

/// Describes `count` new buffers, `dirty` of which were not zero.
fn zeroed(dirty: Result<usize>, count: usize) -> Observation {
    Observation::of_call(dirty, |dirty| match dirty {
        0 => "zero".to_owned(),
        _ => format!("{dirty} of {count} not zero"),
    })
}

/// Counts how many of `count` new buffers, all held at once, have bytes that are not zero.
fn dirty_buffers(context: &CaseContext<'_>, pages: u64, count: usize) -> Result<usize> {
    let mut held = Vec::new();
    let mut dirty = 0;
    for _ in 0..count {
        let buffer = context.buffer(pages, oflags::RDWR)?;
        dirty += usize::from(!is_zero(&map_whole(context, buffer.as_fd(), pages)?));
        held.push(buffer);
    }
    Ok(dirty)
}

/// Fills `count` buffers, all held at once, and frees them.
fn fill_buffers(context: &CaseContext<'_>, pages: u64, count: usize) -> Result<()> {
    let mut held = Vec::new();
    for _ in 0..count {
        let buffer = context.buffer(pages, oflags::RDWR)?;
        fill(&map_whole(context, buffer.as_fd(), pages)?, 0xff);
        held.push(buffer);
    }
    Ok(())
}

/// A mapping keeps its buffer.
pub(crate) fn outlives_fd(context: &CaseContext<'_>) -> Observation {
    let answer = context.buffer(1, oflags::RDWR).and_then(|buffer| {
        let map = map_whole(context, buffer.as_fd(), 1)?;
        drop(buffer);
        let zero = is_zero(&map);
        fill(&map, 1);
        Ok(zero && !is_zero(&map))
    });
    Observation::of_call(answer, |kept| if kept { "kept" } else { "lost" }.to_owned())
}

/// Whether each of some buffers has an inode number of its own, which is that of a duplicate as well.
pub(crate) fn inodes(context: &CaseContext<'_>) -> Observation {
    const BUFFERS: usize = 8;
    let answer = (0..BUFFERS).map(|_| context.buffer(1, oflags::RDWR)).collect::<Result<Vec<_>>>().and_then(|held| {
        let inode = |fd: BorrowedFd<'_>| status::status(fd).map(|status| status.inode);
        let mut seen = BTreeSet::new();
        for buffer in &held {
            let of_buffer = inode(buffer.as_fd())?;
            if inode(descriptor::duplicate(buffer.as_fd())?.as_fd())? != of_buffer {
                return Ok("another through dup");
            }
            seen.insert(of_buffer);
        }
        Ok(if seen.len() == held.len() { "unique" } else { "shared" })
    });
    Observation::of_call(answer, ToOwned::to_owned)
}

fn with_buffer(context: &CaseContext<'_>, pages: u64, act: impl FnOnce(BorrowedFd<'_>) -> Observation) -> Observation {
    match context.buffer(pages, oflags::RDWR) {
        Ok(buffer) => act(buffer.as_fd()),
        Err(errno) => Observation::unprepared("allocate a buffer", errno),
    }
}

fn map_whole(context: &CaseContext<'_>, buffer: BorrowedFd<'_>, pages: u64) -> Result<Mapping> {
    Mapping::new(buffer, 0, pages * context.facts.kernel.page_size, MappingAccess::ReadWrite)
}

fn is_zero(map: &Mapping) -> bool {
    let mut bytes = vec![u8::MAX; map.length()];
    map.read(0, &mut bytes);
    bytes.iter().all(|byte| *byte == 0)
}

fn fill(map: &Mapping, byte: u8) {
    map.fill(0, map.length(), byte);
}
