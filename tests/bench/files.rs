//! What `dmaheap bench` saves, compares and draws.

use super::{STEPS, short, succeed, without_conditions};
use crate::support::{binary, dmaheap, script_with};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

/// Rows of a saved run; no heap is needed for them.
#[track_caller]
fn rows_from(file: &str, more: &[&str]) -> Vec<Value> {
    crate::support::rows(&succeed(&[&["bench", "--from", file], more].concat()))
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("run.json").display().to_string();
    succeed(&short(&["--save", &file]));
    let rows = rows_from(&file, &["--compare", &file, "-J"]);
    assert_eq!(rows.len(), 2 * STEPS.len());
    for row in rows {
        assert_eq!((&row["verdict"], row["change"].as_f64()), (&Value::Null, Some(1.0)), "{row}");
        assert!(row["before"]["p50_ns"] == row["p50_ns"], "{row}");
        assert_eq!(row["before"]["ratio"], row["ratio"], "{row}");
    }
}

#[test]
fn few_rounds_have_no_verdict_and_nothing_in_common_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("run.json").display().to_string();
    succeed(&["bench", "-i", "2", "-s", "4k", "--save", &file]);
    let rows = crate::support::rows(&succeed(&["bench", "-i", "20", "-s", "4k", "-J", "--compare", &file]));
    assert!(
        rows.iter().all(|row| row["verdict"].is_null() && row["rounds"].as_array().unwrap().len() == 20),
        "{rows:?}"
    );
    let outcome = dmaheap(["bench", "-i", "1", "-s", "8k", "--compare", &file]).run();
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""));
    assert_eq!(
        without_conditions(&outcome.stderr),
        format!("dmaheap: compare with {file}: it has none of these heaps and sizes\nhint: it has system 4KiB\n")
    );
}

#[test]
fn the_picture_is_xml_and_holds_every_heap_and_size() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (run, svg) = (path("a & b <c>.json"), path("run.svg"));
    let heaps = ["--heap", "system", "--heap", "/dev/dma_heap/system", "--save", &run, "--plot", &svg];
    succeed(&short(&heaps));
    let texts = |file: &str| -> BTreeSet<String> {
        let text = fs::read_to_string(file).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(document.root_element().has_tag_name(("http://www.w3.org/2000/svg", "svg")));
        let nodes = document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
        nodes.filter_map(|node| node.text()).map(|text| text.trim().to_owned()).collect()
    };
    let found = texts(&svg);
    for text in ["4KiB", "293.0KiB", "fill", "copy", "verify", "memset", "memcpy", "99.9%"] {
        assert!(found.contains(text), "{text} in {found:?}");
    }
    for (heap, plot) in [("system", STEPS[0]), ("/dev/dma_heap/system", STEPS[4]), ("system", "bandwidth")] {
        assert!(found.contains(&format!("{heap}: {plot}")), "{heap}: {plot} in {found:?}");
    }
    // A saved run gives the same picture, and its name is escaped where it is the grey one.
    let again = path("again.svg");
    succeed(&["bench", "--from", &run, "--plot", &again]);
    assert!(fs::read(&svg).unwrap() == fs::read(&again).unwrap());
    succeed(&["bench", "--from", &run, "--compare", &run, "--plot", &again]);
    assert!(texts(&again).iter().any(|text| text.ends_with(&format!("Grey: {run}"))), "{:?}", texts(&again));
}

#[test]
fn a_file_of_something_else_is_refused_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    let shown = file.display();
    for (text, reason) in [
        ("", "not a saved run of dmaheap bench: EOF while parsing a value at line 1 column 0"),
        ("{\"rows\":[]}", "not a saved run of dmaheap bench: missing field `version` at line 1 column 11"),
        ("{\"version\":1,\"simulated\":false,\"rows\":[]}\n", "it contains no results"),
        ("{\"version\":9,\"simulated\":false,\"rows\":[]}\n", "its version is 9; this dmaheap reads version 1"),
    ] {
        fs::write(&file, text).unwrap();
        for option in ["--compare", "--from"] {
            let stderr = dmaheap(["bench".as_ref(), option.as_ref(), file.as_os_str()]).run().failure(1);
            let expected = format!(
                "dmaheap: read {shown}: {reason}\nhint: expected a file written by `dmaheap bench --save FILE`\n"
            );
            assert_eq!(stderr, expected);
        }
    }
    for (path, reason) in [
        ("/nowhere/file", "no such file or directory (ENOENT)"),
        ("/", "is a directory (EISDIR)"),
        ("/dev/zero", "neither a regular file nor a pipe"),
    ] {
        let stderr = dmaheap(["bench", "--compare", path]).run().failure(1);
        assert_eq!(stderr, format!("dmaheap: read {path}: {reason}\n"));
    }
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_anything_is_measured() {
    for option in ["--save", "--plot"] {
        for (path, reason) in [
            ("/nowhere/file", "no such file or directory (ENOENT)"),
            ("/dev", "not a regular file"),
            ("/dev/null", "not a regular file"),
        ] {
            let stderr = dmaheap(["bench", "--heap", "nowhere", option, path]).run().failure(1);
            assert_eq!(stderr, format!("dmaheap: write {path}: {reason}\n"));
        }
    }
    let stderr = dmaheap(["bench", "--heap", "nowhere", "--save", "x", "--plot", "./x"]).run();
    assert_eq!(stderr.failure(2), "dmaheap: --save and --plot name the same file\n");
}

#[test]
fn a_file_that_does_not_fit_stays_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("run");
    fs::write(&file, "what was there\n").unwrap();
    let text = "trap '' XFSZ; ulimit -f 1; exec \"$DMAHEAP\" bench -i 1 -s 4k --save \"$0\"";
    let outcome = script_with(text, file.to_str().unwrap()).run();
    assert_eq!(outcome.status, 1);
    assert_eq!(
        without_conditions(&outcome.stderr),
        format!("dmaheap: write {}: file too large (EFBIG)\n", file.display())
    );
    // What was measured is not lost.
    assert_eq!(outcome.stdout.lines().count(), 1 + STEPS.len());
    assert_eq!(fs::read_to_string(&file).unwrap(), "what was there\n");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn figures_are_saved_although_stdout_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    for (index, stdout) in [">&-", ">/dev/full"].into_iter().enumerate() {
        let file = dir.path().join(index.to_string());
        let text = format!("exec \"$DMAHEAP\" bench -i 1 -s 4k --save \"$0\" {stdout}");
        let outcome = script_with(&text, file.to_str().unwrap()).run();
        assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""), "{stdout}");
        assert!(outcome.stderr.contains("dmaheap: write to stdout: "), "{}", outcome.stderr);
        assert_eq!(rows_from(file.to_str().unwrap(), &["-J"]).len(), STEPS.len(), "{stdout}");
    }
}

/// A signal at the very moment when the files are written: strace sends it at the system call.
#[test]
fn a_signal_while_a_file_is_written_leaves_nothing_half_done() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let run = path("run");
    succeed(&["bench", "-i", "1", "-s", "4k", "--save", &run]);
    for call in ["fsync", "rename,renameat,renameat2", "unlink,unlinkat"] {
        let svg = path("picture.svg");
        let status = Command::new("strace")
            .args(["-o", "/dev/null", "-e", &format!("inject={call}:signal=SIGTERM")])
            .arg(binary())
            .args(["bench", "--from", &run, "--plot", &svg])
            .output()
            .expect("strace should be installed")
            .status;
        assert_eq!(status.signal(), Some(15), "{call}: {status}");
        let is_written = fs::read_to_string(&svg).is_ok_and(|text| text.ends_with("</svg>\n"));
        // The last one comes when it is tried whether the file can be written.
        assert_eq!(is_written, !call.starts_with("unlink"), "{call}");
        let _ = fs::remove_file(&svg);
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["run"], "{call}");
    }
}

#[test]
fn a_step_that_cannot_be_made_any_more_fails_the_comparison() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (before, after) = (path("before"), path("after"));
    succeed(&["bench", "-i", "3", "-s", "4k", "--save", &before]);
    // The same run on a driver that lost its mmap: no times of what needs a mapping.
    let mut lost: Value = serde_json::from_slice(&fs::read(&before).unwrap()).unwrap();
    for row in lost["rows"].as_array_mut().unwrap() {
        if ["touch", "fill", "copy", "verify"].contains(&row["step"].as_str().unwrap()) {
            for (key, value) in row.as_object_mut().unwrap().iter_mut().skip(3) {
                *value = match key.as_str() {
                    "count" => 0.into(),
                    "rounds" => Value::Array(Vec::new()),
                    _ => Value::Null,
                };
            }
        }
    }
    fs::write(&after, lost.to_string()).unwrap();
    let compare = |now: &str, before: &str| {
        dmaheap(["bench", "--from", now, "--compare", before, "-rn", "-o", "STEP,CHANGE,VERDICT"]).run()
    };
    let outcome = compare(&after, &before);
    assert_eq!((outcome.status, outcome.stderr), (1, format!("dmaheap: gone since {before}: 4 of 8 figures\n")));
    let gone: Vec<&str> = outcome.stdout.lines().filter_map(|line| line.strip_suffix(" - gone")).collect();
    assert_eq!(gone, ["touch", "fill", "copy", "verify"], "{}", outcome.stdout);
    let outcome = compare(&before, &after);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    assert_eq!(outcome.stdout.lines().filter(|line| line.ends_with(" - new")).count(), 4, "{}", outcome.stdout);
    // What neither has been able to do is nothing to judge.
    let outcome = compare(&after, &after);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    assert_eq!(outcome.stdout.lines().filter(|line| line.ends_with(" - -")).count(), 4, "{}", outcome.stdout);
}
