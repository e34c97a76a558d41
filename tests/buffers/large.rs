//! Files that are larger than any should be, or that never end.

use super::recorded::board;
use crate::support::{Board, binary};
use std::fs;
use std::process::Command;

const HEADING: &str = "\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n";

/// A `bufinfo` of this many buffers, each with this many attachments of one device.
fn bufinfo(buffers: u64, devices: usize) -> String {
    let mut text = HEADING.to_owned();
    for inode in 1..=buffers {
        text += &format!("00004096\t01500002\t00080007\t00000001\tsystem\t{inode:08}\tcamera\n\tAttached Devices:\n");
        text += &"\tsoc:camss@ac5a00\n".repeat(devices);
        text += &format!("Total {devices} devices attached\n\n");
    }
    text + &format!("\nTotal {buffers} objects, {} bytes\n", buffers * 4096)
}

/// Whether `dmaheap buffers ARGS` of that board succeeds with so much memory, in KiB. (What getrusage(2) has of a process
/// is at least what the one that started it had.)
fn fits(board: &Board, memory: u64, args: &[&str]) -> bool {
    let path = board.path().to_str().unwrap();
    let script = "ulimit -c 0; ulimit -v \"$0\" && exec \"$DMAHEAP\" buffers --sysroot \"$@\" >/dev/null 2>&1";
    let run =
        Command::new("sh").args(["-c", script, &memory.to_string(), path]).args(args).env("DMAHEAP", binary()).status();
    run.unwrap().success()
}

/// Whether it succeeds with a file of the one text and `more` bytes than what it needs with the other text.
#[track_caller]
fn fits_with(more: usize, [small, large]: [&str; 2], args: &[&str]) -> bool {
    let board = |text| Board::new().file("sys/kernel/debug/dma_buf/bufinfo", text);
    let (small, large) = (board(small), board(large));
    let least = (1..256).map(|mebibytes| mebibytes << 10).find(|memory| fits(&small, *memory, args));
    fits(&large, least.expect("256 MiB suffice") + (more as u64 >> 10), args)
}

#[test]
fn memory_is_for_the_buffers_and_not_for_the_file() {
    let (small, large) = (bufinfo(20, 10), bufinfo(20, 40_000));
    for view in ["buffer", "total"] {
        assert!(fits_with(large.len() / 4, [&small, &large], &["--by", view]), "{view}: {}", large.len());
    }
}

#[test]
fn common_texts_of_buffers_take_memory_once() {
    let (small, large) = (bufinfo(1, 0), bufinfo(100_000, 0));
    assert!(fits_with(3 * large.len(), [&small, &large], &["--by", "total"]), "{}", large.len());
}

#[test]
fn a_list_beyond_all_measure_is_cut_and_said_to_be() {
    let board = Board::new().file("sys/kernel/debug/dma_buf/bufinfo", &bufinfo(150_001, 0));
    assert!(fits(&board, 64 << 10, &["--raw"]));
    let outcome = board.run("buffers", &["--by", "total", "--json"]);
    assert!(outcome.stdout.contains(r#""bufinfo":"more than 150000 buffers""#), "{}", outcome.stdout);
    let outcome = board.run("buffers", &["--raw", "-nv", "-o", "INODE"]);
    assert_eq!(outcome.stdout.lines().count(), 150_000);
    assert!(outcome.stderr.contains("bufinfo is incomplete (more than 150000 buffers)"), "{}", outcome.stderr);
}

/// Files of a machine whose size others decide.
const FILES: [&str; 13] = [
    "etc/passwd",
    "etc/group",
    "proc/config.gz",
    "proc/devices",
    "proc/meminfo",
    "proc/buddyinfo",
    "proc/self/mountinfo",
    "proc/12/fdinfo/3",
    "proc/12/comm",
    "proc/sys/kernel/osrelease",
    "sys/kernel/mm/cma/reserved/total_pages",
    "sys/kernel/debug/cma/reserved/count",
    "sys/kernel/debug/dma_buf/bufinfo",
];

#[test]
fn a_fifo_in_place_of_a_file_is_not_waited_for() {
    for verb in ["buffers", "doctor", "list"] {
        let mut board = board();
        for file in FILES.iter().chain(&["proc/12/maps"]) {
            board = board.file(file, "");
            let path = board.path().join(file);
            fs::remove_file(&path).unwrap();
            nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        }
        let outcome = board.run(verb, &[]);
        assert!([0, 1, 4].contains(&outcome.status), "{}", outcome.transcript());
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read_in_part() {
    let mut board = board();
    for file in FILES {
        board = board.file(file, "");
        // It has no blocks, and zeros wherever it is read.
        fs::File::options().write(true).open(board.path().join(file)).unwrap().set_len(1 << 40).unwrap();
    }
    let outcome = board.run("buffers", &["--raw", "-nv", "-o", "INODE"]);
    assert_eq!(outcome.stdout, "7\n");
    assert!(outcome.stderr.contains("not bufinfo (EFBIG)"), "{}", outcome.stderr);
    for verb in ["doctor", "list"] {
        let outcome = board.run(verb, &[]);
        assert!([0, 1, 4].contains(&outcome.status), "{}", outcome.transcript());
    }
}
