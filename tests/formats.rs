//! The formats of `dmaheap probe`, with a finding of every verdict.

use dmaheap::probe::{Finding, Verdict};
use dmaheap::report::{junit, ktap, lava, verdicts};
use snapbox::{IntoData, assert_data_eq, str};
use std::time::Duration;

/// As it is: a backslash is no separator of paths here.
#[track_caller]
fn assert_same(actual: String, expected: impl IntoData) {
    assert_data_eq!(actual, expected.raw());
}

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
    assert_same(
        ktap::head(4) + &lines,
        str![[r#"
KTAP version 1
1..4
ok 1 system.len_zero
# a request: expected EINVAL, got ok+hidden_fd
# ioctl 0xc0184800, 4 bytes: 00ff00ff
# decided by dma_heap_ioctl
# descriptors nobody was told of, closed again: 7
not ok 2 system.len_one
ok 3 linux,cma_2.len_zero # SKIP no <rights> & no "node" # here
# a request: expected EINVAL, got EFAULT+lost_fd
# it is old\x1b[31m
# ioctl 0xc0184800, 4 bytes: 00ff00ff
# decided by dma_heap_ioctl
# descriptors nobody was told of, closed again: 8
ok 4 linux,cma_2.len_one # XFAIL EFAULT+lost_fd

"#]],
    );
}

#[test]
fn nested_ktap_has_a_subtest_a_heap() {
    assert_same(
        ktap::nested(&findings()),
        str![[r#"
KTAP version 1
1..2
  KTAP version 1
  1..2
  ok 1 len_zero
  # a request: expected EINVAL, got ok+hidden_fd
  # ioctl 0xc0184800, 4 bytes: 00ff00ff
  # decided by dma_heap_ioctl
  # descriptors nobody was told of, closed again: 7
  not ok 2 len_one
not ok 1 system
  KTAP version 1
  1..2
  ok 1 len_zero # SKIP no <rights> & no "node" # here
  # a request: expected EINVAL, got EFAULT+lost_fd
  # it is old\x1b[31m
  # ioctl 0xc0184800, 4 bytes: 00ff00ff
  # decided by dma_heap_ioctl
  # descriptors nobody was told of, closed again: 8
  ok 2 len_one # XFAIL EFAULT+lost_fd
ok 2 linux,cma_2

"#]],
    );
}

#[test]
fn lava_has_a_signal_a_case() {
    assert_same(
        findings().iter().map(lava::line).collect::<String>(),
        str![[r#"
<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=system.len_zero RESULT=pass>
# a request: expected EINVAL, got ok+hidden_fd
# ioctl 0xc0184800, 4 bytes: 00ff00ff
# decided by dma_heap_ioctl
# descriptors nobody was told of, closed again: 7
<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=system.len_one RESULT=fail>
# no (rights> & no "node" # here
<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=linux_cma_2.len_zero RESULT=skip>
# a request: expected EINVAL, got EFAULT+lost_fd
# it is old\x1b[31m
# ioctl 0xc0184800, 4 bytes: 00ff00ff
# decided by dma_heap_ioctl
# descriptors nobody was told of, closed again: 8
<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=linux_cma_2.len_one RESULT=pass>

"#]],
    );
}

#[test]
fn junit_has_a_suite_a_heap() {
    assert_same(
        junit::document(&findings()),
        str![[r#"
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="dmaheap probe" tests="4" failures="1" errors="0" skipped="2" time="0.048">
  <testsuite name="system" tests="2" failures="1" errors="0" skipped="0" time="0.024">
    <testcase classname="system.len" name="len_zero" time="0.012"/>
    <testcase classname="system.len" name="len_one" time="0.012">
      <failure message="expected EINVAL, got ok+hidden_fd">a request: expected EINVAL, got ok+hidden_fd&#10;ioctl 0xc0184800, 4 bytes: 00ff00ff&#10;decided by dma_heap_ioctl&#10;descriptors nobody was told of, closed again: 7</failure>
    </testcase>
  </testsuite>
  <testsuite name="linux,cma#2" tests="2" failures="0" errors="0" skipped="2" time="0.024">
    <testcase classname="linux,cma#2.len" name="len_zero" time="0.012">
      <skipped message="no &lt;rights&gt; &amp; no &quot;node&quot; # here"/>
    </testcase>
    <testcase classname="linux,cma#2.len" name="len_one" time="0.012">
      <skipped message="known: EFAULT+lost_fd: it is old?[31m"/>
      <system-out>a request: expected EINVAL, got EFAULT+lost_fd&#10;it is old?[31m&#10;ioctl 0xc0184800, 4 bytes: 00ff00ff&#10;decided by dma_heap_ioctl&#10;descriptors nobody was told of, closed again: 8</system-out>
    </testcase>
  </testsuite>
</testsuites>

"#]],
    );
}

#[test]
fn the_table_tells_all_about_what_is_not_ok() {
    assert_same(
        verdicts::group(&findings()[..2], true) + &verdicts::group(&findings()[2..], false),
        str![[r#"
system len          1 ok, 1 FAILED
  ok     len_zero  EINVAL
  fail   len_one   ok+hidden_fd
  fail  len_one
        a request: expected EINVAL, got ok+hidden_fd
        ioctl 0xc0184800, 4 bytes: 00ff00ff
        decided by dma_heap_ioctl
        descriptors nobody was told of, closed again: 7
linux,cma#2 len          0 ok, 1 known, 1 skipped
  skip  len_zero: no <rights> & no "node" # here
  known len_one
        a request: expected EINVAL, got EFAULT+lost_fd
        it is old\x1b[31m
        ioctl 0xc0184800, 4 bytes: 00ff00ff
        decided by dma_heap_ioctl
        descriptors nobody was told of, closed again: 8

"#]],
    );
}
