//! Requests on a buffer.

use super::asker::{ACCESS, Asker};
use super::requests;
use super::sheet::Sheet;
use crate::sys::fd::ioctl;
use crate::sys::probe::arena::Pointer;
use crate::sys::probe::operation;
use crate::uapi::dma_buf::{
    IOCTL_EXPORT_SYNC_FILE, IOCTL_IMPORT_SYNC_FILE, IOCTL_SYNC, SET_NAME_A, SET_NAME_B, SyncFile,
};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

/// All of it, for buffers of two pages in every access mode.
pub fn ask(sheet: &mut Sheet, asker: &mut Asker, path: &Path) {
    let heap = asker.opening(|| operation::open(path, 0).expect("the heap opens"));
    for (flags, access) in (0..).zip(ACCESS) {
        let len = 2 * asker.page as u64;
        let buffer = asker.opening(|| ioctl::heap_alloc(heap.as_fd(), len, flags, 0).expect("there is memory"));
        let (buffer, subject) = (buffer.as_fd(), format!("buffer {access}"));
        super::files::ask(sheet, asker, buffer, &subject);
        sync(sheet, asker, buffer, &subject);
        names(sheet, asker, buffer, &subject);
        sync_files(sheet, asker, buffer, &subject);
        if access == "rw" {
            requests::known(sheet, asker, buffer, &subject);
            requests::numbers(sheet, asker, buffer, &subject, &4096_u64.to_ne_bytes());
            requests::pointers(sheet, asker, buffer, "SYNC", IOCTL_SYNC, &3_u64.to_ne_bytes());
        }
    }
}

fn sync(sheet: &mut Sheet, asker: &Asker, buffer: BorrowedFd<'_>, subject: &str) {
    let ask = |flags: u64| asker.ask(buffer, IOCTL_SYNC, &flags.to_ne_bytes());
    sheet.note_each(format!("{subject} SYNC flags"), (0..=16).map(|flags| (flags, ask(flags))));
    let with_bit = |bit: u64| (bit, ask(3 | 1 << bit));
    sheet.note_each(format!("{subject} SYNC both with bit"), (0..64).map(with_bit));
}

fn names(sheet: &mut Sheet, asker: &Asker, buffer: BorrowedFd<'_>, subject: &str) {
    for (name, request) in [("SET_NAME_A", SET_NAME_A), ("SET_NAME_B", SET_NAME_B)] {
        let named = |len: u64| {
            let mut text = vec![b'n'; len as usize];
            text.push(0);
            asker.arena.write(0, &text).expect("a page");
            (len, asker.ask_at(buffer, request, asker.arena.at(0)))
        };
        sheet.note_each(format!("{subject} {name} of length"), (0..40).map(named));
        sheet.note(format!("{subject} {name} at NULL"), asker.ask_at(buffer, request, Pointer::NULL));
        // A name that ends with the last page, and one that goes on where there is none.
        let end = asker.arena.pages() * asker.page;
        asker.arena.write(end - 4, b"end\0").expect("a page");
        sheet.note(format!("{subject} {name} at the end"), asker.ask_at(buffer, request, asker.arena.at(end - 4)));
        asker.arena.write(end - 4, b"over").expect("a page");
        sheet.note(format!("{subject} {name} over the end"), asker.ask_at(buffer, request, asker.arena.at(end - 4)));
    }
}

fn sync_files(sheet: &mut Sheet, asker: &Asker, buffer: BorrowedFd<'_>, subject: &str) {
    let import = |flags, fd| {
        let SyncFile { flags, fd } = SyncFile { flags, fd };
        asker.ask(buffer, IOCTL_IMPORT_SYNC_FILE, &[flags.to_ne_bytes(), fd.to_ne_bytes()].concat())
    };
    for fd in [-1, 0] {
        let answers = (0..=8).map(|flags| (flags.into(), import(flags, fd)));
        sheet.note_each(format!("{subject} IMPORT_SYNC_FILE of {fd}, flags"), answers);
    }
    // Those that would make a descriptor of another kind are left to the probe.
    let export = |flags: u32| asker.ask(buffer, IOCTL_EXPORT_SYNC_FILE, &[flags.to_ne_bytes(), [0; 4]].concat());
    let answers = [0, 4, 8].map(|flags| (flags.into(), export(flags)));
    sheet.note_each(format!("{subject} EXPORT_SYNC_FILE, flags"), answers);
}
