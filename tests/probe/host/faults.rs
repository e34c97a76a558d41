//! What must be noticed, planted by `sim --fault`; and what is said of a machine that is not as usual.

use super::super::{text, with_verdict};
use crate::support::{Outcome, bare, binary};
use serde_json::Value;

/// `dmaheap probe ARGS` under `sim OPTIONS`, in whatever format, with all that it says.
fn simulated(options: &[&str], args: &[&str]) -> Outcome {
    let tool = binary();
    let tool = tool.to_str().expect("the tool's path is text");
    bare([&["sim"], options, &["--", tool, "probe"], args].concat()).run()
}

/// The rows of a run in JSON.
fn rows(outcome: &Outcome) -> Vec<Value> {
    let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    document["rows"].as_array().expect("rows").clone()
}

/// What a table says on stderr under the simulator.
const SIMULATED: &str = "dmaheap: simulated: answers come from dmaheap sim, not from a kernel\n";

#[test]
fn a_descriptor_that_nobody_was_told_of_fails_the_case_whatever_the_request_was_for() {
    // The allocation of this number leaves one; the first is one by which the kernel is known.
    for (number, case, expected) in [
        (2, "fd_field_zero", "ok+hidden_fd"),
        (2, "buffer_lseek_end", "done 2p+hidden_fd"),
        (2, "buffer_sync_03", "done+hidden_fd"),
        (2, "target_buffer", "ENOTTY+hidden_fd"),
        (10, "buffer_zeroed", "zero+hidden_fd"),
        (50, "limits_many_nodes", "ok+hidden_fd"),
        (500, "limits_many_buffers", "ok+hidden_fd"),
    ] {
        let fault = format!("keep-fd-after={number}");
        let outcome = simulated(&["--heap=system", "--fault", &fault], &["-J", "--case", case]);
        let rows = rows(&outcome);
        let lost = rows[0]["lost_fds"].as_array().map(Vec::len);
        assert_eq!((rows.len(), outcome.status, text(&rows[0], "verdict"), lost), (1, 1, "fail", Some(1)), "{case}");
        assert_eq!(text(&rows[0], "outcome"), expected, "{case}");
        assert!(rows[0]["notes"][0].is_string(), "{case}: {rows:?}");
    }
}

#[test]
fn the_descriptors_that_a_race_loses_are_listed_and_counted() {
    // Without the second fault the race is mostly won.
    let faults = ["--heap=system", "--fault=efault-leak", "--fault=rule:fd-before-copy"];
    let outcome = simulated(&faults, &["--group", "race"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, SIMULATED), "{}", outcome.stdout);
    let of = |case: &str| outcome.stdout.split(case).nth(1).unwrap_or_default().split("  known ").next();
    assert!(
        of("  known race_unmapped_struct\n").is_some_and(|text| text.contains("        200 tries, ")),
        "{}",
        outcome.stdout
    );
    let listed: usize = outcome
        .stdout
        .lines()
        .filter_map(|line| line.trim().strip_prefix("unreported descriptors, closed again: "))
        .map(|numbers| numbers.split(' ').count())
        .sum();
    assert!(outcome.stdout.ends_with(&format!("; {listed} descriptors lost\n")), "{}", outcome.stdout);
    assert!(
        outcome.stdout.contains("        ioctl 0xc0184800 to the heap, writable memory, 24 bytes: 00"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn an_abi_that_nobody_knows_is_said_to_be_unknown_everywhere() {
    const TOLD: &str = "dmaheap: warning: unknown ABI (number 1: ENOTTY, 24 bytes: EINVAL, 32 \
                        bytes: EINVAL); probing it as mainline\nhint: choose the ABI to compare with: --abi mainline or --abi v12\n";
    let probe = |args: &[&str]| {
        simulated(&["--heap=system", "--fault=rule:unknown-is-enotty"], &[&["--case", "len_zero"], args].concat())
    };
    let table = probe(&[]);
    assert_eq!((table.status, table.stderr), (0, format!("{TOLD}{SIMULATED}")));
    assert!(table.stdout.lines().next().is_some_and(|line| line.ends_with(", ABI unknown, as mainline")));
    for format in ["ktap", "lava"] {
        let outcome = probe(&["--format", format]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, TOLD));
        assert!(outcome.stdout.contains(", ABI unknown, as mainline\n# simulated: "), "{}", outcome.stdout);
    }
    let junit = probe(&["--format", "junit"]).stdout;
    assert!(junit.contains("<property name=\"abi\" value=\"unknown, as mainline\"/>"), "{junit}");
    let json = rows(&probe(&["-J"]));
    assert_eq!((text(&json[0], "abi"), text(&json[0], "abi_found")), ("mainline", "unknown"));
    let forced = probe(&["--abi", "mainline"]);
    assert_eq!((forced.status, forced.stderr.as_str()), (0, SIMULATED));
    assert!(forced.stdout.lines().next().is_some_and(|line| line.ends_with(", ABI mainline, forced")));
}

#[test]
fn a_heap_that_is_neither_system_nor_cma_is_probed_by_name_only() {
    let run = |args: &[&str]| {
        let outcome = simulated(&["--heap=system", "--heap=camera"], &[&["-J", "--case", "len_zero"], args].concat());
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
        rows(&outcome).iter().map(|row| text(row, "heap").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(run(&[]), ["system"]);
    assert_eq!(run(&["--heap", "camera"]), ["camera"]);
    assert_eq!(run(&["--heap", "camera", "--heap", "system", "--heap", "camera"]), ["camera", "system"]);
    let path = simulated(
        &["--heap=system"],
        &["--format=lava", "--case=len_zero", "--heap=system", "--heap=/dev/dma_heap/system"],
    );
    assert_eq!(path.stderr, "dmaheap: not probed: /dev/dma_heap/system is system\n");
    assert_eq!(path.stdout.matches("TEST_CASE_ID=").count(), 1, "{}", path.stdout);
}

#[test]
fn a_difference_is_found_shrunk_and_found_again_by_the_line_that_is_printed() {
    let fault = ["--heap=system", "--fault=rule:heap-flags-unchecked"];
    let probe = |args: &[&str]| simulated(&fault, args);
    let fuzz = ["--fuzz", "300", "--seed", "42", "--fail-fast"];
    let first = probe(&fuzz);
    assert_eq!((first.status, first.stderr.as_str()), (1, format!("{SIMULATED}dmaheap: seed 42\n").as_str()));
    assert_eq!(probe(&fuzz).stdout, first.stdout);
    let lines: Vec<&str> = first.stdout.lines().map(str::trim).collect();
    assert_eq!(
        lines[1..4],
        [
            "system fuzz         0 ok, 1 FAILED",
            "fail  fuzz_1",
            "random requests, compared with the rules: expected EINVAL, got ok 1p"
        ]
    );
    assert!(lines.contains(&"nothing simpler differs"), "{lines:?}");
    let smallest = "ioctl 0xc0184800 to the heap, writable memory, 24 bytes: 0010000000000000 0000000002000000 ";
    assert!(lines.iter().any(|line| line.starts_with(smallest)), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("stopped after ") && line.ends_with(" of 300 requests")));
    let repeated = pasted(&fault, again(&first.stdout)[0]);
    assert_eq!(repeated.status, 1);
    assert!(repeated.stdout.contains("  fail  request\n"), "{}", repeated.stdout);
    let words = |text: &str| text.lines().find(|line| line.contains("ioctl 0x")).map(str::to_owned);
    assert_eq!(words(&repeated.stdout), words(&first.stdout));
}

/// The commands that are printed for differences.
fn again(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.split_once("again: ")).map(|(_, command)| command).collect()
}

/// `command`, pasted into a shell under `sim OPTIONS`.
fn pasted(options: &[&str], command: &str) -> Outcome {
    let tool = binary();
    let path = format!("PATH={}:$PATH; {command}", tool.parent().expect("a directory").display());
    bare([&["sim"], options, &["--", "sh", "-c", &path]].concat()).run()
}

#[test]
fn the_line_of_every_difference_repeats_it() {
    for (abi, rule) in [
        ("mainline", "fd-field-unchecked"),
        ("mainline", "len-zero-allowed"),
        ("mainline", "kind-checked"),
        ("mainline", "size-checked"),
        ("mainline", "tail-cleared"),
        ("mainline", "high-half-read"),
        ("mainline", "fault-is-einval"),
        ("v12", "reserved-unchecked"),
    ] {
        let fault = format!("--fault=rule:{rule}");
        let options = ["--heap=system", "--abi", abi, &fault];
        let outcome = simulated(&options, &["--fuzz=500", "--seed=42", "-J"]);
        let rows = rows(&outcome);
        assert_eq!((outcome.status, text(&rows[0], "verdict")), (1, "fail"), "{rule}: {}", outcome.stdout);
        for row in rows {
            let notes: Vec<&str> = row["notes"].as_array().expect("notes").iter().filter_map(Value::as_str).collect();
            let command = again(&notes.join("\n"))[0].to_owned();
            assert!(command.contains(" --request "), "{rule}: {command}");
            let repeated = pasted(&options, &format!("{command} -J"));
            let repeated = self::rows(&repeated);
            for key in ["expected", "outcome", "verdict"] {
                assert_eq!(text(&repeated[0], key), text(&row, key), "{rule}: {command}");
            }
        }
    }
}

#[test]
fn memory_that_others_hold_is_no_fault_of_the_kernel() {
    super::super::memory_that_others_hold_is_no_fault_of_the_kernel("camera", &|text| {
        let text = format!("DMAHEAP={}; {text}", binary().display());
        bare(["sim", "--heap=system", "--heap=camera=cma:4M", "--", "sh", "-c", &text]).run()
    });
}

#[test]
fn a_heap_that_refuses_what_it_could_give_fails() {
    let outcome = simulated(&["--heap=camera=cma:4M", "--fault=enomem-after=3"], &["-J", "--case=len_*"]);
    assert!(!with_verdict(&rows(&outcome), "fail").is_empty(), "{}", outcome.stdout);
}

#[test]
fn a_request_that_is_answered_as_it_should_be_is_shown() {
    let run = |request: &str| simulated(&["--heap=system"], &["--request", request]);
    for (request, line) in [
        ("heap_flags=1,at=misaligned", "  EINVAL"),
        ("len=2p", "  ok 2p"),
        ("ioctl=0x5451", "  done"),
        ("at=null", "  EFAULT"),
    ] {
        let outcome = run(request);
        assert_eq!((outcome.status, outcome.stdout.lines().nth(2)), (0, Some(line)), "{}", outcome.stdout);
    }
    let ktap = simulated(&["--heap=system"], &["--request=len=0", "--format=ktap"]);
    assert!(ktap.stdout.contains("\n1..1\n") && ktap.stdout.contains("ok 1 system.request"), "{}", ktap.stdout);
    let large = run("len=1G");
    assert_eq!((large.status, large.stdout.as_str()), (2, ""));
    assert!(large.stderr.contains("--request asks for more than 1 MiB, which is never sent\n"), "{}", large.stderr);
    let harmful = run("ioctl=0xc0045877");
    assert!(harmful.stderr.contains("0xc0045877 changes a file or its file system and is never sent"));
}

#[test]
fn each_kind_of_difference_is_shown_once_after_all_requests() {
    let outcome = simulated(
        &["--heap=system", "--fault=rule:heap-flags-unchecked", "--fault=rule:fd-field-unchecked"],
        &["--fuzz=3000", "--seed=42", "--format=ktap"],
    );
    let ids: Vec<&str> = outcome.stdout.lines().filter_map(|line| line.strip_prefix("not ok ")).collect();
    assert_eq!((ids, outcome.status), (vec!["1 system.fuzz_1", "2 system.fuzz_2"], 1), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("# stopped after "), "{}", outcome.stdout);
    let counts: Vec<u64> = outcome
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("# requests that differ in this way: ")?.split(',').next()?.parse().ok())
        .collect();
    assert!(counts.len() == 2 && counts.iter().all(|count| *count > 50), "{counts:?}");
    assert_eq!(outcome.stderr, "dmaheap: seed 42\n");
}

#[test]
fn all_requests_are_sent_however_many_kinds_differ() {
    let faults = [
        "fd-flags-unchecked",
        "heap-flags-unchecked",
        "fd-field-unchecked",
        "len-zero-allowed",
        "len-written-back",
        "kind-checked",
        "tail-checked",
        "high-half-read",
        "fault-is-einval",
        "vfs-broken",
    ]
    .map(|rule| format!("--fault=rule:{rule}"));
    let options: Vec<&str> = ["--heap=system"].into_iter().chain(faults.iter().map(String::as_str)).collect();
    let outcome = simulated(&options, &["--abi=mainline", "--fuzz=1500", "--seed=1", "-J"]);
    let rows = rows(&outcome);
    let notes = rows[rows.len() - 1]["notes"].to_string();
    assert_eq!((rows.len(), outcome.status), (10, 1));
    assert!(notes.contains("requests that differ in other ways: ") && !notes.contains("stopped after"), "{notes}");
    let command = rows[0]["notes"][0].as_str().unwrap_or_default();
    assert!(command.starts_with("again: dmaheap probe --heap system --abi mainline --request "), "{command}");
}

#[test]
fn a_difference_that_does_not_happen_again_keeps_what_it_was() {
    let probe = ["--fuzz=2000", "--seed=1", "-J"];
    let outcome = simulated(&["--heap=system", "--fault=keep-fd-after=300"], &probe);
    let rows = rows(&outcome);
    assert_eq!((outcome.status, rows.len(), text(&rows[0], "verdict")), (1, 1, "fail"));
    assert_eq!((text(&rows[0], "expected"), text(&rows[0], "outcome")), ("ok 2p", "ok 2p+hidden_fd"));
    assert_eq!(rows[0]["lost_fds"].as_array().map(Vec::len), Some(1));
    let notes: Vec<&str> = rows[0]["notes"].as_array().expect("notes").iter().filter_map(Value::as_str).collect();
    assert!(notes.contains(&"not reproduced alone: it needs the requests before it"), "{notes:?}");
    assert!(notes.iter().any(|note| note.starts_with("ioctl 0x")), "{notes:?}");
}

#[test]
fn a_clean_run_tells_its_seed_in_every_format() {
    for format in ["table", "ktap", "lava", "junit", "json"] {
        let outcome = simulated(&["--heap=system"], &["--fuzz=50", "--seed=7", "--format", format]);
        assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        assert!(outcome.stderr.ends_with("dmaheap: seed 7\n"), "{}", outcome.stderr);
        assert!(outcome.stdout.contains("seed 7"), "{}", outcome.stdout);
    }
}

#[test]
fn strict_fails_announced_deviations() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "heap_flags_bit_00=ok\n").expect("written");
    let path = file.path().to_str().expect("text");
    let run = |strict: &[&str]| {
        let args = [&["-J", "--case=heap_flags_bit_00", "--expect", path], strict].concat();
        let outcome = simulated(&["--heap=system", "--fault=rule:heap-flags-unchecked"], &args);
        let rows = rows(&outcome);
        assert_eq!(with_verdict(&rows, "ok"), [""; 0]);
        (outcome.status, text(&rows[0], "verdict").to_owned(), text(&rows[0], "reason").to_owned())
    };
    let reason = "listed as a deviation; the correct answer is EINVAL".to_owned();
    assert_eq!(run(&[]), (0, "known".to_owned(), reason.clone()));
    assert_eq!(run(&["--strict"]), (1, "fail".to_owned(), reason));
}
