//! The formats of `dmaheap probe`, with a finding of every verdict.

use dmaheap::probe::{Finding, Verdict};
use dmaheap::report::{junit, ktap, lava, verdicts};
use snapbox::{assert_data_eq, str};
use std::time::Duration;

fn finding(heap: &str, case: &'static str, verdict: Verdict) -> Finding {
    let (outcome, reason, lost) = match verdict {
        Verdict::Ok => ("EINVAL", None, vec![]),
        Verdict::Fail => ("ok+hidden_fd", None, vec![7]),
        Verdict::Skip => ("", Some("no <rights> & no \"node\" # here".to_owned()), vec![]),
        Verdict::Known => ("EFAULT+lost_fd", Some("it is old\u{1b}[31m".to_owned()), vec![8]),
    };
    Finding {
        heap: heap.into(),
        group: "len",
        case,
        sends: "a request",
        function: "dma_heap_ioctl",
        verdict,
        expected: "EINVAL".to_owned(),
        outcome: outcome.to_owned(),
        reason,
        notes: vec!["ioctl 0xc0184800, 4 bytes: 00ff00ff".to_owned()],
        lost,
        elapsed: Duration::from_millis(12),
        abi: "mainline",
        release: "6.12 x86_64".into(),
    }
}

fn findings() -> Vec<Finding> {
    vec![
        finding("system", "len_zero", Verdict::Ok),
        finding("system", "len_one", Verdict::Fail),
        finding("linux,cma#2", "len_zero", Verdict::Skip),
        finding("linux,cma#2", "len_one", Verdict::Known),
    ]
}

#[test]
fn ktap_is_flat_with_the_diagnostics_first() {
    let all = findings();
    let lines: String = all.iter().enumerate().map(|(index, finding)| ktap::line(index + 1, finding)).collect();
    assert_data_eq!(ktap::head(4) + &lines, str![]);
}

#[test]
fn nested_ktap_has_a_subtest_a_heap() {
    assert_data_eq!(ktap::nested(&findings()), str![]);
}

#[test]
fn lava_has_a_signal_a_case() {
    assert_data_eq!(findings().iter().map(lava::line).collect::<String>(), str![]);
}

#[test]
fn junit_has_a_suite_a_heap() {
    assert_data_eq!(junit::document(&findings()), str![]);
}

#[test]
fn the_table_tells_all_about_what_is_not_ok() {
    assert_data_eq!(verdicts::group(&findings()[..2], true) + &verdicts::group(&findings()[2..], false), str![]);
}
