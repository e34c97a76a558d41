//! Files of other machines.

use crate::support::{Board, Outcome, assert_fields};
use serde_json::{Value, json};

pub const BUFINFO: &str = "\nDma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n\
00008192\t02000002\t00080007\t00000003\tsystem\t00000007\tcamera 0\n\
\tAttached Devices:\n\tfe600000.gpu\nTotal 1 devices attached\n\n\
01048576\t02000002\t0008001f\t00000001\treserved\t00000009\t<none>\n\
\tAttached Devices:\nTotal 0 devices attached\n\n\nTotal 2 objects, 1056768 bytes\n";

/// A board with a process that has a descriptor and a mapping of buffer 7, and one with a mapping of it.
pub fn board() -> Board {
    Board::new()
        .link("proc/12/fd/0", "/dev/null")
        .link("proc/12/fd/3", "/dmabuf:camera 0")
        .file(
            "proc/12/fdinfo/3",
            "pos:\t0\nflags:\t02000002\nino:\t7\nsize:\t8192\ncount:\t3\nexp_name:\tsystem\nname:\tcamera 0\n",
        )
        .file("proc/12/comm", "cam\x1b[m\n")
        .file(
            "proc/12/maps",
            "7f00-7f01 r-xp 00000000 00:02 7 /bin/cam\n7f2e4c000000-7f2e4c002000 rw-s 00000000 00:0b 7 /dmabuf:camera 0\n",
        )
        .link("proc/13/fd/1", "/dmabuf:fake")
        .file("proc/13/fdinfo/1", "pos:\t0\nflags:\t02\nino:\t99\n")
        .file("proc/13/comm", "viewer\n")
        .file("proc/13/maps", "7f2e4c000000-7f2e4c002000 rw-s 00000000 00:0b 7 /dmabuf:camera 0\n")
}

#[track_caller]
pub fn rows(outcome: &Outcome) -> Vec<Value> {
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.transcript()));
    document["rows"].as_array().unwrap().clone()
}

#[test]
fn all_sources_are_joined() {
    let board = board().file("sys/kernel/debug/dma_buf/bufinfo", BUFINFO);
    let outcome = board.run("buffers", &["--output-all", "--strict"]);
    assert_eq!(
        outcome.stdout,
        "CHANGE  INODE  SIZE  EXPORTER  NAME      REFS  FDS  MAPS  KERNEL  DEVICES       BY         FENCES  CGROUPS  HOLDERS\n\
         -           7  8KiB  system    camera 0     3    1     2       0  fe600000.gpu  -               0  -        12:cam\\x1b[m 13:viewer\n\
         -           9  1MiB  reserved  -            1    0     0       1  -             importer?       0  -        kernel (importer?)\n"
    );
    assert_eq!(
        (outcome.stderr.as_str(), outcome.status),
        ("dmaheap: 2 buffers, 1.0MiB: 1 held by processes, 8KiB; 1 by the kernel only, 1MiB\n", 0)
    );
}

#[test]
fn without_the_kernels_list_that_is_said_and_strict_fails() {
    let outcome = board().run("buffers", &["--json"]);
    assert_eq!(outcome.status, 0);
    assert_eq!(
        outcome.stderr,
        "dmaheap: 1 buffer, 8KiB: 1 held by processes, 8KiB; buffers held only by the kernel are unknown; \
         -v lists what could not be read\n"
    );
    let verbose = board().run("buffers", &["-v"]);
    assert!(verbose.stderr.contains("those that only the kernel holds are not seen"), "{}", verbose.stderr);
    let rows = rows(&outcome);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        rows[0]["holders"],
        json!([
            {"pid": 12, "command": "cam\u{1b}[m", "fds": 1, "maps": 1},
            {"pid": 13, "command": "viewer", "fds": 0, "maps": 1},
        ])
    );
    assert_fields(&rows[0], &json!({"refs": 3, "kernel": 0, "devices": null}));
    assert_eq!(board().run("buffers", &["--strict"]).status, 1);
}

#[test]
fn a_list_that_is_cut_off_is_no_list() {
    let board = board().file("sys/kernel/debug/dma_buf/bufinfo", &BUFINFO[..BUFINFO.len() - 40]);
    let outcome = board.run("buffers", &["--strict"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.contains("bufinfo (cut off)"), "{}", outcome.stderr);
}

/// As a mailing list has it.
#[test]
fn a_list_with_blanks_for_tabs_is_not_cut_off_but_not_understood() {
    let board = board().file("sys/kernel/debug/dma_buf/bufinfo", &BUFINFO.replace('\t', "        "));
    let outcome = board.run("buffers", &["--strict"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.contains("bufinfo (buffers: 2 announced, 0 understood)"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("cut off"), "{}", outcome.stderr);
}

#[test]
fn statistics_in_sysfs_list_what_no_process_holds() {
    let board = board()
        .file("sys/kernel/dmabuf/buffers/7/exporter_name", "system\n")
        .file("sys/kernel/dmabuf/buffers/7/size", "8192\n")
        .file("sys/kernel/dmabuf/buffers/31/exporter_name", "drm\n")
        .file("sys/kernel/dmabuf/buffers/31/size", "4096\n")
        .file("sys/kernel/dmabuf/buffers/32/size", "no exporter\n");
    let outcome = board.run("buffers", &["--json", "-o", "inode,size,exporter,refs,kernel"]);
    assert_eq!(
        rows(&outcome),
        [
            json!({"inode": 7, "size": 8192, "exporter": "system", "refs": 3, "kernel": 0}),
            json!({"inode": 31, "size": 4096, "exporter": "drm", "refs": null, "kernel": null}),
        ]
    );
}

#[test]
fn buffer_held_by_a_device_only_is_the_kernels() {
    let held = |devices: &str| {
        let lines: String = devices.split(' ').map(|device| format!("\t{device}\n")).collect();
        let total = format!("{lines}Total {} devices attached\n", devices.split(' ').count());
        let text = BUFINFO.replace("Devices:\nTotal 0 devices attached\n", &format!("Devices:\n{total}"));
        let board = board().file("sys/kernel/debug/dma_buf/bufinfo", &text);
        let table = board.run("buffers", &["-n", "--orphans", "-o", "DEVICES,HOLDERS"]).stdout;
        let document = board.run("buffers", &["-J", "--orphans", "-o", "DEVICES,HOLDERS"]);
        (table, rows(&document))
    };
    let one = |devices: &[&str]| vec![json!({"devices": devices, "holders": []})];
    assert_eq!(held("vgem"), ("vgem  kernel (vgem)\n".to_owned(), one(&["vgem"])));
    let often = vec!["vcsm-cma"; 2048];
    assert_eq!(
        held(&format!("{} vgem", often.join(" "))),
        ("vcsm-cma ×2048 vgem  kernel (vcsm-cma ×2048 vgem)\n".to_owned(), one(&[&often[..], &["vgem"]].concat()))
    );
}

#[test]
fn a_document_says_what_could_not_be_read() {
    let unread = |board: &Board, args: &[&str]| {
        let outcome = board.run("buffers", &[&["-J"], args].concat());
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        document["unread"].clone()
    };
    let whole = board().file("sys/kernel/debug/dma_buf/bufinfo", BUFINFO);
    for by in ["buffer", "process", "exporter", "total"] {
        assert_eq!(unread(&whole, &["--by", by]), json!({}));
        assert_eq!(unread(&whole, &["--by", by, "--until-count", "9", "--timeout", "0"]), json!({}));
        let watched = ["--by", by, "--watch", "1", "--timeout", "0"];
        assert_eq!(unread(&board(), &watched), json!({"bufinfo": "ENOENT", "statistics": "ENOENT"}), "{by}");
    }
    let cut = board().file("sys/kernel/debug/dma_buf/bufinfo", &BUFINFO[..BUFINFO.len() - 40]);
    assert_eq!(unread(&cut, &[]), json!({"bufinfo": "cut off", "statistics": "ENOENT"}));
    let sysfs = board().file("sys/kernel/dmabuf/buffers/7/exporter_name", "system\n");
    assert_eq!(unread(&sysfs, &[]), json!({"bufinfo": "ENOENT"}));
    let lists_only = Board::new().file("sys/kernel/debug/dma_buf/bufinfo", BUFINFO);
    assert_eq!(unread(&lists_only, &[]), json!({"proc": "ENOENT"}));
    let old = whole.link("proc/12/fd/4", "/dmabuf:").file("proc/12/fdinfo/4", "size:\t1\nexp_name:\tsystem\n");
    assert_eq!(unread(&old, &[]), json!({"descriptors": 1}));
}

#[test]
fn every_view_has_its_columns() {
    let board = board().file("sys/kernel/debug/dma_buf/bufinfo", BUFINFO);
    for (by, expected) in [
        (
            "process",
            "PID  COMMAND    FDS  MAPS  BUFFERS  SIZE  SHARED\n 12  cam\\x1b[m    1     1        1  8192    4096\n 13  viewer       0     1        1  8192    4096\n",
        ),
        (
            "exporter",
            "EXPORTER  BUFFERS     SIZE  ORPHANS  FDS  MAPS\nreserved        1  1048576        1    0     0\nsystem          1     8192        0    1     2\n",
        ),
        (
            "total",
            "TOTAL   BUFFERS     SIZE\nall           2  1056768\nuser          1     8192\nkernel        1  1048576\n",
        ),
    ] {
        assert_eq!(board.run("buffers", &["-b", "--by", by]).stdout, expected);
        let listed = board.run("buffers", &["--by", by, "-H", "-n", "-o", "COLUMN"]);
        assert!(listed.stdout.contains("CHANGE"), "{}", listed.transcript());
    }
    let sorted = board.run("buffers", &["-n", "-o", "INODE", "--sort", "-INODE"]).stdout;
    assert_eq!(sorted, "9\n7\n");
}

#[test]
fn files_that_are_empty_missing_or_nonsense_are_no_error() {
    let board = Board::new()
        .file("proc/7/maps", "")
        .file("proc/8/fd/3", "no link")
        .file("proc/9/maps", "\u{0}\n7f\n- - - - -\n")
        .link("proc/10/fd/3", "/dmabuf:gone")
        .link("proc/11/fd/x", "/dmabuf:")
        .file("proc/11/fdinfo/x", "exp_name:\tsystem\nino:\t5\n")
        .file("sys/kernel/debug/dma_buf/bufinfo", "");
    let outcome = board.run("buffers", &[]);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("", 0), "{}", outcome.stderr);
    let outcome = Board::new().run("buffers", &["--json"]);
    assert_eq!((rows(&outcome).len(), outcome.status), (0, 0));
}

/// Processes 12 and 14 are in one cgroup, 13 in another, and all hold buffer 7.
fn board_with_cgroups(accounting: &str) -> Board {
    board()
        .file("sys/kernel/debug/dma_buf/bufinfo", BUFINFO)
        .link("proc/14/fd/0", "/dev/null")
        .file("proc/14/maps", "7f2e4c000000-7f2e4c002000 rw-s 00000000 00:0b 7 /dmabuf:camera 0\n")
        .file("proc/12/cgroup", "0::/app/cam\n")
        .file("proc/13/cgroup", "0::/app/view\n")
        .file("proc/14/cgroup", "0::/app/cam\n")
        .file("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
        .file("sys/module/dma_heap/parameters/mem_accounting", accounting)
        .file("sys/fs/cgroup/app/cam/memory.current", "1052672\n")
}

#[test]
fn a_cgroup_holds_a_buffer_once_and_its_processes_their_parts() {
    let table = |accounting: &str, cam: &str| {
        let shown = board_with_cgroups(accounting).run("buffers", &["-b", "--by", "cgroup"]).stdout;
        let expected = [
            ["CGROUP", "PROCESSES", "BUFFERS", "SIZE", "SHARED", "CURRENT"],
            ["/app/cam", "2", "1", "8192", "5460", cam],
            ["/app/view", "1", "1", "8192", "2730", "-"],
        ];
        assert_eq!(crate::support::words(&shown), expected, "{shown}");
    };
    table("Y\n", "1052672");
    table("N\n", "-");
    let board = board_with_cgroups("N\n");
    let of = |args: &[&str]| board.run("buffers", &[&["-n"], args].concat()).stdout;
    assert_eq!(of(&["-o", "INODE,CGROUPS"]), "7  /app/cam /app/view\n9  -\n");
    assert_eq!(of(&["--by", "process", "-o", "PID,CGROUP"]), "12  /app/cam\n13  /app/view\n14  /app/cam\n");
    assert_eq!(of(&["--by", "process", "-o", "PID", "--sort", "-CGROUP"]), "13\n12\n14\n");
}

#[test]
fn processes_whose_cgroup_cannot_be_read_are_a_row_of_their_own() {
    let outcome = board().run("buffers", &["-J", "--by", "cgroup", "-o", "CGROUP,PROCESSES,CURRENT"]);
    assert_eq!(rows(&outcome), [json!({"cgroup": null, "processes": 2, "current": null})]);
}

#[test]
fn command_lines_that_make_no_sense_are_refused() {
    for (args, message) in [
        (&["--timeout", "1"][..], "--timeout needs --watch or --until-count"),
        (&["--watch", "0"], "invalid value '0' for '--watch <SECONDS>': the shortest interval is 0.1"),
        (&["--sort", "x"], "unknown column 'x' (columns: CHANGE INODE "),
        (&["--by", "process", "-o", "inode"], "unknown column 'inode' (columns: CHANGE PID "),
        (&["--name", "[a"], "invalid value '[a' for '--name <GLOB>': "),
        (&["--diff"], "missing --watch <SECONDS>"),
    ] {
        let stderr = Board::new().run("buffers", args).failure(2);
        assert!(stderr.starts_with(&format!("dmaheap: {message}")), "{stderr}");
    }
}

#[test]
fn of_many_processes_each_is_read_once_and_in_its_place() {
    const PROCESSES: u64 = 450;
    // Each holds a buffer of its own, and every third one another that they share.
    let mut board = Board::new();
    for pid in 1..=PROCESSES {
        let hold = |board: Board, fd: u64, inode: u64| {
            let info = format!("pos:\t0\nino:\t{inode}\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n");
            board.link(&format!("proc/{pid}/fd/{fd}"), "/dmabuf:").file(&format!("proc/{pid}/fdinfo/{fd}"), &info)
        };
        board = hold(board, 3, pid + 1000).file(&format!("proc/{pid}/comm"), &format!("c{pid}\n"));
        if pid % 3 == 0 {
            board = hold(board, 4, 7);
        }
    }
    let outcome = board.run("buffers", &["-nv", "-o", "INODE,HOLDERS"]);
    let shared: Vec<String> = (3..=PROCESSES).step_by(3).map(|pid| format!("{pid}:c{pid}")).collect();
    let own = (1..=PROCESSES).map(|pid| format!("{} {pid}:c{pid}", pid + 1000));
    let expected: Vec<String> = std::iter::once(format!("7 {}", shared.join(" "))).chain(own).collect();
    let lines = outcome.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    assert!(outcome.stderr.starts_with("dmaheap: read /proc (450 processes, 0 not readable), "), "{}", outcome.stderr);
}
