//! What is made to go wrong does.

use super::{dmaheap, script, sim};
use std::time::{Duration, Instant};

#[test]
fn memory_ends_after_so_many_allocations() {
    let outcome = dmaheap(&["--fault", "enomem-after=2"], &["alloc", "-s", "4k", "-c", "3", "-rn", "-o", "SIZE"]);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("4KiB\n4KiB\n", 1));
    assert!(outcome.stderr.contains("ENOMEM"), "{}", outcome.stderr);
}

#[test]
fn slow_replies_hold_up_nobody_else() {
    let begin = Instant::now();
    let text = script(
        &["--fault", "slow=2s"],
        "for i in 1 2 3 4; do $DMAHEAP alloc -s 4k -rn -o SIZE 2>/dev/null & done
         for i in 1 2 3 4 5 6 7 8 9 10; do test -c /dev/dma_heap/system || exit 1; done
         echo meanwhile; wait",
    )
    .success();
    assert_eq!(text, "meanwhile\n4KiB\n4KiB\n4KiB\n4KiB\n");
    // One after the other they would take 8 s; each of them at least 2.
    let elapsed = begin.elapsed();
    assert!(elapsed >= Duration::from_secs(2), "{elapsed:?}");
    assert!(elapsed < Duration::from_secs(7), "{elapsed:?}");
}

#[test]
fn a_broken_rule_changes_the_answer_that_it_names() {
    let alloc = |rule: &str, args: &[&str]| {
        let fault = format!("rule:{rule}");
        let mut all = vec!["alloc", "-rnb", "-o", "SIZE"];
        all.extend(args);
        let outcome = dmaheap(&["--fault", &fault], &all);
        (outcome.status, outcome.stdout)
    };
    let good = |size: &str| (0, format!("{size}\n"));
    assert_eq!(alloc("fd-flags-unchecked", &["-s", "4k", "--fd-flags", "0x80802"]), good("4096"));
    assert_eq!(alloc("heap-flags-unchecked", &["-s", "4k", "--heap-flags", "1"]), good("4096"));
    assert_eq!(alloc("len-not-rounded", &["-s", "5000"]), good("5000"));
    assert_eq!(alloc("node-needs-write", &["-s", "4k"]).0, 1);
    assert_eq!(alloc("sync-unchecked", &["-s", "4k", "--heap-flags", "1"]).0, 1);
}

#[test]
fn every_rule_that_can_be_broken_is_listed_and_accepted() {
    let list = crate::support::bare(["sim", "--fault", "rule:list"]).run().success();
    let ids: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(ids.len() >= 12, "{list}");
    for id in ids {
        assert_eq!(sim(&["--fault", &format!("rule:{id}")], &["true"]).status, 0, "{id}");
    }
}

#[test]
fn a_byte_is_changed_after_so_many_syncs() {
    let verified = |fault: &str| {
        let args = ["alloc", "-s", "64k", "-c", "3", "--fill", "address", "--verify", "-rn", "-o", "DIFFERING"];
        dmaheap(&["--fault", fault], &args)
    };
    // Each buffer that is filled is begun and ended: 2 requests.
    let outcome = verified("flip-after=2");
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("0\n1\n0\n", 3), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("FIRST         0x8000\n"), "{}", outcome.stderr);
    assert_eq!(verified("flip-after=6").stdout, "0\n0\n0\n");
}

#[test]
fn an_allocation_leaves_a_descriptor_that_nobody_was_told_of() {
    let numbers = |options: &[&str]| -> Vec<u32> {
        let text = script(options, "$DMAHEAP hold -s 4k -c 3 --for 0 -n -o FD 2>/dev/null").success();
        text.lines().map(|line| line.trim().parse().expect("a number")).collect()
    };
    let (good, bad) = (numbers(&[]), numbers(&["--fault", "keep-fd-after=2"]));
    assert_eq!(good[2], good[1] + 1);
    assert_eq!(bad, [good[0], good[1], good[2] + 1]);
}

#[test]
fn faults_that_are_none_are_explained() {
    for (fault, reason) in [
        ("flip-after=x", "`x` is not a number of DMA_BUF_IOCTL_SYNC"),
        ("keep-fd-after=0", "`0` is not a number of an allocation, counted from 1"),
        ("keep-fd-after=", "`` is not a number of an allocation, counted from 1"),
        ("keep-fd-at-sync=0", "`0` is not a number of a DMA_BUF_IOCTL_SYNC, counted from 1"),
        ("other", "flip-after=N, keep-fd-after=N, keep-fd-at-sync=N or rule:ID"),
    ] {
        let outcome = sim(&["--fault", fault], &["true"]);
        assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
        assert_eq!(outcome.status, 125);
    }
}
