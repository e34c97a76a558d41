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

#[test]
fn every_page_of_help_fits_eighty_columns() {
    let overview = bare(["--help"]).run().success();
    // The lines of verbs: a group, its verbs, what they are about.
    let verbs: Vec<&str> = overview
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with('-'))?.get(10..38))
        .flat_map(str::split_whitespace)
        .filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()))
        .collect();
    assert!(verbs.contains(&"list") && verbs.contains(&"sim") && verbs.len() >= 18, "{verbs:?}");
    for verb in verbs {
        for flag in ["-h", "--help"] {
            let help = bare([verb, flag]).run().success();
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        }
    }
}

#[test]
fn help_into_a_full_disk_fails() {
    let run = crate::support::script("exec \"$DMAHEAP\" --help >/dev/full");
    assert_eq!(run.run().failure(1), "dmaheap: write to stdout: no space left on device (ENOSPC)\n");
}
