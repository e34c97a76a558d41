//! JUnit's XML, as GitLab, Jenkins and pytest's readers take it: one suite per heap.

use super::TestOutcome;
use super::heaps::by_heap;
use crate::probe::{CaseResult, CaseVerdict};
use crate::ui::escape::xml;
use std::time::Duration;

/// The whole document; each suite has the properties.
pub(crate) fn document(findings: &[CaseResult], properties: &[(&str, String)]) -> String {
    let all: Vec<&CaseResult> = findings.iter().collect();
    let mut text =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"dmaheap probe\"{}>\n", counts(&all));
    for (heap, of_heap) in by_heap(findings) {
        text.push_str(&format!("  <testsuite name=\"{}\"{}>\n", xml(heap), counts(&of_heap)));
        if !properties.is_empty() {
            text.push_str("    <properties>\n");
            for (name, value) in properties {
                text.push_str(&format!("      <property name=\"{name}\" value=\"{}\"/>\n", xml(value)));
            }
            text.push_str("    </properties>\n");
        }
        for finding in of_heap {
            text.push_str(&case(finding));
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn counts(findings: &[&CaseResult]) -> String {
    let of = |outcome| findings.iter().filter(|finding| TestOutcome::from(finding.verdict) == outcome).count();
    format!(
        " tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3}\"",
        findings.len(),
        of(TestOutcome::Fail),
        of(TestOutcome::Skip),
        findings.iter().map(|finding| finding.elapsed).sum::<Duration>().as_secs_f64()
    )
}

fn case(finding: &CaseResult) -> String {
    let head = format!(
        "    <testcase classname=\"{}.{}\" name=\"{}\" time=\"{:.3}\"",
        xml(&finding.heap),
        finding.group,
        finding.case,
        finding.elapsed.as_secs_f64()
    );
    let details = xml(&finding.details().join("\n"));
    let reason = xml(finding.reason.as_deref().unwrap_or_default());
    let (expected, outcome) = (xml(&finding.expected), xml(&finding.outcome));
    let known = if finding.verdict == CaseVerdict::Known { "known: " } else { "" };
    match TestOutcome::from(finding.verdict) {
        TestOutcome::Pass if details.is_empty() => format!("{head}/>\n"),
        TestOutcome::Pass => format!("{head}>\n      <system-out>{known}{details}</system-out>\n    </testcase>\n"),
        TestOutcome::Fail => format!(
            "{head}>\n      <failure message=\"expected {expected}, got {outcome}\">{details}</failure>\n    </testcase>\n"
        ),
        TestOutcome::Skip => format!("{head}>\n      <skipped message=\"{reason}\"/>\n    </testcase>\n"),
    }
}
