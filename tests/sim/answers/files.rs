//! What any open file can be asked: the operations of a node and of a buffer.

use super::asker::{Asker, outcome};
use super::sheet::Sheet;
use crate::sys::fd::status;
use crate::sys::fd::status::FileKind;
use crate::sys::mem::filemap::{FileMap, Wanted};
use crate::sys::probe::operation as file;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::PathBuf;

pub fn ask(sheet: &mut Sheet, asker: &Asker, fd: BorrowedFd<'_>, subject: &str) {
    operations(sheet, fd, subject);
    sizes(sheet, fd, subject);
    identity(sheet, fd, subject);
    reopened(sheet, fd, subject);
    super::paths::ask_links(sheet, fd, subject);
    mappings(sheet, asker.page, fd, subject);
}

fn operations(sheet: &mut Sheet, fd: BorrowedFd<'_>, subject: &str) {
    let mut note = |operation: &str, result| sheet.note(format!("{subject} {operation}"), outcome(result));
    note("read", file::read(fd));
    note("write", file::write(fd));
    note("pread", file::pread(fd, 0));
    note("pwrite", file::pwrite(fd, 0));
    note("fsync", file::fsync(fd));
    note("epoll", file::epoll_add(fd));
    for events in [0, 1, 2, 4, 0x3f, 0xffff] {
        note(&format!("poll {events:#x}"), file::poll(fd, events));
    }
}

fn sizes(sheet: &mut Sheet, fd: BorrowedFd<'_>, subject: &str) {
    for offset in [0, 1, -1, 4096, i64::MAX, i64::MIN] {
        let answers = [0, 1, 2, 3, 4, 5, u64::from(u32::MAX)].map(|whence| {
            let result = file::lseek(fd, offset, whence as u32);
            (whence, outcome(result))
        });
        sheet.note_each(format!("{subject} lseek {offset}, whence"), answers);
    }
    let mut note = |operation: &str, result| sheet.note(format!("{subject} {operation}"), outcome(result));
    for len in [0, 4096, -1] {
        note(&format!("ftruncate {len}"), file::ftruncate(fd, len));
    }
    for (mode, offset, len) in [(0, 0, 1), (0, 0, 0), (0, -1, 1), (0, i64::MAX, 1), (1, 0, 1), (3, 0, 1), (0x100, 0, 1)]
    {
        note(&format!("fallocate mode {mode:#x}, {offset}, {len}"), file::fallocate(fd, mode, offset, len));
    }
    for seals in [0, 1, 0x10, 0x8000_0000] {
        note(&format!("F_ADD_SEALS {seals:#x}"), file::add_seals(fd, seals));
    }
    note("F_GET_SEALS", file::get_seals(fd));
}

fn identity(sheet: &mut Sheet, fd: BorrowedFd<'_>, subject: &str) {
    let flags = status::file_flags(fd).map(|flags| format!("{flags:#o}"));
    sheet.note(format!("{subject} F_GETFL"), flags.unwrap_or_else(|errno| outcome(Err(errno))));
    let status = status::status(fd).expect("fstat");
    let kind = if matches!(status.kind, FileKind::Character(_)) { "character device" } else { "no device" };
    sheet.note(format!("{subject} fstat type"), kind);
    let (mode, uid, gid, size) = (status.mode, status.uid, status.gid, status.size);
    sheet.note(format!("{subject} fstat mode"), format!("{mode:#o}"));
    // Nodes are root's everywhere; buffers are their maker's.
    let owner = if kind == "no device" { "its maker".to_owned() } else { format!("{uid}:{gid}") };
    sheet.note(format!("{subject} fstat owner"), owner);
    let (blocks, block_size) = (status.blocks, status.block_size);
    sheet.note(format!("{subject} fstat size"), format!("{size}, {blocks} blocks, {block_size} at once"));
    if kind == "no device" {
        let found = status::file_system(fd).expect("fstatfs");
        sheet.note(format!("{subject} fstatfs"), format!("{:#x}, {}", found.kind, found.block_size));
    }
}

/// Opening the descriptor's link in /proc.
fn reopened(sheet: &mut Sheet, fd: BorrowedFd<'_>, subject: &str) {
    let link = PathBuf::from(format!("/proc/self/fd/{}", fd.as_raw_fd()));
    for access in 0..4 {
        let answer = file::open(&link, access).and_then(|file| status::file_flags(file.as_fd()));
        let answer = answer.map_or_else(|errno| outcome(Err(errno)), |flags| format!("{flags:#o}"));
        sheet.note(format!("{subject} opened again, mode {access}"), answer);
    }
}

fn mappings(sheet: &mut Sheet, page: usize, fd: BorrowedFd<'_>, subject: &str) {
    let protections = [("none", false, false), ("r", true, false), ("w", false, true), ("rw", true, true)];
    let map = |wanted| FileMap::new(fd, wanted).map_or_else(|errno| outcome(Err(errno)), |_| "mapped".to_owned());
    let whole = Wanted { len: page, offset: 0, read: true, write: false, exec: false, shared: true };
    for shared in [true, false] {
        let kind = if shared { "shared" } else { "private" };
        for (name, read, write) in protections {
            let question = format!("{subject} mmap {kind} {name}");
            sheet.note(question, map(Wanted { read, write, shared, ..whole }));
        }
        for pages in [2, 3] {
            let question = format!("{subject} mmap {kind} of {pages} pages");
            sheet.note(question, map(Wanted { len: pages * page, shared, ..whole }));
        }
    }
    for len in [0, 1, page + 1, 2 * page + 1, usize::MAX - page, usize::MAX] {
        sheet.note(format!("{subject} mmap of {len} bytes"), map(Wanted { len, ..whole }));
    }
    let page = page as i64;
    for offset in [1, page, 2 * page, 3 * page, -page, i64::MIN, i64::MAX - (page - 1)] {
        sheet.note(format!("{subject} mmap from {offset}"), map(Wanted { offset, ..whole }));
    }
}
