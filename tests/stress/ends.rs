//! How a soak ends: by its processes, by signals, by nothing to do; and its last report.

use super::{number, reports, reports_of_simulation, stress, with_fault};
use crate::support::{Outcome, assert_fields, bare, binary, script};
use serde_json::json;

#[test]
fn a_child_process_that_is_killed_is_a_failure_with_a_final_report_and_the_seed() {
    let outcome = script(
        "dir=$(mktemp -d) && trap 'rm -r \"$dir\"' EXIT && mkfifo \"$dir/reports\"
         \"$DMAHEAP\" stress --seed 9 --duration 1h --report 10ms -J >\"$dir/reports\" & tool=$!
         { read -r first
           set -- $(grep -l \"^PPid:.$tool$\" /proc/[0-9]*/status 2>/dev/null)
           child=${1#/proc/} && kill -KILL \"${child%/status}\"
           tail -n 1
         } <\"$dir/reports\"
         wait $tool",
    )
    .run();
    let (stdout, stderr) = (&outcome.stdout, &outcome.stderr);
    assert_eq!(outcome.status, 1, "{stdout}{stderr}");
    let total = &reports(stdout)[0];
    assert_eq!(total["report"], "total");
    let failures = total["failures"].as_array().unwrap();
    assert!(failures.contains(&json!("end a child process: killed by SIGKILL")), "{failures:?}");
    assert!(
        stderr.contains(
            "
dmaheap: end a child process: killed by SIGKILL\n"
        ),
        "{stderr}"
    );
    assert!(stderr.ends_with("hint: repeat the run with --seed 9 --jobs 2 and the same other options\n"), "{stderr}");
}

#[test]
fn a_run_that_was_given_no_buffer_has_tested_nothing() {
    let args = ["--seed", "1", "--iterations", "50", "-r", "-n", "-o", "REPORT,OPERATIONS,ALLOCATIONS,ERRORS"];
    let outcome = with_fault("enomem-after=0", &args);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("total 100 0 ENOMEM:100\n", 4));
    assert!(outcome.stderr.ends_with("\ndmaheap: nothing was tested: no buffer was allocated\n"), "{}", outcome.stderr);
}

/// A soak whose stdout is a pipe that is full and that nobody reads, until it has no children any more.
#[track_caller]
fn blocked(args: &str, meanwhile: &str) -> Outcome {
    script(&format!(
        "dir=$(mktemp -d) && trap 'kill $filler; rm -r \"$dir\"' EXIT && mkfifo \"$dir/reports\" && exec 5<>\"$dir/reports\"
         yes >&5 & filler=$!
         # A shell says what its jobs are ended by.
         exec 2>/dev/null
         # It sleeps when there is no more room.
         until grep -q ' S ' /proc/$filler/stat; do :; done
         children() {{ grep -l \"^PPid:.$tool$\" /proc/[0-9]*/status 2>/dev/null; }}
         \"$DMAHEAP\" stress --seed 1 {args} --report 1ms -J >&5 2>\"$dir/talk\" & tool=$!
         until grep -q '^dmaheap: seed' \"$dir/talk\"; do :; done
         {meanwhile}
         while children >/dev/null; do :; done
         # Once more if it comes while what was left is looked for. A shell may have waited for it already.
         while kill -TERM $tool && ! grep -q ' Z ' /proc/$tool/stat; do :; done
         wait $tool; status=$?; cat \"$dir/talk\"; exit $status"
    ))
    .run()
}

#[test]
fn signals_end_it_while_nobody_reads_its_reports() {
    let outcome = blocked("--duration 1h", "until children >/dev/null; do :; done; kill -TERM $tool");
    assert_eq!(
        (outcome.status, outcome.stdout.as_str(), outcome.stderr.as_str()),
        (143, "dmaheap: seed 1 jobs 2\n", "")
    );
}

#[test]
fn a_signal_ends_it_when_all_is_done_and_nobody_reads_the_total() {
    let outcome = blocked("--iterations 1", ":");
    assert_eq!(
        (outcome.status, outcome.stdout.as_str(), outcome.stderr.as_str()),
        (143, "dmaheap: seed 1 jobs 2\n", "")
    );
}

#[test]
fn the_last_report_has_the_columns_of_the_others_where_they_were_chosen() {
    let lines = |args: &[&str]| -> Vec<String> {
        let all = [&["--seed", "1", "--iterations", "60", "--report", "1h"][..], args].concat();
        let outcome = stress(&all).run();
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "dmaheap: seed 1 jobs 2\n"), "{}", outcome.stdout);
        outcome.stdout.lines().map(str::to_owned).collect()
    };
    let columns = ["-o", "REPORT,OPERATIONS,ERRORS,CMA-FREE,FAILURES"];
    let raw = lines(&[&columns[..], &["-r"]].concat());
    assert_eq!(raw[0], "REPORT OPERATIONS ERRORS CMA-FREE FAILURES");
    let fields: Vec<&str> = raw[1].split(' ').collect();
    assert_eq!((raw.len(), fields.len(), &fields[..3]), (2, 5, &["total", "120", "-"][..]), "{raw:?}");
    let bare = lines(&[&columns[..], &["-n"]].concat());
    let fields: Vec<&str> = bare[0].split_whitespace().collect();
    assert_eq!((bare.len(), fields.len(), &fields[..3]), (1, 5, &["total", "120", "-"][..]), "{bare:?}");
    let raw = lines(&["-r", "-n"]);
    assert_eq!((raw.len(), raw[0].split(' ').count()), (1, 10), "{raw:?}");
    // For readers: all figures, each on its line, known or not.
    let all = lines(&["--output-all"]);
    assert!(all.iter().any(|line| line == "FAILURES     -") && all[0] == "REPORT       total", "{all:?}");
}

#[test]
fn an_interval_has_a_rate_and_tells_the_memory_of_the_machine() {
    let outcome = stress(&["--seed", "1", "--jobs", "1", "--iterations", "400", "--report", "2ms", "-J"]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "dmaheap: seed 1 jobs 1\n"));
    let total: u64 =
        std::fs::read_to_string("/proc/meminfo").unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
    for report in reports(&outcome.stdout) {
        let (operations, interval) = (number(&report, "operations"), number(&report, "interval_ns"));
        let rate = u128::from(operations) * 1_000_000_000 / u128::from(interval);
        assert_eq!(u128::from(number(&report, "operations_per_second")), rate, "{report}");
        assert!((1..total * 1024).contains(&number(&report, "available")), "{report}");
    }
}

#[test]
fn the_seed_repeats_a_failure() {
    let named = || {
        let args = ["--jobs", "1", "--seed", "77", "--iterations", "400", "-J"];
        let outcome = with_fault("flip-after=150", &args);
        assert_eq!(outcome.status, 1, "{}", outcome.stderr);
        let line = outcome.stderr.lines().find(|line| line.contains("failure in operation ")).unwrap().to_owned();
        let total = reports_of_simulation(&outcome.stdout).pop().unwrap();
        (line, total["failures"].clone())
    };
    let first = named();
    assert!(first.0.ends_with(" of job 0"), "{first:?}");
    assert_eq!(named(), first);
}

#[test]
fn a_hold_that_no_memory_has_a_table_for_is_refused_and_never_aborts() {
    let tool = binary();
    let args = ["stress", "--heap", "c", "--max-hold", "1048576", "--iterations", "3", "--seed", "1", "-r", "-n"];
    let all = [&["sim", "--heap", "c=cma:64M", "--", tool.to_str().unwrap()][..], &args].concat();
    let outcome = bare(&all).run();
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    // Less address space than the table takes.
    let text = format!("ulimit -v 60000; exec \"$DMAHEAP\" {}", args.join(" ").replace("--heap c ", ""));
    let outcome = script(&format!("{text} --force")).run();
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("dmaheap: make 524288 slots for a job: cannot allocate memory (ENOMEM)\nhint: "),
        "{}",
        outcome.stderr
    );
}

#[test]
#[ignore = "needs twenty seconds: runs in the virtual machine"]
fn twenty_seconds_of_shortage_and_late_answers_end_clean() {
    let tool = binary();
    let faults = ["sim", "--fault", "enomem-after=5000", "--fault", "slow=1ms", "--", tool.to_str().unwrap()];
    let args = ["stress", "--seed", "1", "--duration", "20s", "--report", "10s", "--max-hold", "16", "-J"];
    let outcome = bare([&faults[..], &args].concat()).run();
    // What is held when the time is up may be freed unchecked, which is said; nothing else is.
    let unchecked = "dmaheap: time ran out before all buffers were verified; freed unverified: ";
    let said: Vec<&str> = outcome.stderr.lines().filter(|line| !line.starts_with(unchecked)).collect();
    assert_eq!((outcome.status, said), (0, vec!["dmaheap: seed 1 jobs 2"]), "{}", outcome.stderr);
    let total = reports_of_simulation(&outcome.stdout).pop().unwrap();
    assert_fields(&total, &json!({"failures": [], "held": 0}));
    assert!(number(&total, "allocations") > 0 && number(&total, "min_ns") >= 1_000_000, "{total}");
}
