//! Serial programs do not wrap: on a terminal no line is longer than it is wide.

use crate::support::{Board, bare, dmaheap, script};

const WIDTH: u16 = 80;

#[track_caller]
fn assert_fits(what: &str, shown: &str) {
    let wide: Vec<&str> = shown.lines().filter(|line| line.chars().count() > usize::from(WIDTH)).collect();
    assert!(!shown.is_empty() && wide.is_empty(), "{what}:\n{}", wide.join("\n"));
}

#[track_caller]
fn run_fits(args: &[&str]) -> String {
    let shown = dmaheap(args).shown(WIDTH);
    assert_fits(&args.join(" "), &shown);
    shown
}

/// A name as long as a path may be.
fn long() -> String {
    "/a-directory-with-a-long-name".repeat(10)
}

#[test]
fn help_and_lists_fit() {
    run_fits(&["--help"]);
    let overview = bare(["--help"]).run().success();
    let groups = overview.split("\n\n").nth(2).expect("the groups");
    let verbs: Vec<&str> =
        groups.lines().flat_map(|line| line.get(12..40).unwrap_or_default().split_whitespace()).collect();
    assert!(verbs.len() >= 18 && verbs.contains(&"sim"), "{verbs:?}");
    for verb in verbs {
        for option in ["-h", "--help", "--no-such-option", "-H"] {
            run_fits(&[verb, option]);
        }
    }
    run_fits(&["probe", "--list-cases"]);
    run_fits(&["sim", "--fault", "rule:list"]);
}

#[test]
fn tables_fit() {
    for args in [
        "list",
        "list --output-all",
        "doctor",
        "limits --timeout 1ms",
        "alloc -s 4M -c 3",
        "alloc -s 4k --output-all",
        "alloc -s 64k --fill random --verify --output-all",
        "buffers",
        "buffers --output-all",
        "bench -i 2 --warmup 0 -s 4k -s 64k",
        "probe --group node -v",
        "stress -d 200ms -i 20 --max-size 64k",
        "stress -i 20 --max-size 64k --output-all",
        "hold -s 4k --for 1ms",
    ] {
        let shown = run_fits(&args.split(' ').collect::<Vec<_>>());
        assert!(!shown.contains("--help"), "{args}: {shown}");
    }
    let inside = "exec \"$DMAHEAP\" exec -s 64k --name \"$(printf '%031d' 0)\" -- \"$DMAHEAP\"";
    for args in
        ["info -f 3 --output-all", "dump --hex -f 3", "verify -f 3 --pattern ones", "buffers --output-all --by process"]
    {
        assert_fits(args, &script(&format!("{inside} {args}")).shown(WIDTH));
    }
}

#[test]
fn refusal_fits_the_width() {
    let long = long();
    for args in [
        ["alloc", "-s", "1T"].as_slice(),
        &["alloc", "-s", "4X"],
        &["alloc", "-s", "4k", "--heap", &long],
        &["alloc", "-s", "4k", "--heap", "no-such-heap"],
        &["list", "-o", "NO-SUCH-COLUMN"],
        &["exec", "-s", "4k", "--", &long],
        &["recv", &long],
        &["load", "-f", "0", &long],
        &["fill", "-f", "0", "--pattern", "no-such-pattern"],
        &["probe", "--only", "no-such-case"],
        &["buffers", "--sysroot", &long],
    ] {
        run_fits(args);
    }
}

#[test]
fn a_long_last_column_goes_on_below_itself() {
    let mut bufinfo = "Dma-buf Objects:\nsize    \tflags   \tmode    \tcount   \texp_name\tino     \tname\n".to_owned();
    bufinfo.push_str("00065536\t00000002\t00080007\t00000002\tsystem\t00000007\t<none>\n\tAttached Devices:\n");
    for number in 0..40 {
        bufinfo.push_str(&format!("\tcamera-controller-{number}\n"));
    }
    bufinfo.push_str("Total 40 devices attached\n\n\nTotal 1 objects, 65536 bytes\n");
    let board = Board::new().file("sys/kernel/debug/dma_buf/bufinfo", &bufinfo);
    let sysroot = board.path().to_str().unwrap();
    let shown = bare(["buffers", "--sysroot", sysroot, "-o", "INODE,SIZE,DEVICES"]).shown(WIDTH);
    assert_fits("buffers", &shown);
    let column = shown.lines().find_map(|line| line.find("DEVICES")).expect("its heading");
    let lines: Vec<&str> = shown.lines().skip(2).filter(|line| line.contains("camera-controller-3")).collect();
    assert!(lines.len() > 1 && lines.iter().all(|line| line.find("camera") == Some(column)), "{shown}");
}
