//! What is left when a soak has ended, on a real kernel, which lists all dma-bufs.

use super::reports;
use crate::support::{Ground, Held, binary};
use crate::sys::fd::descriptor;
use crate::sys::pass::socket::{self, Waiting};
use crate::sys::process::signals;
use nix::sys::signal::Signal;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

/// A soak that lasts until it is asked to end.
fn soak() -> Child {
    assert_eq!(Ground::current(), Ground::Kernel);
    let args = ["stress", "--seed", "1", "--jobs", "1", "--duration", "1h", "--report", "10ms", "-J"];
    Command::new(binary()).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Ends it; answers its status and what it wrote.
fn end(mut soak: Child) -> (Option<i32>, String, String) {
    signals::send(soak.id(), Signal::SIGTERM as i32).unwrap();
    let mut stdout = String::new();
    soak.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    let mut stderr = String::new();
    soak.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (soak.wait().unwrap().code(), stdout, stderr)
}

/// A descriptor that is on its way through this socket belongs to no process.
fn in_flight(fd: BorrowedFd<'_>) -> (UnixStream, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    assert_eq!(socket::send(ours.as_fd(), b"x", &[fd], Waiting::Yes), Ok(1));
    (ours, theirs)
}

/// A duplicate of some buffer of the soak `pid`, as soon as there is one that has its name.
fn stolen(pid: u32) -> File {
    let process = descriptor::process(pid).unwrap();
    loop {
        for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
            let number: i32 = entry.file_name().to_str().unwrap().parse().unwrap();
            // It may be closed by then, or be another file.
            let Ok(copy) = descriptor::of_process(process.as_fd(), number) else { continue };
            let link = std::fs::read_link(format!("/proc/self/fd/{}", copy.as_raw_fd())).unwrap();
            if link.to_str().is_some_and(|link| link.starts_with(&format!("/dmabuf:stress-{pid:x}-"))) {
                return copy.into();
            }
        }
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_buffer_that_no_process_holds_any_more_is_found_and_named_with_the_seed() {
    let soak = soak();
    let buffer = stolen(soak.id());
    let (inode, size) = {
        let status = buffer.metadata().unwrap();
        (status.ino(), status.len())
    };
    let _way = in_flight(buffer.as_fd());
    drop(buffer);
    let (status, stdout, stderr) = end(soak);
    assert_eq!(status, Some(1), "{stderr}");
    let failure = format!("free dma-buf {inode}: {size} bytes of system are left");
    let hint = "hint: repeat the run with --seed 1 --jobs 1 and the same other options";
    assert_eq!(stderr, format!("dmaheap: seed 1 jobs 1\ndmaheap: {failure}\n{hint}\n"));
    let total = reports(&stdout).pop().unwrap();
    assert_eq!(total["failures"], serde_json::json!([failure]), "{total}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_buffer_of_somebody_else_is_not_taken_for_one_of_the_run() {
    let mut soak = soak();
    // It has begun when it reports.
    let mut reader = BufReader::new(soak.stdout.take().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    let held = Held::new(8192);
    let _way = in_flight(held.0.as_fd());
    drop(held);
    soak.stdout = Some(reader.into_inner());
    let (status, _, stderr) = end(soak);
    assert_eq!((status, stderr.as_str()), (Some(143), "dmaheap: seed 1 jobs 1\n"));
}
