//! `dmaheap stress`

mod cma;
mod ends;
mod left;

use crate::support::{Outcome, Run, assert_fields, bare, binary, dmaheap, rows, script};
use serde_json::{Value, json};

/// `dmaheap stress ARGS` under a simulator with this fault, on any ground.
fn with_fault(fault: &str, args: &[&str]) -> Outcome {
    let tool = binary();
    let mut all = vec!["sim", "--fault", fault, "--", tool.to_str().unwrap(), "stress"];
    all.extend(args);
    bare(all).run()
}

fn stress(args: &[&str]) -> Run {
    dmaheap(["stress"].iter().chain(args))
}

/// The reports of a run, the last of which is the total.
#[track_caller]
fn reports(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| rows(line).remove(0)).collect()
}

fn number(row: &Value, key: &str) -> u64 {
    row[key].as_u64().unwrap_or_else(|| panic!("{key} in {row}"))
}

#[test]
fn a_run_ends_clean_with_figures_that_add_up() {
    let outcome = stress(&["--seed", "1", "--jobs", "3", "--iterations", "300", "--report", "10ms", "-J"]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "dmaheap: seed 1 jobs 3\n"));
    let reports = reports(&outcome.stdout);
    let (total, intervals) = reports.split_last().unwrap();
    assert_fields(total, &json!({"report": "total", "operations": 900}));
    for key in ["operations", "allocations", "filled", "verified"] {
        // What happened after the last interval is in the total only.
        let sum: u64 = intervals.iter().map(|report| number(report, key)).sum();
        assert!(sum <= number(total, key) && number(total, key) > 0, "{key}");
    }
    let figures = ["min_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"].map(|key| number(total, key));
    assert!(figures.is_sorted() && figures[0] > 0, "{total}");
    assert_fields(total, &json!({"held": 0, "held_bytes": 0, "failures": []}));
    assert!(intervals.iter().all(|report| report["report"] == "interval" && number(report, "held") <= 64));
}

#[test]
fn the_last_line_says_that_nothing_failed_unless_a_script_reads_it() {
    const LINE: &str = "no failure in 20 operations\n";
    let said = |args: &[&str]| {
        let outcome = stress(&[&["-i", "20", "-j", "1", "--max-size", "64k"], args].concat()).run();
        assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        outcome.stdout
    };
    assert!(said(&[]).ends_with(&format!("\n{LINE}")));
    for args in [["-q"].as_slice(), &["-J"], &["-n"], &["-r"], &["-o", "OPERATIONS"]] {
        assert!(!said(args).contains(LINE), "{args:?}");
    }
    let broken = with_fault("flip-after=5", &["-i", "200", "--seed", "1"]);
    assert!(broken.status == 1 && !broken.stdout.contains("no failure"), "{}", broken.stdout);
}

#[test]
fn buffers_unverified_at_the_end_are_freed_and_counted() {
    let sizes = ["--min-size", "64M", "--max-size", "64M", "--max-hold", "2"];
    let run = stress(&[&["--seed", "1", "-j", "1", "-d", "1ms", "-J"][..], &sizes].concat());
    let outcome = run.run();
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    assert_eq!(
        outcome.stderr,
        "dmaheap: seed 1 jobs 1\ndmaheap: time ran out before all buffers were verified; freed unverified: 1\n"
    );
    let total = reports(&outcome.stdout).pop().unwrap();
    assert_eq!((number(&total, "operations"), number(&total, "verified"), number(&total, "held")), (1, 0, 0));
}

#[test]
fn the_same_seed_is_the_same_sequence_of_operations() {
    let operations = |seed: &str, jobs: &str| {
        let args =
            ["--seed", seed, "--jobs", jobs, "--iterations", "40", "--max-hold", "8", "--max-size", "64k", "--trace"];
        let outcome = stress(&args).run();
        assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        let mut lines: Vec<String> =
            outcome.stderr.lines().filter(|line| line.starts_with("job ")).map(str::to_owned).collect();
        assert_eq!(lines.len(), 40 * jobs.parse::<usize>().unwrap());
        lines.sort_unstable();
        lines
    };
    let two = operations("7", "2");
    assert_eq!(operations("7", "2"), two);
    assert_ne!(operations("8", "2"), two);
    assert_ne!(operations("7", "1")[..], two[..40]);
}

#[test]
fn a_shortage_of_memory_is_counted_and_no_failure() {
    let outcome = with_fault("enomem-after=20", &["--seed", "1", "--iterations", "300", "-J"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "dmaheap: seed 1 jobs 2\n"));
    let total = &reports_of_simulation(&outcome.stdout).pop().unwrap();
    assert_eq!((&total["allocations"], &total["errors"][0]["errno"]), (&json!(20), &json!("ENOMEM")));
    assert!(number(&total["errors"][0], "count") > 0);
}

/// As [`reports`], of a simulation on any ground.
fn reports_of_simulation(stdout: &str) -> Vec<Value> {
    let row = |line: &str| serde_json::from_str::<Value>(line).unwrap()["rows"][0].clone();
    stdout.lines().map(row).collect()
}

#[test]
fn a_shortage_of_files_is_counted_and_no_failure() {
    let args = "--seed 1 --jobs 1 --iterations 400 --max-hold 200 --max-size 4k --report 5ms -J";
    let outcome = script(&format!("ulimit -n 64; exec \"$DMAHEAP\" stress {args}")).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "dmaheap: seed 1 jobs 1\n"));
    let total = reports(&outcome.stdout).pop().unwrap();
    assert_eq!(total["errors"][0]["errno"], "EMFILE", "{total}");
}

#[test]
fn answers_that_come_late_are_no_failure() {
    let outcome = with_fault("slow=2ms", &["--seed", "1", "--iterations", "60", "-J"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "dmaheap: seed 1 jobs 2\n"));
    let total = &reports_of_simulation(&outcome.stdout).pop().unwrap();
    assert!(number(total, "min_ns") >= 2_000_000, "{total}");
}

#[test]
fn a_changed_byte_is_found_and_named_with_the_seed() {
    for after in ["0", "7", "100", "333"] {
        let outcome = with_fault(&format!("flip-after={after}"), &["--seed", "5", "--iterations", "300", "-J"]);
        assert_eq!(outcome.status, 1, "{after}: {}", outcome.stderr);
        let stderr = &outcome.stderr;
        assert!(stderr.contains("dmaheap: verify a buffer of ") && stderr.contains(": 1 of "), "{stderr}");
        assert!(stderr.contains("\nXOR           0x"), "{stderr}");
        assert!(
            stderr.ends_with("hint: repeat the run with --seed 5 --jobs 2 and the same other options\n"),
            "{stderr}"
        );
        let total = reports_of_simulation(&outcome.stdout).pop().unwrap();
        assert!(total["failures"][0].as_str().unwrap().starts_with("verify a buffer of "), "{total}");
    }
}

#[test]
fn a_descriptor_that_stays_is_found_and_named_with_the_seed() {
    let outcome = with_fault("keep-fd-after=10", &["--seed", "5", "--iterations", "100", "-J"]);
    assert_eq!(outcome.status, 1);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", outcome.stderr);
    assert!(lines[1].starts_with("dmaheap: close descriptor ") && lines[1].ends_with(": a dma-buf is left open"));
    assert_eq!(lines[2], "hint: repeat the run with --seed 5 --jobs 2 and the same other options");
}

#[test]
fn a_descriptor_that_stays_in_a_child_process_is_found_and_named_too() {
    // One request after the other, by whichever process makes it: what each is left with must be found.
    let run = ["--seed", "1", "--jobs", "1", "--iterations", "40", "--max-hold", "1", "--max-size", "64k", "-J"];
    let mut found_in = [0, 0];
    for number in 1..=12 {
        let outcome = with_fault(&format!("keep-fd-at-sync={number}"), &run);
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        let [_, named, hint] = lines[..] else { panic!("{number}: {}", outcome.stderr) };
        let failure = named.strip_prefix("dmaheap: ").unwrap();
        let in_child = failure.strip_prefix("end a child process: ");
        let left = in_child.unwrap_or(failure);
        assert!(left.starts_with("close descriptor ") && left.ends_with(": a dma-buf is left open"), "{failure}");
        assert_eq!(hint, "hint: repeat the run with --seed 1 --jobs 1 and the same other options");
        let total = reports_of_simulation(&outcome.stdout).pop().unwrap();
        assert_eq!((outcome.status, &total["failures"]), (1, &json!([failure])));
        found_in[usize::from(in_child.is_some())] += 1;
    }
    assert!(found_in.iter().all(|count| *count > 0), "{found_in:?}");
}

#[test]
fn an_answer_that_is_no_shortage_is_a_failure() {
    let outcome = with_fault("rule:node-needs-write", &["--seed", "5", "-J"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.contains("from system: bad file descriptor (EBADF)\n"), "{}", outcome.stderr);
}

#[test]
fn a_signal_ends_it_with_a_final_report() {
    for (signal, status) in [("TERM", 143), ("HUP", 129)] {
        let outcome = script(&format!(
            "dir=$(mktemp -d) && trap 'rm -r \"$dir\"' EXIT && mkfifo \"$dir/reports\"
             \"$DMAHEAP\" stress --seed 1 --duration 1h --report 10ms -J >\"$dir/reports\" &
             {{ read -r first; kill -{signal} $!; tail -n 1; }} <\"$dir/reports\"
             wait $!"
        ))
        .run();
        assert_eq!((outcome.status, outcome.stderr.as_str()), (status, "dmaheap: seed 1 jobs 2\n"));
        let total = &reports(&outcome.stdout)[0];
        assert_fields(total, &json!({"report": "total", "held": 0}));
    }
}

#[test]
fn the_table_fits_a_terminal_and_the_total_follows() {
    let args = ["--seed", "1", "--duration", "1s", "--report", "20ms"];
    let outcome = stress(&args).run();
    // Whether there is time to verify all that is still held depends on the machine.
    assert!(outcome.status == 0 && outcome.stderr.starts_with("dmaheap: seed 1 jobs 2\n"), "{}", outcome.stderr);
    let (table, total) = outcome.stdout.split_once("\n\n").expect("two parts");
    let heading: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(heading.join(","), "TIME,OPS/S,P50,P99,MAX,HELD,BYTES,AVAIL,CMA-FREE,ERRORS");
    assert!(table.lines().all(|line| line.len() <= 80), "{table}");
    assert!(total.starts_with("SEED         1\nJOBS         2\nTIME "), "{total}");
}

#[test]
fn held_bytes_stay_below_max_hold() {
    for (hold, key, most) in [("5", "held", 5), ("300k", "held_bytes", 300 << 10)] {
        let args = ["--seed", "2", "--jobs", "1", "--iterations", "300", "--max-size", "100k", "--report", "5ms", "-J"];
        let outcome = stress(&[&args[..], &["--max-hold", hold]].concat()).run();
        assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        assert!(reports(&outcome.stdout).iter().all(|report| number(report, key) <= most), "{hold}");
    }
}

#[test]
fn max_hold_beyond_the_budget_is_refused_before_allocation() {
    let stderr = stress(&["--max-hold", "64T", "--seed", "1"]).run().failure(1);
    assert!(
        stderr.contains("dmaheap: allocate from system: ") && stderr.contains(" refused: exceeds the memory budget"),
        "{stderr}"
    );
    assert!(
        stderr.ends_with(
            "hint: use a smaller --max-hold or --max-size; --force runs anyway, at the risk of being killed\n"
        )
    );
    let stderr = stress(&["--heap", "nowhere", "--seed", "1"]).run().failure(1);
    assert!(stderr.contains("dmaheap: open heap nowhere: no such heap (ENOENT)\nhint: heaps here: "), "{stderr}");
}

#[test]
fn options_that_are_none_are_usage_errors() {
    let refused = |args: &[&str]| bare(["stress"].iter().chain(args)).run().failure(2);
    for hold in ["0", "0M"] {
        assert!(refused(&["--max-hold", hold]).contains("--max-hold must be at least 1; expected a number of buffers"));
    }
    assert!(refused(&["--max-hold", "-1"]).contains("it cannot be negative"));
    assert!(refused(&["--max-hold", "many"]).contains("not a number"));
    for hold in ["1048577", "100000000000", "18446744073709551615"] {
        let reason = format!("--max-hold {hold} is more than 1048576, the most buffers that a process can have open");
        assert!(refused(&["--max-hold", hold]).contains(&reason));
    }
    assert!(
        refused(&["--max-hold", "3", "--jobs", "4"])
            .contains("--max-hold 3 is less than one buffer for each of 4 jobs")
    );
    assert!(
        refused(&["--max-hold", "1M", "--jobs", "2"])
            .contains("less than one buffer of 1048576 bytes for each of 2 jobs")
    );
    assert!(refused(&["--min-size", "2M"]).contains("--min-size 2097152 is larger than --max-size 1048576"));
    assert!(refused(&["--max-size", "0"]).contains("every kernel refuses a buffer of 0 bytes"));
    assert!(refused(&["--duration", "0"]).contains("the duration must be greater than zero"));
    assert!(refused(&["--report", "0s"]).contains("the duration must be greater than zero"));
    assert!(refused(&["--iterations", "0"]).contains("the count must be at least 1"));
    assert!(refused(&["--jobs", "0"]).contains("not a number of jobs; expected 1 to 64"));
    assert!(refused(&["--seed", "x"]).contains("not a 64-bit number"));
    assert!(refused(&["-J", "-r"]).contains("cannot be used with"));
}
