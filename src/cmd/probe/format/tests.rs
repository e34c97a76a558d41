//! The formats of `dmaheap probe`, with a finding of every verdict.

use super::{junit, ktap, lava, verdicts};
use crate::probe::{CaseResult, CaseVerdict};
use snapbox::{IntoData, assert_data_eq};
use std::time::Duration;

/// Compares without normalizing paths: a backslash does not separate them here.
#[track_caller]
fn assert_same(actual: String, expected: impl IntoData) {
    assert_data_eq!(actual, expected.raw());
}

fn finding(heap: &str, case: &'static str, verdict: CaseVerdict) -> CaseResult {
    let (outcome, reason, lost) = match verdict {
        CaseVerdict::Ok => ("EINVAL", None, vec![]),
        CaseVerdict::Fail => ("ok+hidden_fd", None, vec![7]),
        CaseVerdict::Skip => ("", Some("no <rights> & no \"node\" # here".to_owned()), vec![]),
        CaseVerdict::Known => ("EFAULT+lost_fd", Some("it is old\u{1b}[31m".to_owned()), vec![8]),
    };
    CaseResult {
        heap: heap.into(),
        group: "len",
        case,
        sends: "a request",
        function: "dma_heap_ioctl",
        verdict,
        expected: "EINVAL".to_owned(),
        outcome: outcome.to_owned(),
        before: None,
        reason,
        notes: vec!["ioctl 0xc0184800, 4 bytes: 00ff00ff".to_owned()],
        lost,
        elapsed: Duration::from_millis(12),
        abi: "mainline",
        abi_found: "asked",
        release: "6.12 x86_64".into(),
    }
}

/// Returns the notes about all of them.
fn about() -> Vec<String> {
    vec!["kernel 6.12 <x>, ABI mainline".to_owned(), "simulated: \u{1b}[31m".to_owned()]
}

fn findings() -> Vec<CaseResult> {
    vec![
        finding("system", "len_zero", CaseVerdict::Ok),
        finding("system", "len_one", CaseVerdict::Fail),
        finding("linux,cma#2", "len_zero", CaseVerdict::Skip),
        finding("linux,cma#2", "len_one", CaseVerdict::Known),
    ]
}

#[test]
fn ktap_is_flat_with_the_diagnostics_first() {
    let all = findings();
    let lines: String = all.iter().enumerate().map(|(index, finding)| ktap::line(index + 1, finding)).collect();
    assert_same(
        ktap::head(4, &about()) + &lines,
        "KTAP version 1\n\
1..4\n\
# kernel 6.12 <x>, ABI mainline\n\
# simulated: \\x1b[31m\n\
ok 1 system.len_zero\n\
# a request: expected EINVAL, got ok+hidden_fd\n\
# ioctl 0xc0184800, 4 bytes: 00ff00ff\n\
# decided by dma_heap_ioctl\n\
# unreported descriptors, closed again: 7\n\
not ok 2 system.len_one\n\
ok 3 linux,cma\\x232.len_zero # SKIP no <rights> & no \"node\" # here\n\
# a request: expected EINVAL, got EFAULT+lost_fd\n\
# it is old\\x1b[31m\n\
# ioctl 0xc0184800, 4 bytes: 00ff00ff\n\
# decided by dma_heap_ioctl\n\
# unreported descriptors, closed again: 8\n\
ok 4 linux,cma\\x232.len_one # XFAIL EFAULT+lost_fd\n\
",
    );
}

#[test]
fn nested_ktap_has_a_subtest_a_heap() {
    assert_same(
        ktap::nested(&findings(), &about()),
        "KTAP version 1\n\
1..2\n\
# kernel 6.12 <x>, ABI mainline\n\
# simulated: \\x1b[31m\n\
\x20 KTAP version 1\n\
\x20 1..2\n\
\x20 ok 1 len_zero\n\
\x20 # a request: expected EINVAL, got ok+hidden_fd\n\
\x20 # ioctl 0xc0184800, 4 bytes: 00ff00ff\n\
\x20 # decided by dma_heap_ioctl\n\
\x20 # unreported descriptors, closed again: 7\n\
\x20 not ok 2 len_one\n\
not ok 1 system\n\
\x20 KTAP version 1\n\
\x20 1..2\n\
\x20 ok 1 len_zero # SKIP no <rights> & no \"node\" # here\n\
\x20 # a request: expected EINVAL, got EFAULT+lost_fd\n\
\x20 # it is old\\x1b[31m\n\
\x20 # ioctl 0xc0184800, 4 bytes: 00ff00ff\n\
\x20 # decided by dma_heap_ioctl\n\
\x20 # unreported descriptors, closed again: 8\n\
\x20 ok 2 len_one # XFAIL EFAULT+lost_fd\n\
ok 2 linux,cma\\x232\n\
",
    );
}

#[test]
fn lava_has_a_signal_a_case() {
    assert_same(
        lava::head(&about()) + &findings().iter().map(lava::line).collect::<String>(),
        "# kernel 6.12 (x>, ABI mainline\n\
# simulated: \\x1b[31m\n\
<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=system.len_zero RESULT=pass>\n\
# a request: expected EINVAL, got ok+hidden_fd\n\
# ioctl 0xc0184800, 4 bytes: 00ff00ff\n\
# decided by dma_heap_ioctl\n\
# unreported descriptors, closed again: 7\n\
<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=system.len_one RESULT=fail>\n\
# no (rights> & no \"node\" # here\n\
<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=linux.2ccma.232.len_zero RESULT=skip>\n\
# a request: expected EINVAL, got EFAULT+lost_fd\n\
# it is old\\x1b[31m\n\
# ioctl 0xc0184800, 4 bytes: 00ff00ff\n\
# decided by dma_heap_ioctl\n\
# unreported descriptors, closed again: 8\n\
<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=linux.2ccma.232.len_one RESULT=pass>\n\
",
    );
}

#[test]
fn junit_has_a_suite_a_heap() {
    assert_same(
        junit::document(&findings(), &[("kernel", "6.12 <x>".to_owned()), ("simulated", "false".to_owned())]),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
<testsuites name=\"dmaheap probe\" tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"0.048\">\n\
\x20 <testsuite name=\"system\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"0.024\">\n\
\x20   <properties>\n\
\x20     <property name=\"kernel\" value=\"6.12 &lt;x&gt;\"/>\n\
\x20     <property name=\"simulated\" value=\"false\"/>\n\
\x20   </properties>\n\
\x20   <testcase classname=\"system.len\" name=\"len_zero\" time=\"0.012\"/>\n\
\x20   <testcase classname=\"system.len\" name=\"len_one\" time=\"0.012\">\n\
\x20     <failure message=\"expected EINVAL, got ok+hidden_fd\">a request: expected EINVAL, got ok+hidden_fd&#10;ioctl 0xc0184800, 4 bytes: 00ff00ff&#10;decided by dma_heap_ioctl&#10;unreported descriptors, closed again: 7</failure>\n\
\x20   </testcase>\n\
\x20 </testsuite>\n\
\x20 <testsuite name=\"linux,cma#2\" tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\" time=\"0.024\">\n\
\x20   <properties>\n\
\x20     <property name=\"kernel\" value=\"6.12 &lt;x&gt;\"/>\n\
\x20     <property name=\"simulated\" value=\"false\"/>\n\
\x20   </properties>\n\
\x20   <testcase classname=\"linux,cma#2.len\" name=\"len_zero\" time=\"0.012\">\n\
\x20     <skipped message=\"no &lt;rights&gt; &amp; no &quot;node&quot; # here\"/>\n\
\x20   </testcase>\n\
\x20   <testcase classname=\"linux,cma#2.len\" name=\"len_one\" time=\"0.012\">\n\
\x20     <system-out>known: a request: expected EINVAL, got EFAULT+lost_fd&#10;it is old?[31m&#10;ioctl 0xc0184800, 4 bytes: 00ff00ff&#10;decided by dma_heap_ioctl&#10;unreported descriptors, closed again: 8</system-out>\n\
\x20   </testcase>\n\
\x20 </testsuite>\n\
</testsuites>\n\
",
    );
}

#[test]
fn a_verdict_counts_alike_in_every_format() {
    for (verdict, [passes, fails, skips]) in [
        (CaseVerdict::Ok, [true, false, false]),
        (CaseVerdict::Known, [true, false, false]),
        (CaseVerdict::Fail, [false, true, false]),
        (CaseVerdict::Skip, [false, false, true]),
    ] {
        let one = finding("system", "len_zero", verdict);
        let (ktap, lava) = (ktap::line(1, &one), lava::line(&one));
        let junit = junit::document(&[one], &[]);
        assert_eq!(ktap.contains("not ok 1"), fails, "{ktap}");
        assert_eq!(ktap.contains("# SKIP"), skips, "{ktap}");
        for (result, is_it) in [("pass", passes), ("fail", fails), ("skip", skips)] {
            assert_eq!(lava.contains(&format!("RESULT={result}>")), is_it, "{lava}");
        }
        assert_eq!(junit.contains("<failure"), fails, "{junit}");
        assert_eq!(junit.contains("<skipped"), skips, "{junit}");
        assert!(junit.contains(&format!("failures=\"{}\"", u8::from(fails))), "{junit}");
        assert!(junit.contains(&format!("skipped=\"{}\"", u8::from(skips))), "{junit}");
    }
}

#[test]
fn the_table_tells_all_about_what_is_not_ok() {
    assert_same(
        verdicts::group(&findings()[..2], true) + &verdicts::group(&findings()[2..], false),
        "system len          1 ok, 1 FAILED\n\
\x20 ok     len_zero  EINVAL\n\
\x20 fail   len_one   ok+hidden_fd\n\
\x20 fail  len_one\n\
\x20       a request: expected EINVAL, got ok+hidden_fd\n\
\x20       ioctl 0xc0184800, 4 bytes: 00ff00ff\n\
\x20       decided by dma_heap_ioctl\n\
\x20       unreported descriptors, closed again: 7\n\
linux,cma#2 len          0 ok, 1 known, 1 skipped\n\
\x20 skip  len_zero: no <rights> & no \"node\" # here\n\
\x20 known len_one\n\
\x20       a request: expected EINVAL, got EFAULT+lost_fd\n\
\x20       it is old\\x1b[31m\n\
\x20       ioctl 0xc0184800, 4 bytes: 00ff00ff\n\
\x20       decided by dma_heap_ioctl\n\
\x20       unreported descriptors, closed again: 8\n\
",
    );
}

#[test]
fn names_that_differ_by_a_sign_keep_apart() {
    let names = ["a,b", "a_b", "a.b", "a#b", "a-b", "a.2cb"];
    let of = |line: fn(&CaseResult) -> String| -> std::collections::BTreeSet<String> {
        names.iter().map(|heap| line(&finding(heap, "len_zero", CaseVerdict::Ok))).collect()
    };
    assert_eq!(of(lava::line).len(), names.len());
    assert_eq!(of(|finding| ktap::line(1, finding)).len(), names.len());
}

#[test]
fn a_reason_that_many_cases_share_is_printed_once() {
    let skipped = |case: &'static str, reason: &str| CaseResult {
        reason: Some(reason.to_owned()),
        ..finding("system", case, CaseVerdict::Skip)
    };
    let all = [
        skipped("len_zero", "no rights"),
        finding("system", "len_one", CaseVerdict::Ok),
        skipped("len_two", "no room"),
        skipped("len_three", "no rights"),
        skipped("len_four", "no rights"),
    ];
    assert_same(
        verdicts::group(&all, false),
        "system len          1 ok, 4 skipped\n\
\x20 skip  len_zero: no rights\n\
\x20       and 2 more for the same reason\n\
\x20 skip  len_two: no room\n\
",
    );
}

#[test]
fn a_heap_whose_findings_are_apart_is_one_suite() {
    let all = [
        finding("system", "len_zero", CaseVerdict::Ok),
        finding("cma", "len_zero", CaseVerdict::Ok),
        finding("system", "len_one", CaseVerdict::Ok),
    ];
    let junit = junit::document(&all, &[]);
    assert_eq!(junit.matches("<testsuite name=\"system\" tests=\"2\"").count(), 1, "{junit}");
    assert_eq!(junit.matches("<testsuite ").count(), 2, "{junit}");
    assert!(
        ktap::nested(&all, &[]).starts_with(
            "KTAP version 1\n1..2\n  KTAP version 1\n  1..2\n  ok 1 len_zero\n  ok 2 len_one\nok 1 system\n"
        )
    );
}
