//! How far it is, and what is known when a signal ends it.

use super::{findings, text};
use crate::support::{Ground, Outcome, bare, binary, run_on_terminal, script_with};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// Ends `dmaheap probe $0` once it has shown twice how far it is, and prints its stdout, its status and its messages.
const SCRIPT: &str = "dir=$(mktemp -d) && mkfifo \"$dir/talk\" && exec 5<>\"$dir/talk\"\n\
     \"$DMAHEAP\" probe --progress always $0 >\"$dir/out\" 2>&5 &\n\
     times=0; while [ $times -lt 2 ]; do case $(dd bs=64 count=1 <&5 2>/dev/null) in *%*) times=$((times + 1));; esac; done\n\
     kill -TERM $!; wait $!; status=$?\n\
     printf '\\nEND\\n' >&5; cat \"$dir/out\"\n\
     while IFS= read -r line <&5 && [ \"$line\" != END ]; do printf '%s\\n' \"$line\" >&2; done\n\
     rm -r \"$dir\"; exit $status";

/// The first case of the group takes a moment, the second one sends more requests than it could finish.
#[track_caller]
fn interrupted(arguments: &str) -> Outcome {
    let arguments = format!("{arguments} --group request");
    let options = ["--heap=system", "--fault=slow=300ms"];
    let outcome = Ground::Simulator.run(&options, Path::new("/bin/sh"), ["-c", SCRIPT, &arguments]).run();
    assert_eq!(outcome.status, 143, "{}", outcome.stderr);
    let message = format!("dmaheap: interrupted (SIGTERM) after 1 of {} cases", cases());
    assert!(outcome.stderr.trim_end().ends_with(&message), "{}", outcome.stderr);
    outcome
}

/// Cases of the group.
fn cases() -> usize {
    bare(["probe", "--list-cases", "--group", "request"]).run().success().lines().count() - 1
}

#[test]
fn a_signal_ends_a_run_and_every_format_has_what_is_known_until_then() {
    let cases = cases();
    let table = interrupted("").stdout;
    assert!(table.contains(&format!("system request      1 ok, {} skipped\n", cases - 1)), "{table}");
    assert!(table.contains("  skip  request_every_number: interrupted\n"), "{table}");

    let ktap = interrupted("--format ktap").stdout;
    let lines: Vec<&str> = ktap.lines().filter(|line| !line.starts_with('#')).collect();
    let plan = format!("1..{cases}");
    assert_eq!(lines, ["KTAP version 1", &plan, "ok 1 system.request_unknown", "Bail out! interrupted (SIGTERM)"]);
    let nested = interrupted("--format ktap --nested").stdout;
    assert!(nested.ends_with("\nok 1 system\nBail out! interrupted (SIGTERM)\n"), "{nested}");

    let document: Value = serde_json::from_str(&interrupted("-J").stdout).expect("JSON");
    let rows = document["rows"].as_array().expect("rows");
    assert_eq!((rows.len(), text(&rows[0], "verdict")), (cases, "ok"));
    assert!(rows[1..].iter().all(|row| text(row, "reason") == "interrupted" && row["outcome"].is_null()));

    let junit = interrupted("--format junit").stdout;
    let document = roxmltree::Document::parse(&junit).expect("XML");
    let counts = ["tests", "skipped"].map(|name| document.root_element().attribute(name).map(str::to_owned));
    assert_eq!(counts, [cases, cases - 1].map(|count| Some(count.to_string())));

    let lava = interrupted("--format lava").stdout;
    assert_eq!(["pass", "skip"].map(|result| lava.matches(&format!("RESULT={result}")).count()), [1, cases - 1]);
}

#[test]
fn a_signal_ends_random_requests_and_those_that_were_sent_count() {
    let outcome = script_with(SCRIPT, "-J --heap system --fuzz 100000000 --seed 7").run();
    assert_eq!(outcome.status, 143, "{}", outcome.stderr);
    assert!(outcome.stderr.trim_end().ends_with("dmaheap: interrupted (SIGTERM)"), "{}", outcome.stderr);
    let rows = findings(&outcome);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let (sent, _) = text(row, "outcome").split_once(" requests matched the rules (").expect("an outcome");
    assert_eq!(text(row, "reason"), format!("seed 7, stopped after {sent} of 100000000 requests"));
}

#[test]
fn the_line_that_says_how_far_it_is_leaves_nothing_on_a_terminal() {
    let tool = binary();
    let options = ["--heap=system", "--fault=slow=100ms", "--"];
    let probe = ["probe", "--heap", "system", "--group", "len", "--group", "reserved", "--progress", "always"];
    let mut command = Command::new(&tool);
    command.arg("sim").args(options).arg(&tool).args(probe).env_clear().env("TERM", "xterm").stdin(Stdio::null());
    let (status, shown) = run_on_terminal(command, 80);
    assert_eq!(status.code(), Some(0));
    assert!(shown.contains("% [") && shown.contains("/18 system len_"), "{shown:?}");
    let left = |line: &str| line.rsplit("\r\u{1b}[2K").next().unwrap_or_default().to_owned();
    let lines: Vec<String> = shown.split("\r\n").map(left).collect();
    assert_eq!(
        lines[2..],
        ["system reserved     7 ok", "system len         11 ok", "18 cases: 18 ok, 0 failed, 0 known, 0 skipped", ""],
        "{shown:?}"
    );
}
