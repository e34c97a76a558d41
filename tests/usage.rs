//! Help, and command lines that are wrong: each ends with one sentence and status 2.

use crate::support::bare;
use crate::support::script;

/// The message of `dmaheap ARGS`, which says everything: no other line follows.
#[track_caller]
fn refused(args: &[&str]) -> String {
    let stderr = bare(args).run().failure(2);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr.trim_end().strip_prefix("dmaheap: ").expect("the tool's name").to_owned()
}

#[test]
fn sizes_that_are_none_are_explained() {
    const ACCEPTED: &str = "expected bytes (4096, 0x1000) or a unit: 64K, 4M, 1G, 4KiB, 1p for a page";
    for (size, reason) in [
        ("-1", format!("a size cannot be negative; {ACCEPTED}")),
        ("4X", format!("unknown unit 'X'; {ACCEPTED}")),
        ("", format!("no size given; {ACCEPTED}")),
        ("4MB", "units are powers of 1024; write M or MiB instead of MB".to_owned()),
        ("0.5K", format!("fractions are not accepted, use a smaller unit; {ACCEPTED}")),
        ("M", format!("not a number; {ACCEPTED}")),
        ("18446744073709551616", "does not fit in 64 bits; the largest is 18446744073709551615".to_owned()),
        ("0", "the size must be greater than zero; every kernel refuses a buffer of 0 bytes".to_owned()),
    ] {
        let expected = format!("invalid value '{size}' for '--size <SIZE>': {reason}");
        assert_eq!(refused(&["alloc", "--size", size]), expected);
        assert_eq!(refused(&["alloc", &format!("--size={size}")]), expected);
    }
}

#[test]
fn counts_that_are_none_are_explained() {
    for (count, reason) in [
        ("0", "the count must be at least 1"),
        ("-1", "a count cannot be negative"),
        ("many", "not a whole number"),
        ("1.5", "not a whole number"),
    ] {
        let expected = format!("invalid value '{count}' for '--count <N>': {reason}");
        assert_eq!(refused(&["alloc", "-s", "4k", "--count", count]), expected);
    }
}

#[test]
fn names_that_the_kernel_would_not_take_are_explained() {
    for length in [32, 33, 1000] {
        let name = "n".repeat(length);
        let message = refused(&["alloc", "-s", "4k", "--name", &name]);
        assert!(message.ends_with(&format!(": {length} bytes long; the kernel accepts at most 31")), "{message}");
    }
    let message = refused(&["alloc", "-s", "4k", "--name", "a\nsize:\t1"]);
    assert!(message.contains("holds a newline"), "{message}");
}

#[test]
fn words_that_are_no_flags_are_explained() {
    let message = refused(&["alloc", "-s", "4k", "--fd-flags", "O_FOO"]);
    assert!(message.contains("'O_FOO' is neither a number nor one of O_RDONLY O_WRONLY O_RDWR"), "{message}");
    let message = refused(&["alloc", "-s", "4k", "--heap-flags", "O_RDWR"]);
    assert!(message.contains("'O_RDWR' is not a 64-bit number"), "{message}");
    let message = refused(&["alloc", "-s", "4k", "--fd-flags", "0", "--access", "ro"]);
    assert!(message.contains("cannot be used with"), "{message}");
}

#[test]
fn heaps_that_cannot_be_are_explained() {
    assert!(refused(&["alloc", "-s", "4k", "--heap", ""]).ends_with(": a heap's name cannot be empty"));
    assert!(refused(&["list", "a/../../null"]).contains("a path begins with / or ."));
}

/// The likeliest slips, each with the one sentence that helps.
#[test]
fn a_slip_names_what_was_meant() {
    for (line, sentence) in [
        ("alloc", "missing --size <SIZE>"),
        ("alloc 4M", "unexpected argument '4M'; did you mean --size 4M?"),
        ("alloc -s 4 M", "unexpected argument 'M'; did you mean --size 4M?"),
        ("hold --size=4M system", "unexpected argument 'system'; did you mean --heap system?"),
        ("fill -f 3 random", "unexpected argument 'random'; did you mean --pattern random?"),
        ("info 3", "unexpected argument '3'; did you mean --fd 3?"),
        ("dump 3", "missing --fd <N> or --from-socket <SOCKET>; did you mean --fd 3?"),
        ("buffers 1234", "unexpected argument '1234'; did you mean --pid 1234?"),
        ("list --heap system", "unknown option '--heap'; did you mean dmaheap list system?"),
        ("list --heap=cma", "unknown option '--heap'; did you mean dmaheap list cma?"),
        ("version", "unknown command 'version'; did you mean --version?"),
        ("ls", "unknown command 'ls'; did you mean list?"),
        ("aloc", "unknown command 'aloc'; did you mean alloc?"),
        ("--json list", "option '--json' must follow the command; did you mean dmaheap list --json?"),
        ("alloc -- -x", "unexpected argument '-x' after --, which ends the options"),
        ("alloc --sise 4k", "unknown option '--sise'; did you mean --size?"),
        ("alloc -s", "'--size <SIZE>' needs a value"),
        ("alloc -s 4k -s 8k", "'--size <SIZE>' can be given only once"),
        ("verify -f 3", "missing --pattern <PATTERN>"),
        ("send -s 4k", "missing <SOCKET>"),
        ("probe -J --format ktap", "'--json' cannot be used with '--format <FORMAT>'"),
        ("verify -H -f 3", "'--list-columns' excludes all other options"),
        (
            "buffers --by proc",
            "invalid value 'proc' for '--by <WHAT>': expected buffer, process, cgroup, exporter or total",
        ),
        ("buffers --by", "'--by <WHAT>' needs a value: buffer, process, cgroup, exporter or total"),
    ] {
        assert_eq!(refused(&line.split(' ').collect::<Vec<_>>()), sentence, "{line}");
    }
    let several = refused(&["bench", "-s", "4M,8M"]);
    assert!(several.ends_with("; for several values, repeat the option"), "{several}");
    let missing = bare(["exec", "-s", "4k"]).run().failure(125);
    assert_eq!(missing, "dmaheap: missing <COMMAND>...\n");
}

#[test]
fn what_nothing_is_like_names_the_help() {
    for (line, message) in [
        ("help frobnicate", "unknown command 'frobnicate'\nhint: see `dmaheap --help`\n"),
        ("frobnicate", "unknown command 'frobnicate'\nhint: see `dmaheap --help`\n"),
        ("-- -x", "expected a command, not '-x'\nhint: see `dmaheap --help`\n"),
        ("alloc -s 4k --xyzzy", "unknown option '--xyzzy'\nhint: see `dmaheap alloc --help`\n"),
        ("fill -f 3 -P ones xyzzy", "unexpected argument 'xyzzy'\nhint: see `dmaheap fill --help`\n"),
    ] {
        let stderr = bare(line.split(' ')).run().failure(2);
        assert_eq!(stderr, format!("dmaheap: {message}"), "{line}");
    }
    let listed = bare(["help", "list"]).run().success();
    assert_eq!(listed, bare(["list", "--help"]).run().success());
}

#[test]
fn columns_that_do_not_exist_are_answered_with_those_that_do() {
    let stderr = bare(["list", "-o", "NAME,FOO"]).run().failure(2);
    assert!(stderr.starts_with("dmaheap: unknown column 'FOO' (columns: NAME KIND MAJ:MIN "), "{stderr}");
}

#[test]
fn help_and_version_are_data_and_a_bare_command_is_an_error() {
    let help = bare(["--help"]).run().success();
    assert!(help.lines().count() <= 24 && help.lines().all(|line| line.chars().count() <= 80), "{help}");
    assert_eq!(bare(["-h"]).run().success(), help);
    assert_eq!(bare(["help"]).run().success(), help);
    assert_eq!(bare(["--version"]).run().success(), format!("dmaheap {}\n", env!("CARGO_PKG_VERSION")));
    let version = format!("dmaheap {}\n", env!("CARGO_PKG_VERSION"));
    for verbose in [["--version", "-v"], ["-V", "-v"], ["-V", "--verbose"]] {
        let more = bare(verbose).run().success();
        let target = more.strip_prefix(&version).and_then(|more| more.strip_prefix("target: ")).expect("a target");
        let (target, commit) = target.split_once('\n').expect("a line");
        assert!(target.contains("-linux-"), "{more}");
        let is_commit = |commit: &str| commit.len() == 40 && commit.bytes().all(|digit| digit.is_ascii_hexdigit());
        assert!(commit.is_empty() || commit.trim_end().strip_prefix("commit: ").is_some_and(is_commit), "{more}");
    }
    assert_eq!(bare::<&str>([]).run().failure(2), help);
}

/// Every verb: the overview has a group, its verbs, and what they are about in a line.
pub fn verbs() -> Vec<String> {
    let overview = bare(["--help"]).run().success();
    let groups = overview.split("\n\n").nth(2).expect("the groups");
    let of_group = |line: &str| line.get(12..40).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let verbs: Vec<String> = groups.lines().flat_map::<Vec<String>, _>(of_group).collect();
    assert!(verbs.len() >= 19 && verbs.iter().any(|verb| verb == "sim"), "{verbs:?}");
    verbs
}

#[test]
fn the_short_help_of_every_verb_fits_a_terminal() {
    for verb in verbs() {
        let help = bare([&verb, "-h"]).run().success();
        assert!(help.lines().count() <= 24, "{} lines: {help}", help.lines().count());
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        let usage: Vec<&str> = help.split("\n\n").nth(1).expect("a usage").lines().collect();
        assert!(usage.len() == 1 && usage[0].starts_with(&format!("Usage: dmaheap {verb}")), "{help}");
        let (_, examples) = help.split_once("\nExamples:\n").expect("examples");
        assert_eq!(examples.lines().count(), 2, "{help}");
        assert!(examples.lines().all(|line| line.contains("dmaheap ")), "{help}");
    }
}

/// In the short help everything is named; the long one describes it, with all examples.
#[test]
fn the_long_help_of_every_verb_has_all_of_the_short_one() {
    for verb in verbs() {
        let [short, long] = ["-h", "--help"].map(|flag| bare([&verb, flag]).run().success());
        assert!(long.lines().all(|line| line.chars().count() <= 80), "{long}");
        let (named, examples) = short.split_once("\nExamples:\n").expect("examples");
        for option in named.split_whitespace().filter(|word| word.starts_with('-')) {
            let option = option.trim_end_matches([',', '.', ';', ':', '`']);
            assert!(long.contains(option), "{verb} --help: no {option}");
        }
        let (_, every) = long.split_once("\nExamples:\n").expect("examples");
        // What is longer than a line of the help has been folded.
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        for example in examples.lines() {
            assert!(words(every).contains(example.trim()), "{long}");
        }
    }
}

#[test]
fn required_options_come_first_and_are_in_the_usage() {
    for (verb, first) in [
        ("alloc", "-s, --size <SIZE>"),
        ("hold", "-s, --size <SIZE>"),
        ("exec", "<COMMAND>..."),
        ("fill", "-P, --pattern <PATTERN>"),
        ("verify", "-P, --pattern <PATTERN>"),
        ("info", "-f, --fd <N>"),
        ("send", "<SOCKET>"),
    ] {
        for flag in ["-h", "--help"] {
            let help = bare([verb, flag]).run().success();
            let arguments = help.split_once("\nArguments:\n").or_else(|| help.split_once("\nOptions:\n"));
            let (_, options) = arguments.expect("options");
            assert!(options.trim_start().starts_with(first), "{help}");
        }
    }
}

#[test]
fn help_into_a_full_disk_fails() {
    let run = crate::support::script("exec \"$DMAHEAP\" --help >/dev/full");
    assert_eq!(run.run().failure(1), "dmaheap: write to stdout: no space left on device (ENOSPC)\n");
}

/// What a script prints where there are heaps.
#[track_caller]
fn printed(text: &str) -> String {
    let outcome = crate::support::script(text).run();
    assert_eq!(outcome.status, 0, "{text}: {}", outcome.stderr);
    outcome.stdout
}

#[test]
fn a_dash_is_stdin_or_stdout_wherever_a_file_is_named() {
    const FILLED: &str = "exec \"$DMAHEAP\" exec -s 4k -- sh -c";
    let text = format!(
        "{FILLED} 'seq 2000 | head -c 4096 | \"$DMAHEAP\" load -f 3 - && \"$DMAHEAP\" dump -f 3 - | tail -c 4'"
    );
    assert_eq!(printed(&text).len(), 4);
    let text = "seq 2000 >f; \"$DMAHEAP\" alloc -s 4k --fill file=- --verify -n -o SIZE <f";
    assert_eq!(printed(&format!("cd \"$(mktemp -d)\"; {text}")), "4KiB\n");
    let bench = "\"$DMAHEAP\" bench -s 4k -i 2 --warmup 0";
    let saved = printed(&format!("{bench} --save - | \"$DMAHEAP\" bench --from - -n -o HEAP,STEP | head -1"));
    assert_eq!(saved.split_whitespace().collect::<Vec<_>>(), ["system", "allocate"]);
    assert!(printed(&format!("{bench} --plot -")).starts_with("<svg "));
    let compared = format!("{bench} --save - | \"$DMAHEAP\" bench -s 4k -i 2 --warmup 0 --compare - -n -o STEP || :");
    assert!(printed(&compared).starts_with("allocate\n"));
    let probe = "\"$DMAHEAP\" probe system --case len_zero";
    assert!(printed(&format!("{probe} --junit -")).starts_with("<?xml "));
    let expected = format!("echo nowhere.len_zero=ENOMEM | {probe} --expect - -n -o VERDICT");
    assert_eq!(printed(&expected), "ok\n");
    let stderr = bare(["probe", "--junit", "-", "-J"]).run().failure(2);
    assert_eq!(stderr, "dmaheap: --junit - takes stdout, and so does the other format\n");
    let stderr = bare(["bench", "--save", "-", "--plot", "-"]).run().failure(2);
    assert_eq!(stderr, "dmaheap: --save and --plot name the same file\n");
}

#[test]
fn a_pattern_has_one_letter_and_either_name_everywhere() {
    for name in ["-P", "--fill", "--pattern"] {
        let alloc = format!("\"$DMAHEAP\" alloc -s 4k {name} random --verify -n -o DIFFERING");
        assert_eq!(printed(&alloc), "0\n", "{name}");
        let inside = format!("\"$DMAHEAP\" fill -f 3 {name} address && \"$DMAHEAP\" verify -f 3 {name} address");
        printed(&format!("exec \"$DMAHEAP\" exec -s 4k {name} ones -- sh -c '{inside}'"));
    }
}

#[test]
fn probe_prints_the_columns_that_are_chosen() {
    let probe = "\"$DMAHEAP\" probe system --case 'len_*' --case heap_flags_bit_00";
    let table = printed(&format!("{probe} -o CASE,VERDICT"));
    assert!(
        table.starts_with("CASE  ") && table.lines().next().is_some_and(|line| line.ends_with("VERDICT")),
        "{table}"
    );
    assert!(table.contains("\nlen_zero") && !table.contains("cases:"), "{table}");
    assert_eq!(printed(&format!("{probe} -rn -o CASE")).lines().count(), table.lines().count() - 1);
    let json = printed(&format!("{probe} -J -o CASE"));
    assert!(json.contains("{\"case\":\"len_zero\"}"), "{json}");
    let list = printed("\"$DMAHEAP\" probe --list-cases --case len_zero -n -o CASE,GROUP");
    assert_eq!(list.split_whitespace().collect::<Vec<_>>(), ["len_zero", "len"]);
    assert!(printed("\"$DMAHEAP\" probe -H").contains("\nLOST "));
    assert!(printed("\"$DMAHEAP\" probe --list-cases -H").contains("\nEXCEPTIONS "));
    assert_eq!(refused(&["probe", "-o", "CASE", "--format", "ktap"]), "columns need --format table or json");
}

#[test]
fn sim_without_a_command_is_a_shell() {
    use std::process::{Command, Stdio};
    for (shell, expected) in [(None, "sh"), (Some(""), "sh"), (Some("/bin/cat"), "cat")] {
        let mut sim = Command::new(crate::support::binary());
        sim.args(["sim", "--heap", "system", "--heap", "camera=cma:2M"]).env_remove("SHELL");
        shell.map(|shell| sim.env("SHELL", shell));
        let mut sim = sim.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sim");
        let mut input = sim.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut input, b"ls /dev/dma_heap\n").expect("it reads");
        drop(input);
        let output = sim.wait_with_output().expect("its end");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(stdout, if expected == "sh" { "camera\nsystem\n" } else { "ls /dev/dma_heap\n" });
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr, "dmaheap: this shell sees simulated heaps: system, camera (2MiB); exit ends it\n");
        assert!(output.status.success());
    }
}

/// Every option of every verb as `--help` has it: its letter, its name, and its value's.
fn options() -> Vec<(String, Option<String>, String, String)> {
    let pattern = regex::Regex::new(r"^(?:  -(\w), |      )--([a-z-]+)(?: ([<\[].*))?$").expect("a pattern");
    let of_verb = |verb: String| {
        let help = bare([&verb, "--help"]).run().success();
        let found = help.lines().filter_map(|line| pattern.captures(line));
        let text = |found: &regex::Captures<'_>, index| found.get(index).map(|one| one.as_str().to_owned());
        let options = found.map(|found| {
            let (name, value) = (text(&found, 2).unwrap_or_default(), text(&found, 3).unwrap_or_default());
            (verb.clone(), text(&found, 1), name, value)
        });
        options.collect::<Vec<_>>()
    };
    verbs().into_iter().flat_map(of_verb).collect()
}

#[test]
fn a_letter_and_a_word_mean_one_thing_in_every_verb() {
    use std::collections::{BTreeMap, BTreeSet};
    let (mut letters, mut values) =
        (BTreeMap::<String, BTreeSet<String>>::new(), BTreeMap::<String, BTreeSet<String>>::new());
    for (_, letter, name, value) in options() {
        let jobs_without =
            letter.is_none() && ["jobs", "size", "count", "fd", "pid", "quiet", "verbose"].contains(&name.as_str());
        assert!(!jobs_without, "--{name} has a letter");
        if let Some(letter) = letter {
            letters.entry(letter).or_default().insert(name.clone());
        }
        values.entry(name).or_default().insert(value);
    }
    assert!(letters.len() > 15 && values.len() > 60, "{letters:?} {values:?}");
    let names: Vec<(String, Vec<String>)> = letters
        .into_iter()
        .map(|(letter, names)| (letter, names.into_iter().collect::<Vec<_>>()))
        .filter(|(_, names)| names.len() > 1)
        .collect();
    // The size of the buffers that add up; a pattern, where a verb allocates and where it does not.
    let expected = [("P", ["fill", "pattern"]), ("s", ["chunk", "size"])];
    let expected = expected.map(|(letter, names)| (letter.to_owned(), names.map(str::to_owned).to_vec()));
    assert_eq!(names, expected);
    let several: Vec<String> =
        values.into_iter().filter(|(_, values)| values.len() > 1).map(|(name, _)| name).collect();
    // `sim` makes the heaps that others name, `buffers` looks for the names that others give; `probe` prints in a format,
    // and the frames that `import` asks for have one.
    assert_eq!(several, ["format", "heap", "name"]);
}

/// As developers of Rust programs have it in their environment.
#[test]
fn a_backtrace_that_is_asked_for_changes_no_error() {
    let stderr =
        |variable: &str| script(&format!("{variable} \"$DMAHEAP\" list --sysroot /nonexistent")).run().failure(1);
    assert_eq!(stderr("RUST_BACKTRACE=1"), stderr("RUST_BACKTRACE=0"));
}
