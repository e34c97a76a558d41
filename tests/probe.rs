//! `dmaheap probe` on both grounds.

mod compare;
mod host;
mod interrupted;
mod output;

use crate::support::{Ground, Outcome, bare, binary, dmaheap, script};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a run in JSON, whatever its status.
#[track_caller]
fn findings(outcome: &Outcome) -> Vec<Value> {
    crate::support::rows(&outcome.stdout)
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// Reasons for which a case may be skipped where everything else is there.
const REASONS: [&str; 7] = [
    "ENOTTY: as a kernel without CONFIG_SYNC_FILE answers",
    "ENOTTY: this kernel has no CONFIG_SYNC_FILE",
    "this kernel has no 32-bit entry (CONFIG_IA32_EMULATION)",
    "the 32-bit entry is tried on x86-64 only",
    "the 32-bit entry does not work here",
    "1000 pages of this machine are more than 64 MiB",
    "a node on a file system of its own: EPERM; needs CAP_MKNOD, CAP_SYS_ADMIN and Linux 5.2",
];

/// Cases whose deviation under `sim` is known, by what dmaheap-sim(1) lists as not imitated.
pub const NOT_IMITATED: [&str; 9] = [
    "node_read_wronly",
    "node_write_rdonly",
    "buffer_read",
    "buffer_write",
    "buffer_pread",
    "buffer_pwrite",
    "buffer_fsync",
    "buffer_poll",
    "buffer_epoll",
];

/// The ids of the rows with a verdict, in their order.
fn with_verdict<'a>(rows: &'a [Value], verdict: &str) -> Vec<&'a str> {
    rows.iter().filter(|row| text(row, "verdict") == verdict).map(|row| text(row, "case")).collect()
}

/// No case fails, and on each heap of the simulator those are known that cannot do otherwise.
#[track_caller]
fn assert_as_on_this_ground(outcome: &Outcome, rows: &[Value]) {
    let simulated = Ground::current() == Ground::Simulator;
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    let heaps: BTreeSet<&str> = rows.iter().map(|row| text(row, "heap")).collect();
    let known: Vec<&str> = if simulated { NOT_IMITATED.repeat(heaps.len()) } else { Vec::new() };
    assert_eq!(with_verdict(rows, "fail"), [""; 0]);
    assert_eq!(with_verdict(rows, "known"), known);
    for row in rows.iter().filter(|row| text(row, "verdict") == "skip") {
        assert!(REASONS.contains(&text(row, "reason")), "{row}");
    }
}

#[test]
fn every_case_is_ok_or_skipped_for_a_reason() {
    let outcome = dmaheap(["probe", "-J"]).run();
    let rows = findings(&outcome);
    assert_as_on_this_ground(&outcome, &rows);
    let cases: BTreeSet<&str> = rows.iter().map(|row| text(row, "case")).collect();
    let listed = bare(["probe", "--list-cases", "-J"]).run().success();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let of_heaps = listed["rows"].as_array().expect("rows").iter().filter(|row| text(row, "group") != "udmabuf");
    let listed: BTreeSet<&str> = of_heaps.map(|row| text(row, "case")).collect();
    let not_run: Vec<&&str> = listed.difference(&cases).collect();
    assert_eq!(not_run, [&"unsafe_len_most", &"unsafe_len_terabyte"]);
}

/// The answers of this kernel that were recorded, by heap. The simulator's are compared with those of
/// the kernel that, as it does, has no sync_file, and with those of the one that has CMA heaps.
fn recorded(kernel: &str) -> impl Fn(&str, &str) -> Option<String> {
    let of = |name: &str| crate::answers::of(name).unwrap_or_else(|| panic!("no answers were recorded for {name}"));
    let simulated = Ground::current() == Ground::Simulator;
    let system = of(if simulated { "cloud" } else { kernel });
    let others = if simulated { of("small") } else { BTreeMap::new() };
    move |heap, case| {
        let others = others.get(&format!("reserved.{case}")).filter(|_| heap != "system");
        system.get(&format!("{heap}.{case}")).or(others).cloned()
    }
}

#[test]
fn the_answers_are_those_that_were_recorded() {
    let outcome = dmaheap(["probe", "-J"]).run();
    let rows = findings(&outcome);
    let recorded = recorded(text(&rows[0], "kernel"));
    let simulated = Ground::current() == Ground::Simulator;
    for row in &rows {
        let (heap, case) = (text(row, "heap"), text(row, "case"));
        let expected = recorded(heap, case);
        // On a kernel a case is left out if it was when that kernel was recorded, and no other.
        let is_skipped = text(row, "verdict") == "skip";
        assert!(simulated || is_skipped == expected.is_none(), "{heap}.{case}: {expected:?}: {row}");
        if is_skipped {
            continue;
        }
        // Who wins a race is not the same twice.
        if text(row, "group") == "race" || simulated && NOT_IMITATED.contains(&case) {
            continue;
        }
        assert_eq!(expected.as_deref(), Some(text(row, "outcome")), "{heap}.{case}");
    }
}

/// Probes `heap` while others hold the memory of its CMA area.
pub(crate) fn memory_that_others_hold_is_no_fault_of_the_kernel(heap: &str, run: &dyn Fn(&str) -> Outcome) {
    for (probe, word) in [
        ("--case 'len_*' --case 'buffer_zeroed*' --case limits_many_buffers", "others hold "),
        ("--fuzz 300 --seed 1", "ENOMEM: others hold "),
    ] {
        let outcome = run(&format!(
            "free=$(\"$DMAHEAP\" list {heap} -rnb -o FREE 2>/dev/null)
             \"$DMAHEAP\" exec --heap {heap} -s 1M -c $((free / 1048576)) -- \"$DMAHEAP\" probe --heap {heap} -J {probe}"
        ));
        let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        let rows = document["rows"].as_array().expect("rows");
        let short = rows.iter().filter(|row| text(row, "verdict") == "skip" && text(row, "reason").contains(word));
        assert!(short.count() > 0 && with_verdict(rows, "fail").is_empty(), "{}", outcome.transcript());
    }
}

#[test]
fn a_thousand_random_requests_are_answered_as_the_rules_say() {
    let outcome = dmaheap(["probe", "--heap", "system", "--fuzz", "3000", "--seed", "7"]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "dmaheap: seed 7\n"));
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines[1], "system fuzz         1 ok");
    assert!(lines[2].starts_with("  3000 requests matched the rules ("), "{lines:?}");
    assert_eq!(lines[3..], ["  seed 7", "1 case: 1 ok, 0 failed, 0 known, 0 skipped"]);
}

#[test]
fn expected_deviation_must_be_true() {
    let probe = "\"$DMAHEAP\" probe --heap system --case len_zero --expect /dev/stdin";
    let wrong = script(&format!("echo len_zero=ENOMEM | {probe}")).run();
    assert_eq!(wrong.status, 1);
    assert!(wrong.stdout.contains("expected ENOMEM, got EINVAL"), "{}", wrong.stdout);
    assert!(wrong.stdout.contains("correct, although a deviation is listed"), "{}", wrong.stdout);
    let right = script(&format!("echo 'system.len_zero=EINVAL|EIO' | {probe} --strict")).run();
    assert!(right.success().contains("system len          1 ok\n"));
}

#[test]
fn a_failure_ends_the_run_and_the_plan_is_kept() {
    let outcome = script(
        "echo len_zero=EIO | \"$DMAHEAP\" probe --heap system --group len --format ktap --fail-fast --expect /dev/stdin",
    )
    .run();
    assert_eq!(outcome.status, 1);
    let lines: Vec<&str> = outcome.stdout.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines[..3], ["KTAP version 1", "1..11", "not ok 1 system.len_zero"]);
    assert_eq!(lines.len(), 13);
    assert!(
        lines[3..].iter().all(|line| line.starts_with("ok ") && line.contains(" # SKIP not run after")),
        "{lines:?}"
    );
}

/// The lines that begin with #, and the others.
fn without_remarks(text: &str) -> (String, String) {
    text.split_inclusive('\n').partition(|line| line.starts_with('#'))
}

/// Who answered is said in every format; also that nobody real did.
#[track_caller]
fn assert_about(head: &str) {
    let lines: Vec<&str> = head.lines().collect();
    assert!(lines[0].starts_with("# kernel ") && lines[0].ends_with(", ABI mainline"), "{head}");
    let simulated: &[&str] = match Ground::current() {
        Ground::Simulator => &["# simulated: answers come from dmaheap sim, not from a kernel"],
        Ground::Kernel => &[],
    };
    assert_eq!(&lines[1..], simulated, "{head}");
}

#[test]
fn formats_hold_the_same_results() {
    let run =
        |format: &str| dmaheap(["probe", "--heap", "system", "--group", "len", "--format", format]).run().success();
    let ktap = run("ktap");
    let (head, ktap) = without_remarks(&ktap);
    assert_about(&head);
    assert!(ktap.starts_with("KTAP version 1\n1..11\nok 1 system.len_zero\nok 2 system.len_one\n"), "{ktap}");
    let (head, lava) = without_remarks(&run("lava"));
    assert_about(&head);
    assert_eq!(lava.lines().count(), 11);
    assert!(lava.starts_with("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=system.len_zero RESULT=pass>\n"), "{lava}");
    let junit = run("junit");
    assert!(
        junit.contains("<testsuite name=\"system\" tests=\"11\" failures=\"0\" errors=\"0\" skipped=\"0\""),
        "{junit}"
    );
    assert!(junit.contains("<testcase classname=\"system.len\" name=\"len_zero\""), "{junit}");
    let simulated = Ground::current() == Ground::Simulator;
    assert!(junit.contains("<property name=\"abi\" value=\"mainline\"/>"), "{junit}");
    assert!(junit.contains(&format!("<property name=\"simulated\" value=\"{simulated}\"/>")), "{junit}");
    let nested =
        dmaheap(["probe", "--heap", "system", "--group", "len", "--format", "ktap", "--nested"]).run().success();
    let (head, nested) = without_remarks(&nested);
    assert_about(&head);
    assert!(nested.starts_with("KTAP version 1\n1..1\n  KTAP version 1\n  1..11\n  ok 1 len_zero\n"), "{nested}");
    assert!(nested.ends_with("  ok 11 len_zero_and_everything\nok 1 system\n"), "{nested}");
}

#[test]
fn junit_is_written_beside_what_is_printed() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let outcome = crate::support::script_with(
        "\"$DMAHEAP\" probe --heap system --case len_zero --junit $0 >/dev/null && cat $0",
        file.path().to_str().expect("text"),
    )
    .run();
    assert!(
        outcome
            .success()
            .starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"dmaheap probe\" tests=\"1\"")
    );
    let stderr =
        dmaheap(["probe", "--heap", "system", "--case", "len_zero", "--format", "lava", "--junit", "/nowhere/j.xml"])
            .run();
    assert_eq!(stderr.status, 1);
    assert!(
        stderr.stderr.starts_with("dmaheap: write /nowhere/j.xml: no such file or directory (ENOENT)"),
        "{}",
        stderr.stderr
    );
}

#[test]
fn the_32_byte_abi_can_be_forced_and_is_then_what_fails() {
    let outcome = dmaheap(["probe", "--heap", "system", "--abi", "v12", "--group", "reserved", "-J"]).run();
    assert_eq!(outcome.status, 1);
    let rows = findings(&outcome);
    let expected = [
        "reserved_first",
        "reserved_second",
        "reserved_both",
        "reserved_and_tail_short",
        "reserved_and_tail",
        "reserved_and_tail_longest",
    ];
    assert_eq!(with_verdict(&rows, "fail"), expected);
    assert!(rows.iter().all(|row| text(row, "abi") == "v12"));
}

#[test]
fn a_closed_stdin_changes_nothing() {
    let outcome = script("\"$DMAHEAP\" probe -J --heap system <&-").run();
    assert_as_on_this_ground(&outcome, &findings(&outcome));
}

#[test]
fn rlimits_and_oom_score_are_the_callers_own_afterwards() {
    let text = script("ulimit -n 300; \"$DMAHEAP\" probe --heap system --group limits >/dev/null; ulimit -n; cat /proc/$$/oom_score_adj").run();
    assert_eq!(text.success(), "300\n0\n");
}

#[test]
fn many_inherited_descriptors_are_no_trouble() {
    let text = script(
        "for n in $(seq 3 9); do eval \"exec $n</dev/null\"; done; \"$DMAHEAP\" probe --heap system --group pointer --group limits",
    )
    .run()
    .success();
    assert!(text.ends_with("21 cases: 21 ok, 0 failed, 0 known, 0 skipped\n"), "{text}");
}

/// `dmaheap probe -J ARGS` under `sim OPTIONS`, with its rows.
fn simulated(options: &[&str], args: &[&str]) -> (Outcome, Vec<Value>) {
    let outcome =
        Ground::Simulator.run(options, &binary(), ["probe", "-J"].iter().chain(args).collect::<Vec<_>>()).run();
    let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let rows = document["rows"].as_array().expect("rows").clone();
    (outcome, rows)
}

#[test]
fn the_2019_abi_is_found_out_and_answers_as_it_has_to() {
    let (outcome, rows) = simulated(&["--heap=system", "--abi=v12"], &[]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    assert_eq!(with_verdict(&rows, "fail"), [""; 0]);
    assert_eq!(with_verdict(&rows, "known"), NOT_IMITATED);
    assert!(rows.iter().all(|row| text(row, "abi") == "v12"));
}

#[test]
fn the_leak_of_kernels_before_its_fix_is_known() {
    let groups = ["--group", "request", "--group", "pointer", "--group", "compat"];
    let (outcome, rows) = simulated(&["--heap=system", "--fault=efault-leak"], &groups);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    let mut expected = vec![
        ("request_read", "EINVAL+struct_changed", 0),
        ("pointer_read_only", "EFAULT+lost_fd", 1),
        ("pointer_read_only_and_empty", "EFAULT", 0),
        ("pointer_read_only_and_flags", "EFAULT", 0),
    ];
    if rows.iter().any(|row| text(row, "case") == "compat_good" && text(row, "verdict") == "ok") {
        expected.push(("compat_read_only", "EFAULT+lost_fd", 1));
    }
    let known: Vec<_> = rows
        .iter()
        .filter(|row| text(row, "verdict") == "known")
        .map(|row| (text(row, "case"), text(row, "outcome"), row["lost_fds"].as_array().map_or(0, Vec::len)))
        .collect();
    assert_eq!(known, expected);
    assert!(
        rows.iter()
            .filter(|row| text(row, "verdict") == "known")
            .all(|row| { text(row, "reason").starts_with("a kernel before the fix of 2026 (30d0aff2c65a") })
    );
    let (strict, _) = simulated(&["--heap=system", "--fault=efault-leak"], &["--group=pointer", "--strict"]);
    assert_eq!(strict.status, 1);
    // The 2019 series closed the descriptor again.
    let (v12, rows) = simulated(&["--heap=system", "--fault=efault-leak", "--abi=v12"], &groups);
    assert_eq!((v12.status, with_verdict(&rows, "known").len()), (0, 0));
}

#[test]
fn cases_are_listed_without_any_heap() {
    let listed = bare(["probe", "--list-cases", "--group", "fd_field"]).run().success();
    snapbox::assert_data_eq!(
        listed,
        "CASE                       EXPECTED  FUNCTION                 SENDS\n\
fd_field_zero              ok        dma_heap_ioctl_allocate  fd 0, as required\n\
fd_field_one               EINVAL    dma_heap_ioctl_allocate  fd 1\n\
fd_field_max               EINVAL    dma_heap_ioctl_allocate  fd u32::MAX\n\
fd_field_open              EINVAL    dma_heap_ioctl_allocate  an open fd: the heap's own\n\
fd_field_without_low_byte  EINVAL    dma_heap_ioctl_allocate  fd 256, whose low byte is 0\n\
"
    );
}

/// The run that the manual shows.
const SHOWN: &str = include_str!("../src/cmd/probe/run.txt");

#[test]
fn the_run_that_is_shown_counts_every_case() {
    let count = |args: &[&str]| {
        let listed = bare([&["probe", "--list-cases"], args].concat()).run().success();
        listed.lines().skip(1).filter(|line| !line.starts_with("unsafe_") && !line.starts_with("udmabuf_")).count()
    };
    for line in SHOWN.lines().filter(|line| line.starts_with("system ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let counts: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
        assert_eq!(counts.iter().sum::<usize>(), count(&["--group", words[1]]), "{line}");
    }
    let total = format!("{} cases: ", count(&[]));
    assert!(SHOWN.lines().last().is_some_and(|line| line.starts_with(&total)), "{total}");
}

/// As far as another flavour of the kernel does not differ.
#[test]
#[ignore = "needs a real kernel: tests/vm/run"]
fn the_run_that_is_shown_is_what_is_printed() {
    let printed = dmaheap(["probe", "--heap", "system"]).run().success();
    let (head, rest) = printed.split_once('\n').expect("lines");
    let is_shown = |line: &&str| head.contains("cloud") || line.starts_with("system ") && !line.contains(" buffer ");
    for line in SHOWN.lines().skip(1).filter(is_shown) {
        assert!(rest.lines().any(|printed| printed == line), "{line}\n{printed}");
    }
}

#[test]
fn case_that_cannot_run_is_a_usage_error() {
    assert_eq!(
        bare(["probe", "--case", "nothing*"]).run().failure(2),
        "dmaheap: no case matches 'nothing*'; --list-cases lists them\n"
    );
    assert_eq!(bare(["probe", "--group", "unsafe"]).run().failure(2), "dmaheap: the selected cases need --unsafe\n");
}
