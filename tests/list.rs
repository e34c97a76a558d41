//! `dmaheap list`

use crate::support::{Board, Ground, assert_fields, bare, binary, dmaheap, script};
use serde_json::json;
use std::fs;

#[test]
fn the_system_heap_is_there_and_may_be_used() {
    let rows = dmaheap(["list", "--json", "system"]).run().rows();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row["name"], "system");
    assert_eq!(row["kind"], json!({"value": "system", "inferred": true}));
    assert_eq!(row["access"], "ok");
    assert_eq!(row["maj_min"], row["class_maj_min"]);
    assert_eq!(row["path"], "/dev/dma_heap/system");
    assert!(row["mode"].as_str().is_some_and(|mode| mode.starts_with("crw")));
    assert!(row["free"].as_u64() > Some(0));
}

#[test]
fn the_default_columns_are_those_promised() {
    let table = dmaheap(["list", "system"]).run().success();
    let words: Vec<&str> = table.split_whitespace().collect();
    assert_eq!(words[..8], ["NAME", "KIND", "MODE", "OWNER", "ACCESS", "FREE", "system", "system?"], "{table}");
    assert!(table.lines().all(|line| line.len() <= 80), "{table}");
}

#[test]
fn a_heap_that_is_not_there_does_not_hide_the_others() {
    let outcome = dmaheap(["list", "-n", "-o", "NAME", "nowhere", "system"]).run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("system\n", 1));
    assert!(
        outcome.stderr.starts_with("dmaheap: open heap nowhere: no such heap (ENOENT)\nhint: heaps here: "),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_path_is_shown_by_its_path_and_with_what_it_is() {
    let rows = dmaheap(["list", "-J", "/dev/dma_heap/system", "/dev/null"]).run();
    assert_eq!(rows.status, 0, "{}", rows.stderr);
    let rows = crate::support::rows(&rows.stdout);
    assert_fields(&rows[0], &json!({"name": "/dev/dma_heap/system", "access": "ok"}));
    assert_eq!(rows[0]["kind"]["value"], "system");
    assert_fields(&rows[1], &json!({"name": "/dev/null", "access": "not-a-heap"}));
    assert_eq!(rows[1]["maj_min"], "1:3");
}

#[test]
fn a_closed_stdout_and_a_full_disk_are_errors_and_a_broken_pipe_is_the_end() {
    assert_eq!(
        script("exec \"$DMAHEAP\" list >&-").run().failure(1),
        "dmaheap: write to stdout: bad file descriptor (EBADF)\n"
    );
    assert_eq!(
        script("exec \"$DMAHEAP\" list -J >/dev/full").run().failure(1),
        "dmaheap: write to stdout: no space left on device (ENOSPC)\n"
    );
    // A pipe whose reader is gone before the tool starts; 141 is 128 + SIGPIPE.
    let stderr = script(&without_reader("\"$DMAHEAP\" list; echo $? >&2")).run().failure(0);
    assert_eq!(stderr, "141\n");
}

/// `commands` with a pipe as stdout whose reader has gone before they begin.
fn without_reader(commands: &str) -> String {
    format!(
        "dir=$(mktemp -d); mkfifo \"$dir/gone\"
         {{ read -r _ <\"$dir/gone\"; {commands}; }} | {{ exec <&-; echo >\"$dir/gone\"; }}
         rm -r \"$dir\""
    )
}

#[test]
fn a_sigpipe_that_the_caller_ignores_stays_ignored() {
    let text = without_reader("trap '' PIPE; \"$DMAHEAP\" list; echo $? >&2");
    assert_eq!(script(&text).run().failure(0), "dmaheap: write to stdout: broken pipe (EPIPE)\n1\n");
}

/// `dmaheap list --sysroot` of some board.
#[track_caller]
fn list(board: &Board, args: &[&str]) -> crate::support::Outcome {
    board.run("list", args)
}

const MEMINFO: &str = "MemTotal: 1048576 kB\nMemAvailable: 900000 kB\nCmaTotal: 65536 kB\nCmaFree: 32768 kB\n";

#[test]
fn a_class_without_nodes_is_shown_and_sysfs_names_are_translated() {
    let board = Board::new()
        .file("sys/devices/virtual/dma_heap/system/dev", "252:0\n")
        .link("sys/class/dma_heap/system", "../../devices/virtual/dma_heap/system")
        .file("sys/class/dma_heap/soc!video@42000000/dev", "252:1\n");
    let table = list(&board, &["-o", "NAME,KIND,MAJ:MIN,CLASS,ACCESS"]).success();
    assert_eq!(
        table,
        "NAME                KIND      MAJ:MIN  CLASS  ACCESS\n\
         soc/video@42000000  unknown?  -        252:1  no-node\n\
         system              system?   -        252:0  no-node\n"
    );
}

/// Rockchip, 5.10: six heaps, of which the kernel's own have kinds and the vendor's are nothing that is known.
#[test]
fn the_heaps_of_a_vendor_are_the_vendors() {
    let names = ["system", "system-dma32", "system-uncached", "system-uncached-dma32", "cma", "cma-uncached"];
    let mut board = Board::new().file("proc/meminfo", MEMINFO);
    for (minor, name) in names.iter().enumerate() {
        board = board.file(&format!("sys/class/dma_heap/{name}/dev"), &format!("250:{minor}\n"));
    }
    assert_eq!(
        list(&board, &["-nr", "-o", "NAME,KIND"]).success(),
        "cma cma?\ncma-uncached vendor?\nsystem system?\nsystem-dma32 vendor?\nsystem-uncached vendor?\n\
         system-uncached-dma32 vendor?\n"
    );
}

#[test]
fn cma_figures_come_from_sysfs_debugfs_or_the_only_area() {
    let page = crate::sys::system::page_size();
    let base = || {
        Board::new()
            .file("proc/meminfo", MEMINFO)
            .file("sys/class/dma_heap/reserved/dev", "252:0\n")
            .file("sys/class/dma_heap/default_cma_region/dev", "252:1\n")
    };
    let figures = |board: &Board, name: &str| {
        let stdout = list(board, &["-J", name, "-o", "kind,cma-total,cma-free,cma-largest,free,alias"]).success();
        let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        document["rows"][0].clone()
    };
    let sure = |bytes: u64| json!({"value": bytes, "inferred": false});

    // 6.12: sysfs has counters only, debugfs the figures.
    let board = base()
        .file("sys/kernel/mm/cma/reserved/alloc_pages_success", "5\n")
        .file("sys/kernel/debug/cma/reserved/count", "100\n")
        .file("sys/kernel/debug/cma/reserved/used", "25\n")
        .file("sys/kernel/debug/cma/reserved/maxchunk", "50\n");
    let row = figures(&board, "reserved");
    assert_eq!(row["kind"], json!({"value": "cma", "inferred": false}));
    assert_eq!((&row["cma_total"], &row["cma_free"]), (&sure(100 * page), &sure(75 * page)));
    assert_eq!((&row["cma_largest"], &row["free"]), (&sure(50 * page), &json!(75 * page)));
    assert_eq!(row["alias"], json!([{"value": "default_cma_region", "inferred": true}]));
    let twin = figures(&board, "default_cma_region");
    assert_eq!((&twin["cma_total"], &twin["free"], &twin["kind"]), (&row["cma_total"], &row["free"], &row["kind"]));

    // Later kernels: sysfs has them.
    let board = base()
        .file("sys/kernel/mm/cma/reserved/total_pages", "200\n")
        .file("sys/kernel/mm/cma/reserved/available_pages", "150\n");
    let row = figures(&board, "reserved");
    assert_eq!(
        (&row["cma_total"], &row["cma_free"], &row["cma_largest"]),
        (&sure(200 * page), &sure(150 * page), &json!(null))
    );

    // Counters only, one area: the sums of meminfo are its own. Two areas: they are nobody's.
    let board = base().file("sys/kernel/mm/cma/reserved/alloc_pages_success", "5\n");
    assert_eq!(figures(&board, "reserved")["cma_free"], sure(32_768 * 1024));
    let board = board.file("sys/kernel/mm/cma/other/alloc_pages_success", "5\n");
    assert_eq!(figures(&board, "reserved")["cma_free"], json!(null));
}

#[test]
fn an_area_is_shown_once_whatever_its_directory_is_called() {
    let page = crate::sys::system::page_size();
    // Before 6.1 debugfs had `cma-` and eleven characters.
    for (heap, directory, sysfs) in [
        ("linux,cma", "cma-linux,cma", &[][..]),
        ("default-pool", "cma-default-poo", &[]),
        ("default-pool", "cma-default-poo", &["default-pool"]),
    ] {
        let mut board = Board::new()
            .file("proc/meminfo", MEMINFO)
            .file(&format!("sys/class/dma_heap/{heap}/dev"), "252:0\n")
            .file(&format!("sys/kernel/debug/cma/{directory}/count"), "8192\n")
            .file(&format!("sys/kernel/debug/cma/{directory}/used"), "192\n")
            .file(&format!("sys/kernel/debug/cma/{directory}/maxchunk"), "4096\n");
        for area in sysfs {
            board = board.file(&format!("sys/kernel/mm/cma/{area}/alloc_pages_success"), "5\n");
        }
        let row = list(&board, &["-nb", "-o", "NAME,KIND,CMA-TOTAL,CMA-FREE,CMA-LARGEST,FREE"]).success();
        let [total, free, largest] = [8192, 8000, 4096].map(|pages| (pages * page).to_string());
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(words, [heap, "cma", &total, &free, &largest, &free]);
        let shown = board.run("doctor", &["-n", "-o", "CHECK"]).stdout;
        assert_eq!(shown.lines().filter(|line| line.trim() == "cma").count(), 1, "{shown}");
    }
}

#[test]
fn links_that_lead_nowhere_or_out_of_the_directory_are_rows() {
    let board = Board::new()
        .file("sys/class/dma_heap/system/dev", "252:0\n")
        .link("dev/dma_heap/gone", "nothing")
        .link("dev/dma_heap/round", "round")
        .link("dev/dma_heap/escape", "../../../../../../etc/hostname")
        .file("dev/dma_heap/file", "");
    let table = list(&board, &["-n", "-o", "NAME,ACCESS"]).success();
    assert_eq!(table, "escape  ENOENT\nfile    not-a-heap\ngone    ENOENT\nround   ELOOP\nsystem  no-node\n");
}

#[test]
fn machine_without_heaps_is_explained_with_status_4() {
    let board = Board::new();
    let outcome = list(&board, &[]);
    assert_eq!(
        outcome.failure(4),
        "dmaheap: no heaps: neither /dev/dma_heap nor /sys/class/dma_heap exists\n\
         hint: run `dmaheap doctor` to find out why, or try `dmaheap sim -- dmaheap …`\n"
    );
    let outcome = list(&board, &["--json"]);
    assert_eq!(
        (outcome.stdout.as_str(), outcome.status),
        ("{\"version\":1,\"simulated\":false,\"unread\":{},\"rows\":[]}\n", 4)
    );
    let board = Board::new().file("sys/class/dma_heap/.keep/x", "");
    fs::remove_dir_all(board.path().join("sys/class/dma_heap/.keep")).unwrap();
    let stderr = list(&board, &[]).failure(4);
    assert!(
        stderr.starts_with("dmaheap: no heaps: the kernel has the framework, but no heap is registered\n"),
        "{stderr}"
    );
}

/// As a driver makes them that registers one area under two names.
#[test]
fn two_heaps_of_one_number_have_a_row_each() {
    let board = Board::new().file("sys/class/dma_heap/a/dev", "252:3\n").file("sys/class/dma_heap/b/dev", "252:3\n");
    let outcome = list(&board, &["-n", "-o", "NAME,CLASS,ACCESS"]);
    assert_eq!(outcome.success(), "a  252:3  no-node\nb  252:3  no-node\n");
}

#[test]
fn a_sysroot_that_is_none_is_an_error() {
    assert_eq!(
        bare(["list", "--sysroot", "/nonexistent"]).run().failure(1),
        "dmaheap: open sysroot /nonexistent: no such file or directory (ENOENT)\n"
    );
    assert_eq!(
        bare(["list", "--sysroot", "/proc/version"]).run().failure(1),
        "dmaheap: open sysroot /proc/version: not a directory (ENOTDIR)\n"
    );
}

#[test]
fn names_chosen_by_others_cannot_move_the_cursor_or_forge_a_row() {
    let board = Board::new().file("sys/class/dma_heap/a\x1b[2J\nb/dev", "252:0\n");
    assert_eq!(list(&board, &["-n", "-o", "NAME,ACCESS"]).success(), "a\\x1b[2J\\x0ab  no-node\n");
}

#[test]
fn a_narrow_terminal_shortens_texts_and_says_so() {
    let board = Board::new().file("sys/class/dma_heap/a-name-of-thirty-characters-xx/dev", "252:0\n");
    let table = list(&board, &["--width", "40", "-o", "NAME,KIND,ACCESS"]).success();
    assert_eq!(table, "NAME                   KIND      ACCESS\na-name-of-thirty-cha>  unknown?  no-node\n");
    let wide = list(&board, &["-o", "NAME,KIND,ACCESS"]).success();
    assert!(wide.contains("a-name-of-thirty-characters-xx  unknown?  no-node"), "{wide}");
}

#[test]
fn the_request_that_a_heap_takes_is_asked() {
    for abi in ["mainline", "v12"] {
        let outcome = Ground::Simulator.run(&["--abi", abi], &binary(), ["list", "system", "-n", "-o", "ABI"]).run();
        assert_eq!(outcome.success(), format!("{abi}\n"));
    }
    let unopened = Board::new().file("sys/class/dma_heap/system/dev", "252:0\n");
    assert_eq!(list(&unopened, &["-rn", "-o", "ABI"]).success(), "-\n");
}

#[test]
fn what_could_not_be_read_is_in_the_document() {
    let document = |board: &Board| -> serde_json::Value {
        let outcome = list(board, &["-J", "-o", "name"]);
        serde_json::from_str(&outcome.stdout).expect("a document")
    };
    let board = Board::new().file("sys/class/dma_heap/system/dev", "252:0\n");
    assert_eq!(document(&board)["unread"], json!({}));
    let board = Board::new().file("sys/class/dma_heap", "a file\n");
    let files = json!({"files": [{"path": "/sys/class/dma_heap", "error": "ENOTDIR"}]});
    assert_eq!(document(&board)["unread"], files);
}
