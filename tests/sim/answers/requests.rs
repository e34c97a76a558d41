//! Requests on a heap: every bit, number, type, direction, size, pointer and length that is safe to ask.

use super::asker::{Allocation, Asker, FORBIDDEN, RW_CLOEXEC};
use super::sheet::Sheet;
use crate::sys::fd::descriptor;
use crate::sys::fd::table::OpenFds;
use crate::sys::probe::arena::{Pointer, Protection};
use crate::sys::probe::operation;
use crate::sys::probe::raw_ioctl::{CallFd, RawCall};
use crate::sys::process::rlimit;
use crate::uapi::dma_heap::{IOCTL_ALLOC, IOCTL_ALLOC_V12};
use crate::uapi::{fs, ioctl};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

/// Directions by number, as the header's macros are called.
const DIRECTIONS: [&str; 4] = ["_IO", "_IOW", "_IOR", "_IOWR"];
/// Types that drivers use, with sizes: heaps, dma-bufs, terminals, file systems, and none of them.
const KINDS: [(u8, &[u32]); 7] = [
    (b'H', &[0, 4, 8, 24, 32]),
    (b'b', &[0, 4, 8, 24]),
    (b'T', &[0, 24]),
    (b'f', &[8, 32]),
    (b'X', &[4, 28]),
    (0x94, &[0, 32]),
    (0, &[0, 24]),
];

/// All of it, for the heap at `path`.
pub fn ask(sheet: &mut Sheet, asker: &mut Asker, path: &Path) {
    let heap = asker.opening(|| operation::open(path, 2).expect("the heap opens"));
    let heap = heap.as_fd();
    fields(sheet, asker, heap);
    sizes(sheet, asker, heap);
    numbers(sheet, asker, heap, "heap", &Allocation::GOOD.bytes());
    known(sheet, asker, heap, "heap");
    pointers(sheet, asker, heap, "alloc", IOCTL_ALLOC, &Allocation::GOOD.bytes());
    registers(sheet, asker, heap);
    sheet.note("alloc with no descriptor free", full(asker, heap));
}

fn fields(sheet: &mut Sheet, asker: &Asker, heap: BorrowedFd<'_>) {
    let good = Allocation::GOOD;
    let alloc = |allocation: Allocation| asker.ask(heap, IOCTL_ALLOC, &allocation.bytes());
    for access in 0..4 {
        let plain = alloc(Allocation { fd_flags: access, ..good });
        sheet.note(format!("fd_flags {access}"), plain);
        let on_exec = alloc(Allocation { fd_flags: access | 0x8_0000, ..good });
        sheet.note(format!("fd_flags {access} O_CLOEXEC"), on_exec);
    }
    let bit = |bit| (bit, alloc(Allocation { fd_flags: RW_CLOEXEC ^ (1_u32 << bit), ..good }));
    sheet.note_each("fd_flags O_RDWR|O_CLOEXEC with one bit changed", (0..32).map(bit));
    let bit = |bit| (bit, alloc(Allocation { heap_flags: 1_u64 << bit, ..good }));
    sheet.note_each("heap_flags with one bit", (0..64).map(bit));
    let bit = |bit| (bit, alloc(Allocation { fd: 1_u32 << bit, ..good }));
    sheet.note_each("fd with one bit", (0..32).map(bit));
    sheet.note("fd -1", alloc(Allocation { fd: u32::MAX, ..good }));
    // Never more than the machine has: the kernel would try.
    for len in [0, 1, 4095, 4096, 4097, 65_535, 65_537, 1 << 20, (1 << 20) + 1, u64::MAX - 4094, u64::MAX] {
        sheet.note(format!("len {len}"), alloc(Allocation { len, ..good }));
    }
}

fn sizes(sheet: &mut Sheet, asker: &Asker, heap: BorrowedFd<'_>) {
    let bytes = Allocation::GOOD.bytes();
    let other = [47, 48, 64, 127, 128, 129, 255, 1000, 4095, 4096, 16_383];
    let ask = |direction, size| (u64::from(size), asker.ask(heap, ioctl::ioc(direction, b'H', 0, size), &bytes));
    for (direction, macro_name) in (0..).zip(DIRECTIONS) {
        let answers = (0..=40).chain(other).map(|size| ask(direction, size));
        sheet.note_each(format!("heap {macro_name} size"), answers);
    }
    let tail = [&bytes[..], &[0xff; 8]].concat();
    sheet.note("alloc of 32 bytes with a tail", asker.ask(heap, IOCTL_ALLOC_V12, &tail));
    let longer = [&bytes[..], &[0; 8]].concat();
    sheet.note("alloc of 32 bytes with zeros", asker.ask(heap, IOCTL_ALLOC_V12, &longer));
}

/// Every number of several types, in each direction.
pub fn numbers(sheet: &mut Sheet, asker: &Asker, fd: BorrowedFd<'_>, subject: &str, argument: &[u8]) {
    for (kind, sizes) in KINDS {
        for (direction, macro_name) in (0..).zip(DIRECTIONS) {
            for size in sizes {
                let answer = |nr: u8| {
                    let request = ioctl::ioc(direction, kind, nr, *size);
                    if FORBIDDEN.contains(&request) {
                        return (nr.into(), "not asked".to_owned());
                    }
                    (nr.into(), asker.ask(fd, request, argument))
                };
                let question = format!("{subject} {macro_name}({kind:#04x}) of {size} bytes, number");
                sheet.note_each(question, (0..=255).map(answer));
            }
        }
    }
}

/// Requests that are known to the VFS, to terminals or to other drivers.
pub fn known(sheet: &mut Sheet, asker: &Asker, fd: BorrowedFd<'_>, subject: &str) {
    let zeros = [0; 64];
    let named = [
        ("FIONCLEX", fs::FIONCLEX),
        ("FIOCLEX", fs::FIOCLEX),
        ("FIONBIO off", fs::FIONBIO),
        ("FIOASYNC off", fs::FIOASYNC),
        ("FIOQSIZE", fs::FIOQSIZE),
        ("FIGETBSZ", fs::FIGETBSZ),
        ("FIEMAP", fs::FIEMAP),
        ("GETFLAGS", fs::GETFLAGS),
        ("FSGETXATTR", fs::FSGETXATTR),
        ("GETFSSYSFSPATH", fs::GETFSSYSFSPATH),
        ("FIBMAP", 1),
        ("FIONREAD", 0x541b),
        ("TCGETS", 0x5401),
        ("TIOCGWINSZ", 0x5413),
        ("UDMABUF_CREATE", crate::uapi::udmabuf::CREATE),
    ];
    for (name, request) in named {
        sheet.note(format!("{subject} {name}"), asker.ask(fd, request, &zeros));
        let nowhere = format!("{subject} {name} at NULL");
        sheet.note(nowhere, asker.ask_at(fd, request, Pointer::NULL));
    }
    // What it writes is random.
    sheet.note(format!("{subject} GETFSUUID"), asker.ask_at(fd, fs::GETFSUUID, asker.arena.at(0)));
}

/// `request` at addresses where an argument cannot be read or written as a whole.
pub fn pointers(sheet: &mut Sheet, asker: &Asker, fd: BorrowedFd<'_>, subject: &str, request: u32, argument: &[u8]) {
    let (arena, page) = (&asker.arena, asker.page);
    let nowhere =
        [("NULL", Pointer::NULL), ("1", Pointer::ONE), ("-1", Pointer::MINUS_ONE), ("kernel", Pointer::KERNEL)];
    for (name, pointer) in nowhere {
        sheet.note(format!("{subject} at {name}"), asker.ask_at(fd, request, pointer));
    }
    let size = argument.len();
    let cuts = [0, 1, size / 2, size - 1, size];
    for (name, protection) in [("read-only", Protection::Read), ("inaccessible", Protection::None)] {
        for cut in cuts {
            arena.protect(1, Protection::ReadWrite).expect("a page");
            arena.write(page - cut, argument).expect("two pages");
            arena.protect(1, protection).expect("a page");
            let question = format!("{subject} with {} bytes in a page that is {name}", size - cut);
            sheet.note(question, asker.ask_at(fd, request, arena.at(page - cut)));
        }
    }
    arena.protect(1, Protection::ReadWrite).expect("a page");
    for shift in [1, 4] {
        arena.write(shift, argument).expect("a page");
        sheet.note(format!("{subject} at an odd address, {shift}"), asker.ask_at(fd, request, arena.at(shift)));
    }
}

/// Only the low halves of the first two registers count.
fn registers(sheet: &mut Sheet, asker: &Asker, heap: BorrowedFd<'_>) {
    for (fd_high, request_high) in [(u32::MAX, 0), (0, u32::MAX), (1, 1)] {
        asker.arena.write(0, &Allocation::GOOD.bytes()).expect("a page");
        let call = RawCall { fd: CallFd::Open(heap), fd_high, request: IOCTL_ALLOC, request_high };
        let (result, new) = asker.call(call, asker.arena.at(0));
        let question = format!("alloc with {fd_high:#x}, {request_high:#x} in the high halves");
        sheet.note(question, asker.describe(result, &new, &[], &[]));
    }
    let call = RawCall { fd: CallFd::None, fd_high: 0, request: IOCTL_ALLOC, request_high: 0 };
    let (result, new) = asker.call(call, asker.arena.at(0));
    sheet.note("alloc on descriptor -1", asker.describe(result, &new, &[], &[]));
}

fn full(asker: &Asker, heap: BorrowedFd<'_>) -> String {
    let end = OpenFds::now().expect("poll").end();
    let before = rlimit::set_open_files(end).expect("a limit");
    // Whoever holds open a number below has a place to fill first.
    let fill: Vec<_> = std::iter::from_fn(|| descriptor::duplicate(heap).ok()).collect();
    asker.arena.write(0, &Allocation::GOOD.bytes()).expect("a page");
    let call = RawCall { fd: CallFd::Open(heap), fd_high: 0, request: IOCTL_ALLOC, request_high: 0 };
    let result = call.native(asker.arena.at(0));
    let untouched = asker.arena.read(0, 24).expect("a page") == Allocation::GOOD.bytes();
    drop(fill);
    rlimit::set_open_files(before).expect("a limit");
    format!("{}, {}", super::asker::outcome(result), if untouched { "argument as it was" } else { "argument changed" })
}
