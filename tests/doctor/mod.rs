//! `dmaheap doctor`: each illness has its one right answer.

mod access;
pub mod boards;
mod hidden;
mod modules;

use crate::support::{Board, Ground, Outcome, Run, assert_fields, bare, binary, script};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// The findings of that verdict.
#[track_caller]
fn findings(outcome: &Outcome, verdict: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.transcript()));
    document["rows"].as_array().unwrap().iter().filter(|row| row["verdict"] == verdict).cloned().collect()
}

/// The one problem: check, evidence, help.
#[track_caller]
fn problem(outcome: &Outcome) -> [String; 3] {
    let problems = findings(outcome, "problem");
    assert_eq!((problems.len(), outcome.status), (1, 1), "{}", outcome.transcript());
    ["check", "evidence", "help"].map(|key| problems[0][key].as_str().unwrap_or_default().to_owned())
}

#[track_caller]
fn no_problem(outcome: &Outcome) {
    assert_eq!(findings(outcome, "problem"), [] as [Value; 0]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
}

/// Nothing is removed on a suspicion.
const REMAKE: &str =
    "move it elsewhere and have the device manager make the node: udevadm trigger -s dma_heap, or mdev -s";

#[track_caller]
/// Runs it, which must succeed; returns what it printed.
fn sh(text: &str) -> String {
    let output = Command::new("/bin/sh").args(["-c", text]).stderr(Stdio::inherit()).output().expect("a shell");
    assert!(output.status.success(), "{text}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn doctor() -> Run {
    bare(["doctor", "--json"])
}

#[test]
fn a_document_says_what_could_not_be_read() {
    let outcome = Board::new().file("proc/7/comm", "cam\n").run("doctor", &["--json"]);
    let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(document["unread"], serde_json::json!({"bufinfo": "ENOENT", "statistics": "ENOENT"}));
}

#[test]
fn a_heap_with_the_32_byte_request_is_a_problem_and_is_asked_by_it_for_the_leak() {
    let doctor =
        |options: &[&str]| Ground::Simulator.run(options, &binary(), ["doctor", "--json", "--heap", "system"]).run();
    let outcome = doctor(&["--abi", "v12"]);
    let [check, evidence, help] = problem(&outcome);
    assert_eq!((check.as_str(), help.as_str()), ("abi", "use a driver of this heap for Linux 5.6 or later"));
    assert!(evidence.starts_with("takes the 32-byte request of the 2019 patches only: "), "{evidence}");
    for outcome in [outcome, doctor(&[])] {
        let rows = findings(&outcome, "ok");
        let leak = rows.iter().find(|row| row["check"] == "leak").unwrap_or_else(|| panic!("{}", outcome.transcript()));
        assert_eq!(leak["evidence"], "system leaves no descriptor behind");
    }
}

#[test]
fn a_heap_that_is_not_there_is_an_error_of_its_own() {
    let board = Board::new().file("dev/dma_heap/system", "").file("sys/class/dma_heap/system/dev", "252:0\n");
    let stderr = board.run("doctor", &["--heap", "nowhere"]).failure(1);
    assert!(stderr.starts_with("dmaheap: open heap nowhere: no such heap (ENOENT)\nhint: "), "{stderr}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn root_has_no_problem() {
    let outcome = doctor().run();
    no_problem(&outcome);
    let rows = findings(&outcome, "ok");
    for check in ["access", "node", "leak", "limits", "debugfs", "memory", "oom", "accounting", "sim"] {
        assert!(rows.iter().any(|row| row["check"] == check), "{check}");
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn without_debugfs_that_is_unknown_and_no_problem() {
    let outcome = script("unshare -m sh -c 'umount -l /sys/kernel/debug || exit 99; \"$DMAHEAP\" doctor --json'").run();
    no_problem(&outcome);
    assert!(findings(&outcome, "unknown").iter().any(|row| row["check"] == "debugfs"));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn where_nothing_is_mounted_there_is_a_problem_and_a_line_that_helps() {
    for gone in ["/sys", "/sys /proc"] {
        let within = |what: &str| {
            script(&format!("unshare -m sh -c 'umount -l {gone} && mount -t tmpfs none /dev || exit 99; {what}'")).run()
        };
        let alloc = within("\"$DMAHEAP\" alloc -s 4k");
        assert!(matches!(alloc.status, 1 | 4), "{}", alloc.transcript());
        let doctor = within("\"$DMAHEAP\" doctor --json");
        let problems = findings(&doctor, "problem");
        assert_eq!((problems.is_empty(), doctor.status), (false, 1), "{}", doctor.transcript());
        assert!(problems.iter().all(|problem| problem["help"].is_string()), "{}", doctor.transcript());
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_stale_node_is_found() {
    let dev = std::fs::read_to_string("/sys/class/dma_heap/system/dev").unwrap();
    sh(&format!("mknod /dev/dma_heap/stale c {} 99", dev.split(':').next().unwrap()));
    let outcome = doctor().run();
    sh("rm /dev/dma_heap/stale");
    let [check, evidence, help] = problem(&outcome);
    assert_eq!((check.as_str(), help.as_str()), ("node", REMAKE));
    assert!(evidence.starts_with("stale: no driver is registered for "), "{evidence}");
}

#[test]
fn a_kernel_that_loses_descriptors_is_judged_as_probe_judges_it_and_none_is_left() {
    let outcome =
        Ground::Simulator.run(&["--fault", "efault-leak"], &binary(), ["doctor", "--json", "--heap", "system"]).run();
    no_problem(&outcome);
    let [row] = &findings(&outcome, "known")[..] else { panic!("{}", outcome.transcript()) };
    let evidence = "system leaves a descriptor behind when its reply cannot be written; the simulator was asked to";
    let help = "use a kernel with the 2026 fix for the EFAULT path of dma-heap.c";
    assert_fields(row, &json!({"check": "leak", "evidence": evidence, "help": help}));
}

#[test]
fn leak_check_tries_every_full_heap() {
    let full = ["--fault", "enomem-after=0"];
    let outcome = Ground::Simulator.run(&full, &binary(), ["doctor", "--json"]).run();
    let leak: Vec<Value> = findings(&outcome, "unknown").into_iter().filter(|row| row["check"] == "leak").collect();
    assert_eq!(leak.len(), 1, "{}", outcome.transcript());
    let evidence = leak[0]["evidence"].as_str().unwrap();
    assert_eq!(evidence.matches(" answers ENOMEM").count(), evidence.split(", ").count(), "{evidence}");
}

#[test]
fn under_the_simulator_nothing_is_wrong_and_that_is_said() {
    let outcome = Ground::Simulator.run(&[], &binary(), ["doctor", "--json", "--heap", "system"]).run();
    no_problem(&outcome);
    let ok = findings(&outcome, "ok");
    let row = ok.iter().find(|row| row["check"] == "sim").expect("a row");
    assert_eq!(row["evidence"], "these heaps are simulated");
}

#[test]
fn too_few_descriptors_are_a_problem() {
    let outcome = script("ulimit -n 40; exec \"$DMAHEAP\" doctor --json --heap system").run();
    let [check, evidence, help] = problem(&outcome);
    assert_eq!((check.as_str(), help.as_str()), ("limits", "ulimit -n 1024"));
    assert!(evidence.starts_with("40, hard limit 40: "), "{evidence}");
}
