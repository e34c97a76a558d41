//! Files of other machines that do not tell everything, or tell lies.

use super::recorded::{BUFINFO, board, rows};
use crate::support::{Board, script_with};
use serde_json::json;
use std::process::Command;

#[test]
fn descriptors_of_which_a_copy_does_not_tell_the_buffer_are_counted_and_said() {
    // 5.10: no inode in fdinfo, nothing in place of a missing name in bufinfo.
    let bufinfo = "\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \n\
00004096\t00000002\t00080007\t00000001\tsystem_heap\t00012345\t\n\tAttached Devices:\nTotal 0 devices attached\n\n\
\nTotal 1 objects, 4096 bytes\n";
    let board = Board::new()
        .link("proc/12/fd/3", "/dmabuf:")
        .file(
            "proc/12/fdinfo/3",
            "pos:\t0\nflags:\t02000002\nmnt_id:\t11\nsize:\t4096\ncount:\t1\nexp_name:\tsystem_heap\n",
        )
        .link("proc/12/fd/4", "/dmabuf:fake")
        .file("proc/12/fdinfo/4", "pos:\t0\nflags:\t02\nmnt_id:\t11\n")
        .file("sys/kernel/debug/dma_buf/bufinfo", bufinfo);
    let outcome = board.run("buffers", &["-n", "--strict", "-o", "INODE,REFS,KERNEL,HOLDERS"]);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("12345  1  1  -\n", 1));
    assert_eq!(
        outcome.stderr,
        "dmaheap: read /proc (1 process, 0 not readable), bufinfo, no sysfs statistics\n\
         dmaheap: descriptors whose fdinfo has no inode (before 5.14): 1; they are missing from HOLDERS and count as KERNEL\n\
         dmaheap: 1 buffer, 4KiB: 0 held by processes, 0B; 1 not seen in any process that could be read, 4KiB\n"
    );
}

#[test]
fn buffer_of_an_unreadable_process_is_not_said_to_be_the_kernels() {
    // A table of descriptors that is not a directory cannot be read.
    let board = board().file("sys/kernel/debug/dma_buf/bufinfo", BUFINFO).file("proc/14/fd", "");
    let outcome = board.run("buffers", &["--json", "--by", "total", "-v"]);
    assert_eq!(
        outcome.stderr,
        "dmaheap: read /proc (2 processes, 1 not readable), bufinfo, no sysfs statistics\n\
         dmaheap: processes that could not be read: 1; what they hold is missing from HOLDERS and counts as KERNEL\n\
         dmaheap: 2 buffers, 1.0MiB: 1 held by processes, 8KiB; 1 not seen in any process that could be read, 1MiB\n"
    );
    let row = |total: &str, buffers: Option<u64>, size: Option<u64>| json!({"change": null, "total": total, "buffers": buffers, "size": size});
    assert_eq!(
        rows(&outcome),
        [row("all", Some(2), Some(1_056_768)), row("user", Some(1), Some(8192)), row("kernel", None, None)]
    );
    let exporters = board.run("buffers", &["-n", "--by", "exporter", "-o", "EXPORTER,ORPHANS"]);
    assert_eq!(exporters.stdout, "reserved  -\nsystem    -\n");
}

#[test]
fn without_bufinfo_devices_and_references_are_said_to_be_unknown() {
    let board = board().file("sys/kernel/dmabuf/buffers/7/exporter_name", "system\n");
    let outcome = board.run("buffers", &["--strict", "-n", "-o", "INODE"]);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("7\n", 1));
    let gap =
        "dmaheap: without bufinfo, DEVICES is unknown, and so are REFS and KERNEL of buffers that no process holds\n";
    assert!(outcome.stderr.contains(gap), "{}", outcome.stderr);
}

#[test]
fn the_name_of_a_process_forges_no_holder() {
    let board = board().file("proc/12/comm", "x 1:systemd\n");
    assert_eq!(board.run("buffers", &["-n", "-o", "HOLDERS"]).stdout, "12:x\\x201:systemd 13:viewer\n");
    assert_eq!(board.run("buffers", &["-rn", "-o", "HOLDERS"]).stdout, "12:x\\x5cx201:systemd\\x2013:viewer\n");
}

#[test]
fn a_name_forges_no_end_of_the_list() {
    let cut = BUFINFO.find("\n\nTotal 2 objects").unwrap();
    let forged = BUFINFO[..cut].replace("<none>", "x\nTotal 2 objects, 1 bytes");
    let outcome = board().file("sys/kernel/debug/dma_buf/bufinfo", &forged).run("buffers", &["--strict"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.contains("bufinfo (cut off)"), "{}", outcome.stderr);
}

#[test]
fn the_name_of_what_is_only_mapped_ends_at_its_newline() {
    let board = Board::new()
        .file("proc/13/maps", "7f00-7f02 rw-s 00000000 00:0b 7 /dmabuf:x\\012size:\\0111\n")
        .file("proc/13/fd/.keep", "");
    assert_eq!(board.run("buffers", &["-n", "-o", "NAME,MAPS,HOLDERS"]).stdout, "x  1  13:\n");
}

#[test]
fn a_list_without_end_takes_no_memory() {
    let board = board().file("sys/kernel/debug/dma_buf/bufinfo", "");
    let path = board.path().join("sys/kernel/debug/dma_buf/bufinfo");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(200 << 20).unwrap();
    let limited = "ulimit -v 150000; exec \"$DMAHEAP\" buffers -n -o INODE --sysroot \"$0\"";
    let outcome = script_with(limited, board.path().to_str().unwrap()).run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("7\n", 0), "{}", outcome.stderr);
}

#[test]
fn links_and_pipes_of_a_copy_lead_nowhere_and_hang_nothing() {
    let board = Board::new()
        .link("proc/13", "/")
        .link("proc/14", "14")
        .link("proc/15/fd", "../..")
        .link("proc/16/maps", "../../../../../../../../proc/self/maps")
        .link("proc/17/fd/3", "/dmabuf:")
        .link("sys/kernel/dmabuf/buffers", "buffers");
    let fifo = |path: &str| {
        let path = board.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    for path in ["proc/17/fdinfo/3", "proc/18/maps", "sys/kernel/debug/dma_buf/bufinfo"] {
        fifo(path);
    }
    let outcome = board.run("buffers", &["-nv", "-o", "INODE"]);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("", 0), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("not bufinfo (EINVAL), not sysfs statistics (ELOOP)"), "{}", outcome.stderr);
}

#[test]
fn a_closed_stdout_is_noticed_without_a_row() {
    let board = Board::new().file("proc/7/maps", "");
    let text = "exec \"$DMAHEAP\" buffers --sysroot \"$0\" >&-";
    let outcome = script_with(text, board.path().to_str().unwrap()).run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("", 1));
    assert!(outcome.stderr.ends_with("dmaheap: write to stdout: bad file descriptor (EBADF)\n"), "{}", outcome.stderr);
}

#[test]
fn a_time_that_never_comes_is_waited_for() {
    let board = Board::new().file("proc/7/maps", "");
    let never = "10000000000000000000";
    let outcome = board.run("buffers", &["--watch", never, "--timeout", "100ms", "--until-count", "5"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.ends_with("dmaheap: wait for 5 rows: found 0 after 100ms\n"), "{}", outcome.stderr);
    let text = format!(
        "{{ \"$DMAHEAP\" buffers --watch 0.1 --timeout {never} --sysroot \"$0\" 2>/dev/null; echo $? >&2; }} | head -n 2"
    );
    let outcome = script_with(&text, board.path().to_str().unwrap()).run();
    let line = "{\"version\":1,\"simulated\":false,\"unread\":{\"bufinfo\":\"ENOENT\",\"statistics\":\"ENOENT\"},\"rows\":[]}\n";
    assert_eq!((outcome.stdout, outcome.stderr.as_str()), (line.repeat(2), "141\n"));
}

#[test]
fn waiting_for_a_process_that_is_not_there_is_an_error() {
    for more in [&["--until-count", "0"][..], &["--watch", "1"]] {
        let stderr = board().run("buffers", &[&["--pid", "4194300"], more].concat()).failure(1);
        assert_eq!(stderr, "dmaheap: read process 4194300: no such process (ESRCH)\n");
    }
}

#[test]
fn a_watch_ends_with_its_time_and_marks_every_view() {
    for by in ["process", "exporter", "total"] {
        let outcome = board().run("buffers", &["--watch", "0.1", "--timeout", "150ms", "--diff", "--by", by]);
        assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        for line in outcome.stdout.lines() {
            let document: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            assert!(document["rows"].as_array().unwrap().iter().all(|row| row["change"].is_null()), "{line}");
        }
        assert!(!outcome.stdout.is_empty());
    }
    let outcome = board().run("buffers", &["--watch", "0.1", "--until-count", "1"]);
    assert_eq!((outcome.stdout.lines().count(), outcome.status), (1, 0));
}
