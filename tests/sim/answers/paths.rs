//! What can be asked by path, and every way to say which path.

use super::asker::outcome;
use super::sheet::Sheet;
use crate::sys::Errno;
use crate::sys::fd::{file, status};
use crate::sys::probe::operation;
use crate::uapi::fcntl;
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A system call as it is, with whatever flags.
fn call(number: libc::c_long, arguments: [usize; 5]) -> Result<u64, Errno> {
    let [a, b, c, d, e] = arguments;
    // SAFETY: every pointer among the arguments is to a live buffer of the size that the call is given or
    // knows; the callers below pass nothing else.
    Errno::result(unsafe { libc::syscall(number, a, b, c, d, e) }).map(|answer| answer as u64)
}

const HERE: usize = libc::AT_FDCWD as usize;

/// The size that stat(2) returns.
fn stat(path: &Path) -> Result<u64, Errno> {
    std::fs::metadata(path).map(|meta| meta.len()).map_err(|error| file::errno_of(&error))
}

fn text(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("no NUL")
}

/// Open flags of what a call that opens has opened.
fn opened(answer: Result<u64, Errno>) -> String {
    let Ok(fd) = answer else { return outcome(answer) };
    // SAFETY: the call that has just answered made it for nobody else.
    let fd = unsafe { OwnedFd::from_raw_fd(fd as i32) };
    format!("{:#o}", status::file_flags(fd.as_fd()).expect("F_GETFL"))
}

pub fn ask(sheet: &mut Sheet, node: &Path) {
    let class = Path::new("/sys/class/dma_heap");
    let directory = node.parent().expect("it is in a directory");
    let heap = class.join(node.strip_prefix(directory).expect("it is"));
    let number = heap.join("dev");
    for (what, path) in [
        ("the node", node),
        ("the directory", directory),
        ("the class", class),
        ("the link in the class", &heap),
        ("the number", &number),
    ] {
        ask_about(sheet, what, path);
    }
    how(sheet, node, directory, &number);
    ways(sheet, node);
}

#[cfg(target_pointer_width = "64")]
const FSTATAT: libc::c_long = libc::SYS_newfstatat;
#[cfg(target_pointer_width = "32")]
const FSTATAT: libc::c_long = libc::SYS_fstatat64;

fn ask_about(sheet: &mut Sheet, what: &str, path: &Path) {
    let name = text(path);
    let address = name.as_ptr() as usize;
    let mut place = [0_u64; 64];
    let into = place.as_mut_ptr() as usize;
    // Whether one may write depends on who one is.
    let access = |mode: usize| outcome(call(libc::SYS_faccessat, [HERE, address, mode, 0, 0]));
    sheet.note_each(format!("access of {what}, mode"), [0, 4, 1, 5, 8].map(|mode| (mode as u64, access(mode))));
    let bits = || (0..32).map(|bit| (bit, 1_usize << bit));
    let with = |flags: usize| outcome(call(libc::SYS_faccessat2, [HERE, address, 4, flags, 0]));
    sheet.note_each(format!("faccessat2 of {what}, flag bit"), bits().map(|(bit, flags)| (bit, with(flags))));
    let with = |flags: usize| outcome(call(FSTATAT, [HERE, address, into, flags, 0]));
    sheet.note_each(format!("fstatat of {what}, flag bit"), bits().map(|(bit, flags)| (bit, with(flags))));
    let statx = |flags: usize, mask: usize| outcome(call(libc::SYS_statx, [HERE, address, flags, mask, into]));
    sheet.note_each(format!("statx of {what}, flag bit"), bits().map(|(bit, flags)| (bit, statx(flags, 0x7ff))));
    sheet.note(format!("statx of {what}, both kinds of synchronisation"), statx(0x6000, 0x7ff));
    sheet.note_each(format!("statx of {what}, mask bit"), bits().map(|(bit, mask)| (bit, statx(0, mask))));
    let look = |flags: usize| {
        let mut answer = [0_u8; 256];
        call(libc::SYS_statx, [HERE, address, flags, 0x7ff, answer.as_mut_ptr() as usize]).expect("statx");
        let mode = u16::from_ne_bytes([answer[28], answer[29]]);
        let size = u64::from_ne_bytes(answer[40..48].try_into().expect("eight bytes"));
        let kind = mode & 0o170_000;
        // Links are as long as they are; how many objects a directory seems to have is not a promise.
        if kind == 0o100_000 { format!("{mode:#o}, {size} bytes") } else { format!("type {kind:#o}") }
    };
    sheet.note(format!("statx of {what} tells"), look(0));
    sheet.note(format!("statx of {what} itself tells"), look(0x100));
    for attribute in [c"user.x", c"security.capability"] {
        let answer = call(libc::SYS_getxattr, [address, attribute.as_ptr() as usize, into, 64, 0]);
        sheet.note(format!("getxattr {} of {what}", attribute.to_string_lossy()), outcome(answer));
    }
    let file_system = nix::sys::statfs::statfs(path).expect("statfs").filesystem_type();
    sheet.note(format!("statfs of {what}"), format!("{:#x}", file_system.0));
    // Processors that came after openat(2) have no creat(2).
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    sheet.note(format!("creat of {what}"), opened(call(libc::SYS_creat, [address, 0o600, 0, 0, 0])));
    sheet.note(format!("truncate of {what} to -1"), outcome(truncate(path, -1)));
}

fn truncate(path: &Path, len: i64) -> Result<u64, Errno> {
    call(libc::SYS_truncate, [text(path).as_ptr() as usize, len as usize, 0, 0, 0])
}

/// `struct open_how` in all ways that are wrong, and in those that keep to a place.
fn how(sheet: &mut Sheet, node: &Path, directory: &Path, number: &Path) {
    let open = |base: usize, path: &Path, words: &[u64], size: usize| {
        let mut bytes = [0_u64; 8];
        bytes[..words.len()].copy_from_slice(words);
        let name = text(path);
        let arguments = [base, name.as_ptr() as usize, bytes.as_ptr() as usize, size, 0];
        opened(call(libc::SYS_openat2, arguments))
    };
    let read_write = 2;
    for size in [0, 8, 23, 24, 32, 40] {
        sheet.note(format!("openat2 of the node, {size} bytes"), open(HERE, node, &[read_write], size));
    }
    sheet.note("openat2 of the node, a tail", open(HERE, node, &[read_write, 0, 0, 1], 32));
    let bits = || (0..64).map(|bit| (bit, 1_u64 << bit));
    sheet.note_each("openat2 of the node, mode bit", bits().map(|(bit, mode)| (bit, open(HERE, node, &[2, mode], 24))));
    // What O_CREAT and O_TMPFILE do needs a mode, and files are not made here.
    let known = u64::from(fcntl::O_CREAT | fcntl::O_TMPFILE_ONLY);
    let flags = bits().filter(|(_, flag)| flag & known == 0);
    sheet.note_each("openat2 of the node, flag bit", flags.map(|(bit, flag)| (bit, open(HERE, node, &[flag], 24))));
    for (name, path) in [("node", node), ("number", number)] {
        // RESOLVE_CACHED answers what happens to be in the cache, RESOLVE_IN_ROOT where one happens to be.
        let resolve = bits().filter(|(bit, _)| !matches!(bit, 4 | 5));
        let answers = resolve.map(|(bit, resolve)| (bit, open(HERE, path, &[0, 0, resolve], 24)));
        sheet.note_each(format!("openat2 of the {name}, resolve bit"), answers);
    }
    sheet.note("openat2 of the node, beneath and in root", open(HERE, node, &[0, 0, 0x18], 24));
    let name = Path::new(node.file_name().expect("a name"));
    let above = Path::new("..").join(directory.file_name().expect("a name")).join(name);
    for (start, path) in
        [("/dev/dma_heap", name), ("/dev/dma_heap", &above), ("/dev", &Path::new("dma_heap").join(name))]
    {
        let base = file::open(Path::new(start), file::Purpose::Read).expect("a directory");
        for resolve in [1, 2, 4, 8, 16] {
            let answer = open(base.as_raw_fd() as usize, path, &[0, 0, resolve], 24);
            // The heap has another name elsewhere.
            let shown = path.display().to_string().replace(&name.display().to_string(), "HEAP");
            sheet.note(format!("openat2 of {shown} in {start}, resolve {resolve:#x}"), answer);
        }
    }
}

/// Paths with something on the way.
fn ways(sheet: &mut Sheet, node: &Path) {
    let long = "x".repeat(400);
    let node = node.strip_prefix("/").expect("it is absolute").display();
    for (name, path) in [
        ("through what is not there", format!("/nonexistent/../{node}")),
        ("through a file", format!("/proc/version/../../{node}")),
        ("through the root of a process", format!("/proc/self/root/{node}")),
        ("with a long name in the directory", format!("/dev/dma_heap/{long}")),
        ("with a long name in the class", format!("/sys/class/dma_heap/{long}")),
    ] {
        let path = PathBuf::from(path);
        sheet.note(format!("open {name}"), outcome(operation::open(&path, 0).map(|_| 0)));
        sheet.note(format!("stat {name}"), outcome(stat(&path).map(|_| 0)));
    }
}

/// Every spelling of the link of /proc to a descriptor.
pub fn ask_links(sheet: &mut Sheet, fd: BorrowedFd<'_>, subject: &str) {
    let number = fd.as_raw_fd();
    let (process, thread) = (std::process::id(), nix::unistd::gettid());
    for (name, path) in [
        ("/proc/self/fd/N", format!("/proc/self/fd/{number}")),
        ("/proc/thread-self/fd/N", format!("/proc/thread-self/fd/{number}")),
        ("/proc/self/task/TID/fd/N", format!("/proc/self/task/{thread}/fd/{number}")),
        ("/proc/PID/task/TID/fd/N", format!("/proc/{process}/task/{thread}/fd/{number}")),
        ("/proc/PID/fd/N", format!("/proc/{process}/fd/{number}")),
        ("/proc/TID/fd/N", format!("/proc/{thread}/fd/{number}")),
        ("//proc//./self/../self/fd/N", format!("//proc//./self/../self/fd/{number}")),
        ("/proc/self/root/proc/self/fd/N", format!("/proc/self/root/proc/self/fd/{number}")),
        ("/proc/self/fd/N/", format!("/proc/self/fd/{number}/")),
        ("/proc/self/fd/N/x", format!("/proc/self/fd/{number}/x")),
    ] {
        let path = PathBuf::from(path);
        let mut note = |what: &str, answer| sheet.note(format!("{subject} {what} {name}"), outcome(answer));
        note("opened by", operation::open(&path, 2).map(|_| 0));
        note("truncated by", truncate(&path, 1 << 20));
        note("stat by", stat(&path));
    }
    for (base, rest) in [("/proc/self/fd", ""), ("/proc/self", "fd/"), ("/proc", "self/fd/"), ("/", "proc/self/fd/")] {
        let start = file::open(Path::new(base), file::Purpose::Read).expect("a directory");
        let name = text(Path::new(&format!("{rest}{number}")));
        let answer = call(libc::SYS_openat, [start.as_raw_fd() as usize, name.as_ptr() as usize, 2, 0, 0]);
        sheet.note(format!("{subject} opened by {rest}N in {base}"), opened(answer));
    }
}
