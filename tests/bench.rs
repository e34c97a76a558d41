//! `dmaheap bench`
//!
//! No test says how long anything takes: what is checked is that figures agree with each other.

use crate::support::{Ground, assert_fields, bare, binary, dmaheap, script_with};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

mod files;

const STEPS: [&str; 8] = ["allocate", "touch", "sync-start", "sync-end", "close", "fill", "copy", "verify"];

/// A run that is short, of two sizes.
const SHORT: [&str; 9] = ["bench", "--iterations", "24", "--warmup", "1", "-s", "4k", "-s", "300000"];

/// Anything else that a kernel or a machine makes it say about the conditions.
fn without_conditions(stderr: &str) -> String {
    let is_condition = |line: &&str| line.contains("the clock is a system call here") || line.contains(" jobs share ");
    stderr.split_inclusive('\n').filter(|line| !is_condition(line)).collect()
}

/// Runs it; answers stdout. Nothing but the conditions may be on stderr.
#[track_caller]
fn succeed(args: &[&str]) -> String {
    let outcome = dmaheap(args).run();
    assert_eq!((outcome.status, without_conditions(&outcome.stderr).as_str()), (0, ""), "{}", outcome.stdout);
    outcome.stdout
}

#[track_caller]
fn rows(args: &[&str]) -> Vec<Value> {
    crate::support::rows(&succeed(args))
}

fn number(row: &Value, key: &str) -> u64 {
    row[key].as_u64().unwrap_or_else(|| panic!("{key} in {row}"))
}

/// `SHORT` with more.
fn short<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SHORT.iter().chain(more).copied().collect()
}

#[test]
fn the_table_has_a_row_for_each_step_of_each_size_and_fits_a_terminal() {
    let table = succeed(&short(&["--width", "80"]));
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["HEAP", "SIZE", "STEP", "P50", "P99", "MAX", "RATE", "RATIO"]);
    let steps: Vec<(&str, &str)> = lines[1..].iter().map(|line| (line[1], line[2])).collect();
    let expected: Vec<(&str, &str)> =
        ["4KiB", "293.0KiB"].iter().flat_map(|size| STEPS.iter().map(move |step| (*size, *step))).collect();
    assert_eq!(steps, expected);
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}

#[test]
fn figures_agree_with_each_other() {
    for (jobs, size) in [("1", 4096), ("2", 300_000)] {
        let text = size.to_string();
        let rows = rows(&["bench", "-i", "24", "--warmup", "0", "-s", &text, "--jobs", jobs, "-J"]);
        assert_eq!(rows.len(), STEPS.len());
        for (row, step) in rows.iter().zip(STEPS) {
            assert_eq!((&row["heap"], &row["step"], number(row, "size")), (&"system".into(), &step.into(), size));
            let times = ["min_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"].map(|key| number(row, key));
            assert!(times.is_sorted(), "{row}");
            assert!((times[0]..=times[5]).contains(&number(row, "mean_ns")), "{row}");
        }
        let jobs: u64 = jobs.parse().unwrap();
        for row in &rows[..5] {
            assert_eq!(number(row, "count"), 24 * jobs, "{row}");
            assert!(row["bytes"].is_null() && row["ratio"].is_null(), "{row}");
        }
        for row in &rows[5..] {
            assert_eq!(number(row, "bytes"), size * number(row, "count"), "{row}");
            // 20 rounds of three turns of a mebibyte or more, in each job.
            assert_eq!(number(row, "count"), 20 * 3 * jobs * (1_u64 << 20).div_ceil(size), "{row}");
            let ratio = number(row, "rate_bytes_per_s") as f64 / number(row, "baseline_bytes_per_s") as f64;
            assert!(ratio > 0.0 && row["ratio"].as_f64().is_some_and(|ratio| ratio > 0.0), "{row}");
        }
    }
}

#[test]
fn heaps_and_sizes_that_are_repeated_are_measured_once() {
    let text = succeed(&[
        "bench", "-i", "1", "--heap", "system", "--heap", "system", "-s", "4k", "-s", "4096", "-n", "-o", "STEP",
    ]);
    assert_eq!(text, STEPS.map(|step| format!("{step}\n")).concat());
}

#[test]
fn a_time_is_an_amount_too() {
    let rows = rows(&["bench", "-d", "2s", "-s", "4k", "-J"]);
    assert!(rows.iter().all(|row| number(row, "count") > 0), "{rows:?}");
}

#[test]
fn a_time_that_is_too_short_for_the_size_ends_the_run_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("run");
    // One round of sweeps moves some GiB.
    for warmup in ["10", "0"] {
        for jobs in ["1", "2"] {
            let args = ["bench", "-d", "20ms", "-s", "64M", "--warmup", warmup, "-j", jobs, "-n", "-o", "STEP"];
            let outcome = dmaheap(args.iter().copied().chain(["--save", file.to_str().unwrap()])).run();
            assert_eq!((outcome.stdout.as_str(), outcome.status), ("", 1));
            assert_eq!(
                without_conditions(&outcome.stderr),
                "dmaheap: timed out after 20ms; the figures are incomplete; no file was written\n\
                 hint: use a longer --duration, fewer heaps or smaller sizes\n"
            );
            assert!(!file.exists());
        }
    }
}

/// `dmaheap bench` of a simulation with something wrong, on every ground.
fn simulated(options: &[&str], args: &[&str]) -> crate::support::Outcome {
    let tool = binary();
    let all = [&["sim"][..], options, &["--", tool.to_str().unwrap(), "bench"], args].concat();
    bare(all).run()
}

/// How much later a heap answers: more than the simulator's own cost varies by while other programs run beside it, and
/// where it runs on an emulated processor.
fn slow() -> &'static str {
    match Ground::current() {
        Ground::Simulator => "slow=20ms",
        Ground::Kernel => "slow=200ms",
    }
}

#[test]
fn a_slower_allocation_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("before.json").display().to_string();
    // Five in each round, so what disturbs one of them disturbs no round.
    let run = ["-i", "100", "--warmup", "2", "-s", "4k", "-J"];
    assert_eq!(simulated(&[], &[&run[..], &["--save", &file]].concat()).status, 0);
    let slow = simulated(&["--fault", slow()], &[&run[..], &["--compare", &file]].concat());
    assert_eq!(slow.status, 1, "{}", slow.stdout);
    assert!(slow.stderr.contains(&format!("dmaheap: slower than {file}: ")), "{}", slow.stderr);
    let document: Value = serde_json::from_str(&slow.stdout).unwrap();
    assert_eq!(document["simulated"], true);
    let allocate = &document["rows"][0];
    assert_fields(allocate, &json!({"step": "allocate", "verdict": "slower"}));
    assert!(number(allocate, "min_ns") >= 20_000_000, "{allocate}");
}

#[test]
fn faster_run_is_not_a_failure() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("before.json").display().to_string();
    let run = ["-i", "100", "-s", "4k", "-J"];
    assert_eq!(simulated(&["--fault", slow()], &[&run[..], &["--save", &file]].concat()).status, 0);
    let document = simulated(&[], &[&run[..], &["--compare", &file]].concat()).stdout;
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["rows"][0]["verdict"], "faster");
}

/// Starts a run of an hour, lets a signal end it as soon as it measures (what is on stderr before has no
/// `%`), and prints the status and then its stderr. `$0` is a directory.
const INTERRUPTED: &str = "mkfifo \"$0/talk\" && exec 5<>\"$0/talk\"\n\
     \"$DMAHEAP\" bench -d 1h --warmup 0 -s 4k -s 1M --progress always --save \"$0/run\" >\"$0/table\" 2>&5 &\n\
     while [ \"$(dd bs=1 count=1 <&5 2>/dev/null)\" != % ]; do :; done; sleep 1\n\
     kill -SIGNAL $!; wait $!; echo status $?\n\
     printf '\\nEND\\n' >&5\n\
     while IFS= read -r line <&5 && [ \"$line\" != END ]; do printf '%s\\n' \"$line\"; done";

#[test]
fn a_signal_ends_it_and_what_was_measured_until_then_is_printed() {
    for (signal, number) in [("TERM", 15), ("HUP", 1)] {
        let dir = tempfile::tempdir().unwrap();
        let text = INTERRUPTED.replace("SIGNAL", signal);
        let stdout = script_with(&text, dir.path().to_str().unwrap()).run().success();
        assert!(stdout.starts_with(&format!("status {}\n", 128 + number)), "{stdout}");
        let message =
            format!("dmaheap: interrupted (SIG{signal}) before the first round was complete; no file was written\n");
        assert!(stdout.contains(&message), "{stdout}");
        let table = fs::read_to_string(dir.path().join("table")).unwrap();
        assert!(table.lines().nth(1).is_some_and(|line| line.contains(" allocate ")), "{table}");
        assert!(!table.contains("1MiB"), "its turn had not come: {table}");
        assert!(!dir.path().join("run").exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "the table and the FIFO");
    }
}

#[test]
fn senseless_arguments_are_usage_errors() {
    for (args, reason) in [
        (&["-s", "0"][..], "every kernel refuses a buffer of 0 bytes"),
        (&["-s", "-1"], "a size cannot be negative"),
        (&["--iterations", "0"], "the count must be at least 1"),
        (&["--duration", "0"], "--duration: must be greater than zero"),
        (&["--duration", "-1"], "a duration cannot be negative"),
        (&["--jobs", "0"], "'0' is not a number of jobs; expected 1 to 64"),
        (&["--jobs", "65"], "'65' is not a number of jobs; expected 1 to 64"),
        (&["--pin", "first"], "invalid value 'first' for '--pin <CPU>'"),
        (&["--pin", "-1"], "invalid value '-1' for '--pin <CPU>': a CPU number cannot be negative"),
        (&["--warmup", "-1"], "invalid value '-1' for '--warmup <N>': a count cannot be negative"),
        (&["--warmup", "18446744073709551616"], "a count is at most 18446744073709551615"),
        (&["--iterations", "18446744073709551616"], "a count is at most 18446744073709551615"),
        (&["-i", "1", "-d", "1s"], "cannot be used with"),
        (&["--from", "x", "--save", "y"], "cannot be used with"),
        (&["-o", "SPEED"], "unknown column 'SPEED' (columns: HEAP SIZE STEP"),
    ] {
        let stderr = bare([&["bench"], args].concat()).run().failure(2);
        assert!(stderr.contains(reason), "{args:?}: {stderr}");
        if let Some(hint) = stderr.lines().find(|line| line.contains("--help")) {
            assert_eq!(hint, "hint: see `dmaheap bench --help`", "{args:?}");
        }
    }
}

#[test]
fn a_cpu_that_cannot_be_used_is_named_with_those_that_can() {
    let stderr = dmaheap(["bench", "--pin", "1000"]).run().failure(1);
    assert!(
        stderr.starts_with("dmaheap: pin to CPU 1000: no such CPU\nhint: CPUs that this process may use: "),
        "{stderr}"
    );
    let first = &stderr[stderr.rfind(": ").unwrap() + 2..].split(['-', ' ', '\n']).next().unwrap().to_owned();
    succeed(&["bench", "-i", "2", "-s", "4k", "--jobs", "2", "--pin", first]);
}

#[test]
fn over_budget_request_is_not_sent() {
    let stderr = dmaheap(["bench", "-s", "64T"]).run().failure(1);
    assert!(stderr.starts_with("dmaheap: allocate from system: ") && stderr.contains(" refused: "), "{stderr}");
    // One would fit, the jobs together do not.
    let total = fs::read_to_string("/proc/meminfo").unwrap();
    let kib: u64 = total.split_whitespace().nth(1).unwrap().parse().unwrap();
    let size = (kib * 1024 / 64).to_string();
    let stderr = dmaheap(["bench", "-s", &size, "--jobs", "64"]).run().failure(1);
    assert!(stderr.contains(" refused: "), "{stderr}");
}

#[test]
fn a_heap_that_is_not_there_or_gives_nothing_is_an_error() {
    let stderr = dmaheap(["bench", "--heap", "system", "--heap", "nowhere"]).run().failure(1);
    assert!(stderr.starts_with("dmaheap: open heap nowhere: no such heap (ENOENT)\nhint: heaps here: "), "{stderr}");
    let outcome = simulated(&["--fault", "rule:node-needs-write"], &["-i", "1", "-s", "4k"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""));
    assert!(
        outcome.stderr.contains("allocate 4096 bytes from system: bad file descriptor (EBADF)\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn memory_that_ends_during_the_run_leaves_what_was_measured() {
    // The trial, and then a buffer for the passes and one for the latencies of each round.
    let outcome = simulated(&["--fault", "enomem-after=8"], &["-i", "20", "--warmup", "0", "-s", "4k", "-J"]);
    assert_eq!(outcome.status, 1);
    assert!(
        outcome.stderr.contains("dmaheap: allocate 4096 bytes from system: cannot allocate memory (ENOMEM)\nhint: "),
        "{}",
        outcome.stderr
    );
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&document["rows"][0]["step"], &document["rows"][0]["count"]), (&"allocate".into(), &3.into()));
}

#[test]
fn a_heap_of_the_v12_series_is_measured_too() {
    let outcome = simulated(&["--abi", "v12"], &["-i", "2", "-s", "4k", "-n", "-o", "STEP"]);
    assert_eq!(
        (outcome.status, outcome.stdout),
        (0, STEPS.map(|step| format!("{step}\n")).concat()),
        "{}",
        outcome.stderr
    );
}

#[test]
fn progress_is_shown_where_it_was_asked_for_and_taken_away() {
    let outcome = dmaheap(["bench", "-i", "2", "-s", "4k", "--progress", "always", "-n", "-o", "STEP"]).run();
    assert_eq!(outcome.status, 0);
    assert!(outcome.stderr.contains("system 4KiB") && outcome.stderr.contains('%'), "{:?}", outcome.stderr);
    assert_eq!(outcome.stdout.lines().count(), STEPS.len());
}

#[test]
fn columns_can_be_listed_and_need_no_heap() {
    let listed = bare(["bench", "-H"]).run().success();
    assert!(listed.starts_with("COLUMN    KEY                   HOLDS\nHEAP      heap "), "{listed}");
    assert_eq!(listed.lines().count(), 20);
}

#[test]
fn threads_run_on_the_cpus_that_they_are_pinned_to() {
    let allowed = crate::sys::process::affinity::allowed().unwrap();
    let (first, last) = (allowed[0], allowed[allowed.len() - 1]);
    let mut lists = vec![first.to_string(), last.to_string()];
    lists.dedup();
    let text = format!(
        "\"$DMAHEAP\" bench -d 1h -s 4k --jobs 2 --pin {first} --pin {last} >/dev/null 2>/dev/null & tool=$!
         # The second thread is a new one in each round, and not there yet for a moment.
         until test -e \"$(printf '%s\\n' /proc/$tool/task/* | sed -n 2p)\" &&
               found=$(cat /proc/$tool/task/*/status 2>/dev/null) &&
               test \"$(echo \"$found\" | sed -n 's/^Cpus_allowed_list:.//p' | sort -n | uniq)\" = \"$0\"; do :; done
         kill $tool; wait $tool"
    );
    let outcome = script_with(&text, &lists.join("\n")).run();
    assert_eq!((outcome.status, outcome.stdout.as_str()), (143, ""), "{}", outcome.stderr);
}

#[test]
#[ignore = "needs a real kernel: a heap whose path the simulator does not have"]
fn run_with_many_jobs_leaves_nothing() {
    assert!(Path::new("/sys/kernel/debug/dma_buf/bufinfo").exists());
    // `run` counts what is left.
    succeed(&["bench", "-i", "40", "-s", "4k", "-s", "1M", "--jobs", "8"]);
}
