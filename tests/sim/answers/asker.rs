//! Asking one question, whose whole effect is seen: result, descriptors, memory.

use crate::sys::fd::table::OpenFds;
use crate::sys::fd::{oflags, status};
use crate::sys::probe::arena::{Arena, Pointer, Reach};
use crate::sys::probe::operation;
use crate::sys::probe::raw_ioctl::{CallFd, RawCall};
use crate::sys::{Errno, errno_name};
use crate::uapi::fs;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// They change a file or freeze its whole file system: nobody is asked.
pub const FORBIDDEN: [u32; 8] = [
    fs::FIFREEZE,
    fs::FITHAW,
    fs::FICLONE,
    fs::FICLONERANGE,
    fs::FIDEDUPERANGE,
    fs::FSSETXATTR,
    // SETFLAGS of either word length.
    0x4008_6602,
    0x4004_6602,
];

/// Access modes, by number.
pub const ACCESS: [&str; 4] = ["ro", "wo", "rw", "none"];

/// What lies behind a structure, to see that nobody touches it.
const GARBAGE: u8 = 0xa5;
/// Bytes whose change is noticed.
const WATCHED: usize = 48;
/// `fd` in `struct dma_heap_allocation_data`.
const FD: usize = 8;

/// `struct dma_heap_allocation_data`.
#[derive(Clone, Copy, Debug)]
pub struct Allocation {
    pub len: u64,
    pub fd: u32,
    pub fd_flags: u32,
    pub heap_flags: u64,
}

/// `O_RDWR | O_CLOEXEC`.
pub const RW_CLOEXEC: u32 = 0x8_0002;

impl Allocation {
    /// A page, read-write, close-on-exec.
    pub const GOOD: Self = Self { len: 4096, fd: 0, fd_flags: RW_CLOEXEC, heap_flags: 0 };

    pub fn bytes(self) -> Vec<u8> {
        let Self { len, fd, fd_flags, heap_flags } = self;
        [&len.to_ne_bytes()[..], &fd.to_ne_bytes(), &fd_flags.to_ne_bytes(), &heap_flags.to_ne_bytes()].concat()
    }
}

/// Memory to point at, and the descriptors that are open between two questions.
pub struct Asker {
    pub arena: Arena,
    pub page: usize,
    open: OpenFds,
}

impl Asker {
    /// Every descriptor that is used in questions must be open already, or be opened through
    /// [`opening`](Self::opening).
    pub fn new() -> Self {
        let page = crate::sys::system::page_size() as usize;
        let arena = Arena::new(8, page, Reach::Native).expect("there is memory");
        arena.write(0, &vec![GARBAGE; 6 * page]).expect("the arena can be written");
        Self { arena, page, open: OpenFds::now().expect("poll") }
    }

    /// Opens what questions will be about.
    pub fn opening<T>(&mut self, open: impl FnOnce() -> T) -> T {
        let opened = open();
        self.open = OpenFds::now().expect("poll");
        opened
    }

    /// Sends `request` with `argument`, which is cut to the size that the request names.
    pub fn ask(&self, fd: BorrowedFd<'_>, request: u32, argument: &[u8]) -> String {
        let size = argument.len().min(crate::uapi::ioctl::size(request) as usize);
        let mut bytes = argument[..size].to_vec();
        bytes.resize(WATCHED, GARBAGE);
        self.arena.write(0, &bytes).expect("the arena can be written");
        let (result, new) = self.send(fd, request, self.arena.at(0));
        let after = self.arena.read(0, WATCHED).expect("the arena can be read");
        self.describe(result, &new, &bytes, &after)
    }

    /// As [`ask`](Self::ask), with a pointer of one's own; what is written there is not looked at.
    pub fn ask_at(&self, fd: BorrowedFd<'_>, request: u32, pointer: Pointer<'_>) -> String {
        let (result, new) = self.send(fd, request, pointer);
        self.describe(result, &new, &[], &[])
    }

    fn send(&self, fd: BorrowedFd<'_>, request: u32, pointer: Pointer<'_>) -> (Result<u64, Errno>, Vec<OwnedFd>) {
        self.call(RawCall { fd: CallFd::Open(fd), fd_high: 0, request, request_high: 0 }, pointer)
    }

    pub fn call(&self, call: RawCall<'_>, pointer: Pointer<'_>) -> (Result<u64, Errno>, Vec<OwnedFd>) {
        assert!(!FORBIDDEN.contains(&call.request), "{:#x} must never be sent", call.request);
        let result = call.native(pointer);
        (result, OpenFds::appeared_since(&self.open).expect("poll"))
    }

    pub fn describe(&self, result: Result<u64, Errno>, new: &[OwnedFd], before: &[u8], after: &[u8]) -> String {
        let mut text = outcome(result);
        for fd in new {
            text += &format!(", {} {}", buffer(fd.as_fd()), told(fd, after));
        }
        let mut expected = before.to_vec();
        if let ([fd], Some(field)) = (new, expected.get_mut(FD..FD + 4)) {
            let number = fd.as_raw_fd().to_ne_bytes();
            let known = known(fd, after);
            field[..known].copy_from_slice(&number[..known]);
        }
        let changed: Vec<usize> = (0..after.len()).filter(|at| expected[*at] != after[*at]).collect();
        if let (Some(first), Some(last)) = (changed.first(), changed.last()) {
            text += &format!(", wrote {first}..{last}");
        }
        text
    }
}

/// How many bytes of its number the caller received.
fn known(fd: &OwnedFd, after: &[u8]) -> usize {
    let number = fd.as_raw_fd().to_ne_bytes();
    let field = after.get(FD..FD + 4).unwrap_or_default();
    number.iter().zip(field).take_while(|(number, field)| number == field).count()
}

fn told(fd: &OwnedFd, after: &[u8]) -> String {
    match known(fd, after) {
        4 => "told".to_owned(),
        0 => "not told".to_owned(),
        some => format!("told {some} bytes"),
    }
}

/// A descriptor of a buffer: access mode, close-on-exec, size.
fn buffer(fd: BorrowedFd<'_>) -> String {
    let flags = status::open_flags(fd).expect("F_GETFL");
    let access = ACCESS[(flags & 3) as usize];
    let on_exec = if flags & oflags::CLOEXEC != 0 { " cloexec" } else { "" };
    format!("{access}{on_exec} {}", operation::lseek(fd, 0, 2).expect("SEEK_END"))
}

/// A value, or an errno by name.
pub fn outcome(result: Result<u64, Errno>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(errno) => errno_name(errno),
    }
}
