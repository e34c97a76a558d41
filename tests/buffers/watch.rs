//! Looking again and again.

use super::recorded::board;
use crate::support::{Board, Held, binary, terminal};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

fn start(args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.arg("buffers").args(args).stdin(Stdio::null()).env_clear().env("TERM", "xterm").stderr(Stdio::null());
    command
}

/// Lines of a child until one is as wanted.
#[track_caller]
fn wait_for(lines: &mut impl Iterator<Item = std::io::Result<String>>, wanted: impl Fn(&[Value]) -> bool) -> Value {
    for line in lines {
        let line = line.expect("a line");
        let document: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line}"));
        if wanted(document["rows"].as_array().expect("rows")) {
            return document;
        }
    }
    panic!("the stream ended");
}

/// The shell that runs this in the background has SIGINT ignored, which a program started by hand has not.
fn listen_to_ctrl_c() {
    use nix::sys::signal::{SigHandler, signal};
    // SAFETY: the default action runs no code of this process.
    unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }.expect("a disposition");
}

fn stop(mut child: Child) -> Option<i32> {
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).expect("it lives");
    child.wait().expect("it ends").signal()
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_stream_marks_what_came_went_and_grew_since_the_start() {
    listen_to_ctrl_c();
    let first = Held::new(4096).named(c"first");
    let (inode, grown) = (first.inode(), Held::new(8192));
    let mut child = start(&["--watch", "0.1", "--diff"]).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let is = |row: &Value, inode: u64, change: &str| row["inode"] == inode && row["change"] == change;
    let document = wait_for(&mut lines, |rows| rows.len() == 2);
    assert!(document["rows"].as_array().unwrap().iter().all(|row| row["change"].is_null()), "{document}");
    let _second = grown.duplicate();
    wait_for(&mut lines, |rows| rows.iter().any(|row| is(row, grown.inode(), "grew")));
    let new = Held::new(4096);
    wait_for(&mut lines, |rows| rows.iter().any(|row| is(row, new.inode(), "came")));
    drop(first);
    let document = wait_for(&mut lines, |rows| rows.iter().any(|row| is(row, inode, "went")));
    assert_eq!(document["rows"].as_array().unwrap().len(), 3);
    assert_eq!(stop(child), Some(Signal::SIGINT as i32));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_script_can_wait_for_a_count() {
    let held = Held::new(4096).named(c"awaited");
    let mut child = start(&["-v", "--name", "awaited", "--until-count", "0", "--timeout", "5m"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // It says what it could read when it has looked for the first time.
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("dmaheap: read /proc ("), "{line}");
    assert!(child.try_wait().unwrap().is_none());
    drop(held);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn waiting_in_vain_ends_with_the_count_that_there_is() {
    let _held = Held::new(4096);
    let args = ["buffers", "-nb", "-o", "SIZE", "--until-count", "7", "--timeout", "100ms"];
    let outcome = crate::support::bare(args).among_others().run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("4096\n", 1));
    assert!(outcome.stderr.ends_with("dmaheap: wait for 7 rows: found 1 after 100ms\n"), "{}", outcome.stderr);
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_terminal_is_redrawn_until_ctrl_c() {
    listen_to_ctrl_c();
    let held = Held::new(4096).named(c"shown");
    let pty = nix::pty::openpty(None, None).expect("a terminal");
    let child = start(&["--watch", "0.1"]).stdout(Stdio::from(pty.slave)).spawn().expect("it starts");
    let (mut terminal, mut shown, mut buffer) = (File::from(pty.master), String::new(), [0; 4096]);
    while shown.matches("\x1b[H\x1b[J").count() < 2 {
        let length = terminal.read(&mut buffer).expect("frames");
        shown.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    assert_eq!(stop(child), Some(Signal::SIGINT as i32));
    assert!(shown.contains("INODE") && shown.contains("shown") && shown.contains("1 buffer, 4KiB"), "{shown}");
    drop(held);
}

/// Everything that a terminal of 8 lines and 80 columns gets from `buffers --watch` on a board until it ends.
fn shown(board: &Board, term: &str) -> String {
    let (mut terminal, slave) = terminal(8, 80);
    let args = ["--sysroot", board.path().to_str().unwrap(), "--watch", "0.1", "--timeout", "150ms", "-o", "INODE"];
    let mut command = start(&args);
    let mut child = command.env("TERM", term).stdout(Stdio::from(slave)).spawn().expect("it starts");
    // It also holds the other side of the terminal.
    drop(command);
    let mut shown = Vec::new();
    // EIO when nobody holds the other side any more.
    let _ = terminal.read_to_end(&mut shown);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    String::from_utf8(shown).expect("text")
}

#[test]
fn a_frame_fits_the_terminal_and_says_what_it_does_not_show() {
    let record = |inode: u64| format!("00004096\t02000002\t00080007\t00000001\tsystem\t{inode:08}\t<none>\n");
    let records: String = (10..30).map(record).collect();
    // Its end is missing, so there is something to report.
    let board = board().file("sys/kernel/debug/dma_buf/bufinfo", &records);
    let text = shown(&board, "xterm");
    let frames: Vec<&str> = text.split("\x1b[H\x1b[J").skip(1).collect();
    assert!(!frames.is_empty());
    let expected = "INODE\r\n    7\r\n   10\r\n   11\r\n18 more\r\n\
                    21 buffers, 88KiB: 1 held by processes, 8KiB; buffers held only by the kernel\r\n\x20 are unknown; -v lists what could not be read\r\n";
    // The line about the totals takes two rows of the eight.
    assert!(frames.iter().all(|frame| *frame == expected), "{frames:#?}");
}

#[test]
fn a_dumb_terminal_gets_no_sequences_and_everything() {
    let text = shown(&board(), "dumb");
    assert!(!text.contains('\x1b') && text.starts_with("INODE\r\n    7\r\n1 buffer, 8KiB: "), "{text}");
}
