//! Command lines that are wrong: each ends with one line, a hint, and status 2.

use crate::support::bare;

/// The message and the status of `dmaheap ARGS`; the hint is checked to be there.
#[track_caller]
fn refused(args: &[&str]) -> String {
    let stderr = bare(args).run().failure(2);
    let (message, hint) = stderr.split_once('\n').expect("two lines");
    assert!(hint.starts_with("hint: ") && hint.ends_with('\n'), "{stderr}");
    message.strip_prefix("dmaheap: ").expect("the tool's name").to_owned()
}

#[test]
fn sizes_that_are_none_are_explained() {
    const ACCEPTED: &str = "expected bytes (4096, 0x1000) or a unit: 64K, 4M, 1G, 4KiB, 1p for a page";
    for (size, reason) in [
        ("-1", format!("a size cannot be negative; {ACCEPTED}")),
        ("4X", format!("unknown unit 'X'; {ACCEPTED}")),
        ("", format!("no size given; {ACCEPTED}")),
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

#[test]
fn a_missing_size_and_a_slip_name_what_is_meant() {
    assert_eq!(refused(&["alloc"]), "the following required arguments were not provided: --size <SIZE>");
    let stderr = bare(["alloc"]).run().failure(2);
    assert!(stderr.ends_with("hint: see `dmaheap alloc --help`\n"), "{stderr}");
    let stderr = bare(["aloc"]).run().failure(2);
    assert_eq!(stderr, "dmaheap: unrecognized subcommand 'aloc'\nhint: a similar subcommand exists: 'alloc'\n");
    assert!(refused(&["alloc", "--sise", "4k"]).contains("unexpected argument '--sise' found"));
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
        examples.lines().for_each(|example| assert!(words(every).contains(example.trim()), "{long}"));
    }
}

#[test]
fn what_is_required_comes_first_and_is_in_the_usage() {
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

/// A heading holds for all that follows it: a verb's own options stand before the groups that it shares.
#[test]
fn no_option_stands_under_the_heading_of_a_group_before_it() {
    let mut sources = Vec::new();
    for folder in ["cmd", "args"] {
        let all = format!("{}/src/{folder}/**/*.rs", env!("CARGO_MANIFEST_DIR"));
        sources.extend(glob::glob(&all).expect("a pattern").map(|path| path.expect("a source")));
    }
    assert!(sources.len() > 50);
    for path in sources {
        let text = std::fs::read_to_string(&path).expect("a source");
        for structure in text.split("\n}\n") {
            let Some((before, after)) = structure.split_once("#[command(flatten)]") else { continue };
            if before.contains("next_help_heading") {
                continue;
            }
            for option in after.split("#[arg(").skip(1) {
                let (attributes, _) = option.split_once(")]\n").expect("an end");
                let has_place = attributes.contains("help_heading") || attributes.contains("skip");
                assert!(has_place, "{}: {attributes}", path.display());
            }
        }
    }
}

#[test]
fn help_into_a_full_disk_fails() {
    let run = crate::support::script("exec \"$DMAHEAP\" --help >/dev/full");
    assert_eq!(run.run().failure(1), "dmaheap: write to stdout: no space left on device (ENOSPC)\n");
}
