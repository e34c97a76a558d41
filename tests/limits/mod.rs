//! `dmaheap limits`

mod cma;

use crate::support::{Ground, assert_fields, bare, binary, dmaheap, rows, script};
use serde_json::{Value, json};
use std::path::Path;

/// Without these files the figures are `-` or missing, as they are where they cannot be read: stderr says which it is.
#[test]
fn what_could_not_be_read_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("socket");
    let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let user = if nix::unistd::geteuid().is_root() { "" } else { "r" };
    let text = format!(
        "unshare -{user}m sh -c 'mount --bind {} /proc/buddyinfo || exit 99; \"$DMAHEAP\" limits system -J -o HEAP'",
        socket.display()
    );
    let outcome = script(&text).run();
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.transcript()));
    assert_eq!(document["unread"], json!({"files": [{"path": "/proc/buddyinfo", "error": "ENXIO"}]}));
    assert!(outcome.stderr.contains("/proc/buddyinfo exists but cannot be read (ENXIO)\n"), "{}", outcome.stderr);

    let whole = dmaheap(["limits", "system", "-J", "-o", "HEAP"]).run();
    assert_eq!(serde_json::from_str::<Value>(&whole.stdout).unwrap()["unread"], json!({}), "{}", whole.transcript());
}

/// `dmaheap limits ARGS` under a simulator with these options, on any ground.
fn simulated(options: &[&str], args: &[&str]) -> crate::support::Outcome {
    let tool = binary();
    let mut all = vec!["sim"];
    all.extend(options);
    all.extend(["--", tool.to_str().unwrap(), "limits"]);
    all.extend(args);
    bare(all).run()
}

fn number(row: &Value, key: &str) -> u64 {
    row[key].as_u64().unwrap_or_else(|| panic!("{key} in {row}"))
}

const CAMERA: [&str; 2] = ["--heap", "camera=cma:64M"];

#[test]
fn the_area_of_a_simulated_heap_is_found_to_the_page() {
    let area = 64 << 20;
    let outcome = simulated(&CAMERA, &["--heap", "camera", "--chunk", "3M", "-J"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let row = &document["rows"][0];
    assert_eq!(document["simulated"], true);
    for (key, value) in [
        ("largest", json!(area)),
        ("bound", json!("ENOMEM")),
        ("chunk", json!(3 << 20)),
        ("buffers", json!(21)),
        ("total", json!(63 << 20)),
        ("ended", json!("ENOMEM")),
        ("area", json!(area)),
        ("free", json!(area)),
        ("largest_percent", json!(100)),
        ("left", json!(1 << 20)),
        ("budget", json!(null)),
    ] {
        assert_eq!(row[key], value, "{key}");
    }
}

#[test]
fn buffers_of_others_are_missing_from_the_area() {
    let script =
        "$DMAHEAP exec --heap camera -s 40M -- $DMAHEAP limits --heap camera -rnb -o LARGEST,FREE,TOTAL 2>/dev/null
                  $DMAHEAP limits --heap camera -rnb -o LARGEST,FREE,TOTAL 2>/dev/null";
    let outcome = bare(["sim", CAMERA[0], CAMERA[1], "--", "/bin/sh", "-c", script]).run();
    let (some, all) = (24 << 20, 64 << 20);
    assert_eq!(outcome.stdout, format!("{some} {some} {some}\n{all} {all} {all}\n"));
}

#[test]
fn the_figures_of_a_heap_are_consistent() {
    let row = &dmaheap(["limits", "--chunk", "4M", "-J"]).run().rows()[0];
    let page = crate::sys::system::page_size();
    // The simulator has the same budget, and can be the first to see it shrink.
    let ends = if Ground::current() == Ground::Kernel { &["budget"][..] } else { &["budget", "ENOMEM", "EMFILE"] };
    assert_eq!(row["heap"], "system");
    assert!(ends.contains(&row["bound"].as_str().unwrap()) && ends.contains(&row["ended"].as_str().unwrap()), "{row}");
    assert!(number(row, "largest") > 0 && number(row, "largest") % page == 0, "{row}");
    assert!(number(row, "largest") <= number(row, "budget"), "{row}");
    assert_eq!(number(row, "total"), number(row, "buffers") * number(row, "chunk"));
    // The budget is asked for again and again, while others free memory.
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap();
    let kib: u64 = memory.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(number(row, "buffers") > 0 && number(row, "total") <= kib * 1024, "{row}");
    for key in ["blocks_before", "blocks_after"] {
        let zones = row[key].as_array().unwrap();
        assert!(!zones.is_empty() && zones.iter().all(|zone| zone["free"].as_array().unwrap().len() > 1), "{row}");
    }
    assert_fields(row, &json!({"area": null, "free": null, "left": null}));
}

#[test]
fn the_table_fits_a_terminal_and_free_blocks_follow() {
    let text = dmaheap(["limits", "--chunk", "16M", "--width", "80"]).run().success();
    let (table, blocks) = text.split_once("\n\n").expect("two parts");
    let words: Vec<&str> = table.split_whitespace().collect();
    assert_eq!(words[..9], ["HEAP", "LARGEST", "BOUND", "TOTAL", "ENDED", "FREE", "FRAG", "LEFT", "system"]);
    assert!(table.lines().all(|line| line.len() <= 80), "{text}");
    assert!(blocks.starts_with("free blocks of 2^n pages\nNODE ZONE "), "{text}");
    assert!(blocks.contains("before") && blocks.contains("after"), "{text}");
    assert_eq!(dmaheap(["limits", "--chunk", "16M", "-n", "-o", "HEAP"]).run().success(), "system\n");
}

#[test]
fn files_that_run_out_end_the_total_and_nothing_else() {
    let script = "ulimit -n 64; exec \"$DMAHEAP\" limits --chunk 4k -J";
    let row = &crate::support::script(script).run().rows()[0];
    assert_eq!(row["ended"], "EMFILE");
    assert!((40..64).contains(&number(row, "buffers")), "{row}");
}

/// Runs a script where no request is ever answered, or, on a kernel, where there are very many.
fn endless(text: &str) -> crate::support::Run {
    Ground::current().run(&["--fault", "slow=60m"], Path::new("/bin/sh"), ["-c", text])
}

#[test]
fn when_the_time_is_up_what_was_found_is_printed() {
    let outcome = endless("exec \"$DMAHEAP\" limits --chunk 4k --timeout 1ms -J").run();
    assert_eq!(outcome.status, 1);
    assert_eq!(outcome.stderr, "dmaheap: timed out after 1ms; the figures are incomplete\n");
    let row = &rows(&outcome.stdout)[0];
    assert!(row["bound"] == "timeout" || row["ended"] == "timeout", "{row}");
}

#[test]
fn a_signal_ends_it_with_what_was_found_and_leaves_nothing() {
    for (signal, status) in [("TERM", 143), ("HUP", 129)] {
        let outcome = endless(&format!(
            "\"$DMAHEAP\" limits --chunk 4k -J & tool=$!
             # Its child asks; before there is one, signals do what they always do.
             until child=$(grep -l \"^PPid:.$tool$\" /proc/[0-9]*/status 2>/dev/null); do :; done
             kill -{signal} $tool; wait $tool; status=$?
             test -e \"${{child%/status}}\" && echo \"a child is left\" >&2
             exit $status"
        ))
        .run();
        assert_eq!((outcome.status, outcome.stderr.as_str()), (status, ""), "{}", outcome.stdout);
        let row = &rows(&outcome.stdout)[0];
        let name = format!("SIG{signal}");
        assert!(row["bound"] == name.as_str() || row["ended"] == name.as_str(), "{row}");
    }
}

#[test]
fn killed_child_leaves_its_figures_printed() {
    // The child that holds many is the one that counts them.
    let script = "\"$DMAHEAP\" limits --heap camera --chunk 4k -J & tool=$!
         until status=$(grep -l \"^PPid:.$tool$\" /proc/[0-9]*/status 2>/dev/null) &&
               test -e \"${status%/status}/fd/100\"; do :; done
         child=${status#/proc/}; kill -KILL \"${child%/status}\"; wait $tool";
    let outcome = bare(["sim", CAMERA[0], CAMERA[1], "--", "/bin/sh", "-c", script]).run();
    assert_eq!(
        (outcome.status, outcome.stderr.as_str()),
        (
            1,
            "dmaheap: measure camera: the allocating process was killed\n\
             hint: see the kernel log: the OOM killer ends a process that asks for too much\n"
        )
    );
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let row = &document["rows"][0];
    assert_fields(row, &json!({"largest": 64 << 20, "bound": "ENOMEM"}));
    assert!(row["ended"] == "killed" && (90..16_384).contains(&number(row, "buffers")), "{row}");
}

#[test]
fn signals_end_it_while_nobody_reads_what_it_prints() {
    let outcome = crate::support::script(
        "dir=$(mktemp -d) && trap 'kill $filler; rm -r \"$dir\"' EXIT && mkfifo \"$dir/rows\" && exec 5<>\"$dir/rows\"
         yes >&5 & filler=$!
         exec 2>/dev/null
         # It sleeps when there is no more room.
         until grep -q ' S ' /proc/$filler/stat; do :; done
         \"$DMAHEAP\" limits --chunk 64M -J >&5 & tool=$!
         # A shell may have waited for it already.
         while kill -TERM $tool && ! grep -q ' Z ' /proc/$tool/stat; do :; done
         wait $tool",
    )
    .run();
    assert_eq!((outcome.status, outcome.stdout.as_str(), outcome.stderr.as_str()), (143, "", ""));
}

#[test]
fn a_heap_that_does_not_answer_as_a_heap_is_an_error_after_its_row() {
    let outcome = simulated(&["--abi", "v12"], &["--abi", "mainline", "-rn", "-o", "HEAP,LARGEST,BOUND,BUFFERS"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, "system 0B ENOTTY 0\n"));
    assert!(
        outcome.stderr.contains("(ENOTTY)\nhint: the driver does not support the mainline request"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn memory_that_ends_under_the_total_is_seen() {
    let outcome = simulated(&["--fault", "enomem-after=30"], &["--chunk", "1M", "-J"]);
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let row = &document["rows"][0];
    assert!(row["ended"] == "ENOMEM" && number(row, "buffers") < 30, "{row}");
}

#[test]
fn unmeasurable_heap_is_explained() {
    let refused = |args: &[&str]| dmaheap(["limits"].iter().chain(args)).run().failure(1);
    assert!(refused(&["--heap", "sytem"]).ends_with("; did you mean system?\n"));
    assert!(refused(&["--heap", "system", "--heap", "nowhere"]).starts_with("dmaheap: open heap nowhere: "));
    let stderr = refused(&["--chunk", "64T"]);
    assert!(stderr.starts_with("dmaheap: allocate from system: 70368744177664 bytes (64TiB) refused: "), "{stderr}");
    assert!(stderr.contains("\nhint: "), "{stderr}");
}

#[test]
fn options_that_are_none_are_usage_errors() {
    let refused = |args: &[&str]| bare(["limits"].iter().chain(args)).run().failure(2);
    assert!(refused(&["--chunk", "0"]).contains("every kernel refuses a buffer of 0 bytes"));
    assert!(refused(&["--chunk", "-1"]).contains("cannot be negative"));
    assert!(refused(&["--chunk", "1X"]).contains("unknown unit"));
    assert!(refused(&["--timeout", "0"]).contains("the duration must be greater than zero"));
    assert!(refused(&["--timeout", "-1s"]).contains("a duration cannot be negative"));
    assert!(refused(&["--json", "--raw"]).contains("cannot be used with"));
    assert!(refused(&["-o", "FOO"]).contains("unknown column 'FOO' (columns: HEAP LARGEST "));
    let listed = bare(["limits", "-H"]).run().success();
    assert!(listed.contains("LARGEST  largest "), "{listed}");
}
