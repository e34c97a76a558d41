//! How far it is, and what is known when a signal ends it.

use super::{findings, text, with_verdict};
use crate::support::{Ground, Outcome, binary, terminal};
use std::path::Path;
use std::process::{Command, Stdio};

/// Ends `dmaheap probe $0` once it has shown twice how far it is, and prints its stdout, its status and its messages.
const SCRIPT: &str = "dir=$(mktemp -d) && mkfifo \"$dir/talk\" && exec 5<>\"$dir/talk\"\n\
     \"$DMAHEAP\" probe --progress always $0 >\"$dir/out\" 2>&5 &\n\
     shown=; while [ \"$shown\" != %% ]; do [ \"$(dd bs=1 count=1 <&5 2>/dev/null)\" != % ] || shown=$shown%; done\n\
     kill -TERM $!; wait $!; status=$?\n\
     printf 'END\\n' >&5; cat \"$dir/out\"\n\
     while IFS= read -r line <&5 && [ \"$line\" != END ]; do printf '%s\\n' \"$line\" >&2; done\n\
     rm -r \"$dir\"; exit $status";

fn simulated(options: &[&str], arguments: &str) -> Outcome {
    let outcome = Ground::Simulator.run(options, Path::new("/bin/sh"), ["-c", SCRIPT, arguments]).run();
    assert_eq!(outcome.status, 143, "{}", outcome.stderr);
    outcome
}

/// The run, and how many of the 11 cases were run.
#[track_caller]
fn interrupted(arguments: &str) -> (Outcome, usize) {
    // A case is over when progress is shown again.
    let outcome = simulated(&["--heap=system", "--fault=slow=300ms"], &format!("{arguments} --group len"));
    let (_, told) = outcome.stderr.split_once("dmaheap: interrupted (SIGTERM) after ").expect(&outcome.stderr);
    let count = told.strip_suffix(" of 11 cases\n").and_then(|count| count.parse().ok());
    let count = count.filter(|count| (1..11).contains(count)).unwrap_or_else(|| panic!("{told}"));
    (outcome, count)
}

#[test]
fn a_signal_ends_a_run_and_every_format_has_what_is_known_until_then() {
    let (table, count) = interrupted("");
    let counts = format!("system len         {count:>2} ok, {} skipped\n", 11 - count);
    assert!(table.stdout.contains(&counts) && table.stdout.contains(": interrupted\n"), "{}", table.stdout);

    let (ktap, count) = interrupted("--format ktap");
    let lines: Vec<&str> = ktap.stdout.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines[..3], ["KTAP version 1", "1..11", "ok 1 system.len_zero"]);
    assert_eq!((lines.len(), lines[lines.len() - 1]), (3 + count, "Bail out! interrupted (SIGTERM)"));
    let (nested, _) = interrupted("--format ktap --nested");
    assert!(nested.stdout.ends_with("\nok 1 system\nBail out! interrupted (SIGTERM)\n"), "{}", nested.stdout);

    let (json, count) = interrupted("-J");
    let rows = findings(&json);
    let skipped = with_verdict(&rows, "skip");
    assert_eq!((rows.len(), skipped.len()), (11, 11 - count));
    assert!(rows[count..].iter().all(|row| text(row, "reason") == "interrupted" && row["outcome"].is_null()));

    let (junit, count) = interrupted("--format junit");
    let document = roxmltree::Document::parse(&junit.stdout).expect("XML");
    let suite = document.root_element();
    let counts = (suite.attribute("tests"), suite.attribute("skipped"));
    assert_eq!(counts, (Some("11"), Some((11 - count).to_string().as_str())));

    let (lava, count) = interrupted("--format lava");
    assert_eq!(lava.stdout.matches("RESULT=pass").count(), count);
    assert_eq!(lava.stdout.matches("RESULT=skip").count(), 11 - count);
}

#[test]
fn a_signal_ends_random_requests_and_those_that_were_sent_count() {
    let outcome = simulated(&["--heap=system"], "-J --fuzz 100000000 --seed 7");
    assert!(outcome.stderr.ends_with("dmaheap: interrupted (SIGTERM)\n"), "{}", outcome.stderr);
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
    let (mut terminal, slave) = terminal(24, 80);
    let mut child = Command::new(&tool)
        .arg("sim")
        .args(options)
        .arg(&tool)
        .args(probe)
        .env_clear()
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stdout(slave.try_clone().unwrap())
        .stderr(slave)
        .spawn()
        .unwrap();
    let mut shown = Vec::new();
    // When the last of its other sides is closed, a terminal answers EIO.
    let _ = std::io::Read::read_to_end(&mut terminal, &mut shown);
    assert!(child.wait().unwrap().success());
    let shown = String::from_utf8(shown).expect("text");
    assert!(shown.contains("% [") && shown.contains("/18 system len_"), "{shown:?}");
    let left = |line: &str| line.rsplit("\r\u{1b}[2K").next().unwrap_or_default().to_owned();
    let lines: Vec<String> = shown.split("\r\n").map(left).collect();
    assert_eq!(
        lines[2..],
        ["system reserved     7 ok", "system len         11 ok", "18 cases: 18 ok, 0 failed, 0 known, 0 skipped", ""],
        "{shown:?}"
    );
}
