//! The transcripts of README.md are real output: each command is run again, here and on the kernel.

use crate::support::script;
use snapbox::Redactions;

const README: &str = include_str!("../README.md");

/// The commands of the `console` blocks, each with what it printed.
fn transcripts() -> Vec<(String, String)> {
    let blocks = README.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks
        .flat_map(|block| block.split("$ ").skip(1))
        .filter_map(|entry| entry.split_once('\n'))
        .map(|(command, output)| (command.to_owned(), output.to_owned()))
        .collect()
}

/// What differs from run to run and from machine to machine: times, inode numbers, free memory, the other
/// heaps, and the spaces that line them up; under `sim` also the mode of the node and the honest word.
fn redactions() -> Redactions {
    let mut redactions = Redactions::new();
    for (name, pattern) in [
        ("[TIME]", r"[0-9.]+(ns|us|ms|s)\n"),
        ("[FREE]", r"[0-9.]+[MG]iB\n"),
        ("[INODE]", r"O_CLOEXEC +[0-9]+"),
        ("[MODE]", r"crw[-rw]{6}"),
        ("[OTHERS]", r"heaps here: [^;]*"),
        ("[KERNEL]", r"kernel [^,]*"),
        ("[SIMULATED]", r#""simulated":(true|false)"#),
        ("[SPACES]", r" {2,}"),
    ] {
        let pattern = regex::Regex::new(pattern).expect("a pattern");
        redactions.insert(name, pattern).expect("a placeholder");
    }
    redactions
}

#[test]
fn readme_shows_real_output() {
    let transcripts = transcripts();
    assert!(transcripts.len() >= 5, "the transcripts are found");
    let redactions = redactions();
    for (command, shown) in transcripts {
        let outcome = script(&format!("PATH=$(dirname \"$DMAHEAP\"):$PATH; {command}")).run();
        let printed = format!("{}{}", outcome.stdout, outcome.stderr);
        assert_eq!(redactions.redact(&printed), redactions.redact(&shown), "{command}\n{printed}");
    }
}

#[test]
fn the_first_command_of_the_readme_works() {
    let command = README.lines().find_map(|line| line.strip_prefix("cargo run --release -- sim -- "));
    let inner = command.expect("the simulator is something to try");
    let inner = inner.replace("PATH=target/release:$PATH", "dmaheap() { \"$DMAHEAP\" \"$@\"; }");
    let outcome = script(inner.trim_start_matches("sh -c '").trim_end_matches('\'')).run();
    assert!(outcome.status == 0 && outcome.stderr.is_empty(), "{}", outcome.transcript());
    assert!(outcome.stdout.contains("\nsystem ") && outcome.stdout.contains("4MiB"), "{}", outcome.stdout);
}
