//! Where results go: a stdout that takes none, a file beside it, options that contradict one another.

use super::{findings, text, with_verdict};
use crate::support::{Ground, bare, binary, dmaheap, script, script_with};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

#[test]
fn a_full_or_closed_stdout_is_noticed_in_every_format() {
    for format in ["table", "ktap", "lava", "junit", "json"] {
        let probe = format!("\"$DMAHEAP\" probe --heap system --group len --format {format}");
        let full = script(&format!("{probe} >/dev/full")).run();
        assert_eq!(full.failure(1), "dmaheap: write to stdout: no space left on device (ENOSPC)\n", "{format}");
        let closed = script(&format!("{probe} >&-")).run();
        assert_eq!(closed.failure(1), "dmaheap: write to stdout: bad file descriptor (EBADF)\n", "{format}");
    }
}

#[test]
fn junit_has_all_results_though_stdout_takes_none() {
    for format in ["table", "ktap", "json"] {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let path = file.path().to_str().expect("text");
        let text = format!("\"$DMAHEAP\" probe --heap system --group len --format {format} --junit $0 >/dev/full");
        let outcome = script_with(&text, path).run();
        assert_eq!(outcome.failure(1), "dmaheap: write to stdout: no space left on device (ENOSPC)\n", "{format}");
        let written = std::fs::read_to_string(path).expect("the file");
        let document = roxmltree::Document::parse(&written).expect("XML");
        let cases = document.descendants().filter(|node| node.has_tag_name("testcase")).count();
        assert_eq!((cases, document.root_element().attribute("tests")), (11, Some("11")), "{format}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_noticed_before_anything_is_sent() {
    let outcome = dmaheap(["probe", "--heap", "system", "--junit", "/nowhere/j.xml"]).run();
    assert_eq!(outcome.failure(1), "dmaheap: write /nowhere/j.xml: no such file or directory (ENOENT)\n");
}

#[test]
fn options_that_would_have_no_effect_are_refused() {
    let refused = |args: &[&str]| bare([&["probe"], args].concat()).run().failure(2);
    assert_eq!(
        refused(&["--list-cases", "--format", "ktap"]),
        "dmaheap: --list-cases prints a table or, with -J, JSON\n"
    );
    assert_eq!(refused(&["--nested"]), "dmaheap: --nested needs --format ktap\n");
    assert_eq!(refused(&["--group", "len", "--case", "fd_*"]), "dmaheap: no case matches both --group and --case\n");
    for (args, one, other) in [
        (&["--list-cases", "--junit", "x"][..], "--list-cases", "--junit <FILE>"),
        (&["--list-cases", "--nested"], "--list-cases", "--nested"),
        (&["-J", "--nested"], "--json", "--nested"),
        (&["--fuzz", "1", "--unsafe"], "--fuzz <N>", "--unsafe"),
    ] {
        let stderr = refused(args);
        let first = stderr.lines().next().unwrap_or_default();
        assert!(first.contains(one) && first.contains(other) && first.contains("cannot be used with"), "{stderr}");
    }
}

#[test]
fn a_case_has_to_be_in_a_group_and_match_a_pattern() {
    let listed = bare(["probe", "--list-cases", "--group", "len", "--case", "*_zero"]).run().success();
    let ids: Vec<&str> = listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(ids, ["len_zero"]);
}

#[test]
fn a_list_of_cases_tells_what_other_kernels_answer() {
    let listed = bare(["probe", "--list-cases", "--case", "request_vfs_fsuuid", "-J"]).run().success();
    let document: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(
        document["rows"][0]["exceptions"],
        serde_json::json!(["6.9: done|ENOTTY", "before the fix: EINVAL+struct_changed"])
    );
    let listed = bare(["probe", "--list-cases", "--case", "buffer_mmap_private_page"]).run().success();
    assert!(listed.ends_with("a private mapping of one page (5.11: done; cma: EINVAL; udmabuf: EINVAL)\n"), "{listed}");
    let listed = bare(["probe", "--list-cases", "--case", "request_read"]).run().success();
    assert!(listed.ends_with(" (before the fix: EINVAL+struct_changed)\n"), "{listed}");
}

#[test]
fn a_file_of_expectations_that_means_nothing_is_explained() {
    const ACCEPTED: &str = "; expected case=outcome or heap.case=outcome, such as len_zero=ENOMEM (see --list-cases)\n";
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let path = file.path().to_str().expect("text");
    for (bytes, reason) in [
        (&b"len_zero=EIO\nlen_one=\xff\n"[..], "line 2: not UTF-8"),
        (b"\nlen_zero\n", "line 2: 'len_zero' is not id=outcome"),
        (b"len_zerro=ok\n", "line 1: there is no case 'len_zerro'"),
        (b"len_zero=\n", "line 1: no outcome for 'len_zero'"),
    ] {
        std::fs::write(path, bytes).expect("written");
        let stderr = bare(["probe", "--expect", path]).run().failure(2);
        assert_eq!(stderr, format!("dmaheap: {path}: {reason}{ACCEPTED}"));
    }
    let stderr = bare(["probe", "--expect", "/nowhere/e"]).run().failure(1);
    assert_eq!(stderr, "dmaheap: read /nowhere/e: no such file or directory (ENOENT)\n");
}

#[test]
fn lines_about_a_heap_that_is_not_there_are_pointed_out() {
    let outcome = script(
        "printf 'nosuchheap.len_zero=EIO\\nsystem.len_zero=EINVAL\\n' | \"$DMAHEAP\" probe --heap system --case len_zero \
         --expect /dev/stdin",
    )
    .run();
    assert_eq!(outcome.stderr, "dmaheap: warning: --expect has lines about 'nosuchheap', which does not exist\n");
    assert_eq!(outcome.status, 0);
    assert!(outcome.stdout.ends_with("\n1 case: 1 ok, 0 failed, 0 known, 0 skipped\n"), "{}", outcome.stdout);
}

#[test]
fn a_recorded_run_announces_no_deviation() {
    // Another winner of the race is as right as the one that was recorded.
    let expect = "printf 'race_two_requests=ok|ok+EINVAL\\nrace_closed_heap=EBADF\\nrace_changing_fields=EINVAL\\n'";
    let outcome =
        script(&format!("{expect} | \"$DMAHEAP\" probe --heap system --group race --expect /dev/stdin --strict")).run();
    assert!(outcome.success().ends_with("\n5 cases: 5 ok, 0 failed, 0 known, 0 skipped\n"));
}

#[test]
fn a_probe_that_is_killed_leaves_no_child() {
    let mut sim = Command::new(binary())
        .args(["sim", "--heap=system", "--fault=slow=20ms", "--", "/bin/sh", "-c"])
        .arg("\"$DMAHEAP\" probe --case limits_many_buffers --abi mainline & echo $!; wait $!; echo $?; read line")
        .env("DMAHEAP", binary())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the tool starts");
    let mut lines = BufReader::new(sim.stdout.take().expect("a pipe")).lines().map(|line| line.expect("a line"));
    let probe = lines.next().expect("a number");
    assert!(lines.next().expect("the kernel").starts_with("kernel "));
    // The case of a thousand requests takes twenty seconds: there is a child, or will be in a moment.
    let child = loop {
        let children = std::fs::read_to_string(format!("/proc/{probe}/task/{probe}/children")).expect("procfs");
        match children.split_whitespace().next() {
            Some(child) if has_buffers(child) => break child.to_owned(),
            _ => std::thread::yield_now(),
        }
    };
    let killed = Command::new("kill").args(["-KILL", &probe]).status().expect("kill starts");
    assert!(killed.success());
    assert_eq!(lines.next().as_deref(), Some("137"));
    // It dies with its parent; a zombie waits for whoever has inherited it.
    while is_alive(&child) {
        std::thread::yield_now();
    }
    drop(sim.stdin.take());
    let status = sim.wait().expect("it ends");
    assert_eq!(status.signal(), None);
}

/// Whether the process has a few buffers, as the case has after some requests.
fn has_buffers(process: &str) -> bool {
    let entries = std::fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let links = entries.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    links.filter(|link| link.to_string_lossy().contains("dmaheap-sim:")).count() > 3
}

fn is_alive(process: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
fn a_table_of_simulated_answers_says_so() {
    if Ground::current() == Ground::Kernel {
        let outcome = bare(["probe", "--heap", "system", "--case", "len_zero"]).run();
        assert!(outcome.success().starts_with("kernel "));
    }
    let tool = binary();
    let outcome = bare(["sim", "--", tool.to_str().expect("text"), "probe", "--case", "len_zero"]).run();
    assert_eq!(outcome.stderr, "dmaheap: simulated: answers come from dmaheap sim, not from a kernel\n");
    assert_eq!(outcome.status, 0);
    assert!(outcome.stdout.starts_with("kernel "), "{}", outcome.stdout);
}

#[test]
fn a_limit_that_leaves_no_room_is_a_reason_to_skip_and_no_failure() {
    let outcome = script("ulimit -n 12; \"$DMAHEAP\" probe -J --heap system").run();
    let rows = findings(&outcome);
    assert_eq!(with_verdict(&rows, "fail"), [""; 0]);
    let is_cramped =
        |row: &&serde_json::Value| text(row, "reason").contains("EMFILE: the hard limit of open files leaves room for");
    let skipped: Vec<&str> = rows.iter().filter(is_cramped).map(|row| text(row, "case")).collect();
    for case in ["buffer_zeroed", "buffer_zeroed_recycled"] {
        assert!(skipped.contains(&case), "{skipped:?}");
    }
}

#[test]
fn no_format_shows_how_rust_would_write_a_value() {
    for format in ["table", "ktap", "json", "junit", "lava"] {
        let args = ["probe", "--heap", "system", "--abi", "v12", "--format", format];
        let stdout = dmaheap(args).run().stdout;
        assert!(stdout.contains("ioctl 0x"), "{format}: {stdout}");
        for written in
            ["RawRequest", "Middle", "ReadOnly", "HeapOpened", "Straddling(", "offset:", "events:", "Some(", "pages:"]
        {
            assert!(!stdout.contains(written), "{format}: {written}: {stdout}");
        }
    }
}
