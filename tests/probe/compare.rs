//! `dmaheap probe --compare`: what changed since a run on this or another kernel.

use super::{simulated, text};
use crate::support::{Ground, Outcome, binary, dmaheap};
use serde_json::{Value, json};
use std::fs;

/// The cases whose answer the fault `efault-leak` changes.
const CHANGED: [&str; 3] = ["pointer_read_only", "pointer_read_only_and_empty", "pointer_read_only_and_flags"];

fn probe(options: &[&str], args: &[&str]) -> Outcome {
    Ground::Simulator.run(options, &binary(), ["probe", "--heap", "system"].iter().chain(args)).run()
}

/// A file with the answers of a run, and its path.
fn saved(args: &[&str]) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("before").display().to_string();
    fs::write(&file, probe(&[], &[&["-J"], args].concat()).stdout).unwrap();
    (directory, file)
}

#[test]
fn answers_that_changed_are_shown_and_times_are_not_compared() {
    let (_directory, file) = saved(&["--group", "pointer", "--group", "race"]);
    let groups = ["--group", "pointer", "--group", "race", "--compare", file.as_str()];
    let same = probe(&[], &groups);
    assert_eq!(same.status, 0, "{}", same.transcript());
    let counted = |outcome: &Outcome| outcome.stderr.rsplit(": ").next().map(str::to_owned);
    assert_eq!(counted(&same).as_deref(), Some("0 of 21\n"), "{}", same.transcript());
    assert!(!same.stdout.contains("BEFORE"), "{}", same.transcript());

    let groups = ["--group", "pointer", "--compare", file.as_str()];
    let changed = probe(&["--fault=efault-leak"], &groups);
    let table = changed.stdout.split_once("HEAP ").unwrap_or_default().1;
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    let expected = [["EFAULT", "EFAULT+lost_fd"], ["EINVAL", "EFAULT"], ["EINVAL", "EFAULT"]];
    let expected: Vec<Vec<&str>> = CHANGED
        .iter()
        .zip(expected)
        .map(|(case, [before, now])| vec!["system", case, before, now, "differs"])
        .collect();
    assert_eq!((rows, changed.status), (expected, 1), "{}", changed.transcript());
    assert_eq!(counted(&changed).as_deref(), Some("3 of 16\n"), "{}", changed.transcript());

    let (outcome, rows) = simulated(&["--fault=efault-leak"], &[&["--heap=system"], &groups[..]].concat());
    let differing = rows.iter().filter(|row| row["change"] == "differs").map(|row| text(row, "case"));
    assert_eq!((differing.collect::<Vec<_>>(), outcome.status), (CHANGED.to_vec(), 1));
    assert!(rows.iter().all(|row| row["before"].is_string()), "{rows:?}");
}

#[test]
fn a_case_that_only_one_run_could_try_is_a_change_and_one_that_the_file_lacks_is_none() {
    let (_directory, file) = saved(&["--group", "len"]);
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let rows = document["rows"].as_array_mut().unwrap();
    let count = rows.len();
    rows[0]["outcome"] = json!(null);
    rows.truncate(2);
    fs::write(&file, document.to_string()).unwrap();
    let outcome = probe(&[], &["--group", "len", "--compare", &file]);
    assert!(outcome.stdout.trim_end().ends_with(" new"), "{}", outcome.transcript());
    let lacking = format!("1 of 2\ndmaheap: cases that the file does not have: {}\n", count - 2);
    assert!(outcome.status == 1 && outcome.stderr.ends_with(&lacking), "{}", outcome.transcript());
    let outcome = probe(&[], &["--group", "node", "--compare", &file]);
    let reason =
        format!("dmaheap: compare with {file}: it has none of these heaps and cases\nhint: it has cases of system\n");
    assert!(outcome.status == 1 && outcome.stderr.ends_with(&reason), "{}", outcome.transcript());
}

#[test]
fn a_file_that_is_no_run_of_probe_gets_one_line_before_anything_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    let rows = |rows: &str| format!("{{\"version\":1,\"simulated\":false,\"rows\":[{rows}]}}\n");
    for (text, reason) in [
        (String::new(), "not a saved run of dmaheap probe: EOF while parsing a value at line 1 column 0"),
        (rows(""), "it contains no results"),
        (rows("").replace('1', "9"), "its version is 9; this dmaheap reads version 1"),
        (
            rows("{\"heap\":1}"),
            "not a saved run of dmaheap probe: invalid type: integer `1`, expected a string at line 1 column 48",
        ),
    ] {
        fs::write(&file, text).unwrap();
        let stderr = dmaheap(["probe".as_ref(), "--compare".as_ref(), file.as_os_str()]).run().failure(1);
        let shown = file.display();
        assert_eq!(
            stderr,
            format!("dmaheap: read {shown}: {reason}\nhint: expected what `dmaheap probe --json` prints\n")
        );
    }
    let stderr = dmaheap(["probe", "--compare", "/dev/zero"]).run().failure(1);
    assert_eq!(stderr, "dmaheap: read /dev/zero: neither a regular file nor a pipe\n");
    let stderr = dmaheap(["probe", "--compare", "/dev/zero", "--format", "ktap"]).run().failure(2);
    assert!(stderr.starts_with("dmaheap: --compare prints a table or, with -J, JSON\n"), "{stderr}");
}
