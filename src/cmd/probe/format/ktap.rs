//! KTAP version 1 (Documentation/dev-tools/ktap.rst): flat, since tap.py reads nested tests as noise, or
//! with one subtest per heap.

use super::TestOutcome;
use super::heaps::by_heap;
use crate::probe::{CaseResult, CaseVerdict};
use crate::ui::escape::escaped;

const VERSION: &str = "KTAP version 1\n";

/// The beginning of `count` results, with the notes about all of them.
pub(crate) fn head(count: usize, about: &[String]) -> String {
    let nothing = if count == 0 { " # SKIP no heap to probe" } else { "" };
    let about: String = about.iter().map(|line| format!("# {}\n", escaped(line))).collect();
    format!("{VERSION}1..{count}{nothing}\n{about}")
}

/// Result `number`, with its diagnostics before it.
pub(crate) fn line(number: usize, finding: &CaseResult) -> String {
    result(number, &finding.id(), finding, "")
}

/// All results, one subtest per heap.
pub(crate) fn nested(findings: &[CaseResult], about: &[String]) -> String {
    let heaps = by_heap(findings);
    let mut text = head(heaps.len(), about);
    for (index, (heap, of_heap)) in heaps.into_iter().enumerate() {
        text.push_str(&format!("  {VERSION}  1..{}\n", of_heap.len()));
        for (number, finding) in of_heap.iter().enumerate() {
            text.push_str(&result(number + 1, finding.case, finding, "  "));
        }
        let word = if of_heap.iter().any(|finding| finding.verdict == CaseVerdict::Fail) { "not ok" } else { "ok" };
        let skipped = of_heap.iter().all(|finding| finding.verdict == CaseVerdict::Skip);
        let directive = if skipped { " # SKIP" } else { "" };
        text.push_str(&format!("{word} {} {}{directive}\n", index + 1, description(heap)));
    }
    text
}

/// The line that ends a run before all of its results.
pub(crate) fn bail_out(reason: &str) -> String {
    format!("Bail out! {reason}\n")
}

fn result(number: usize, id: &str, finding: &CaseResult, indent: &str) -> String {
    let mut text = String::new();
    if finding.verdict != CaseVerdict::Skip {
        for line in finding.details() {
            text.push_str(&format!("{indent}# {}\n", escaped(&line)));
        }
    }
    let reason = finding.reason.as_deref().unwrap_or_default();
    let word = if TestOutcome::from(finding.verdict) == TestOutcome::Fail { "not ok" } else { "ok" };
    let directive = match finding.verdict {
        CaseVerdict::Ok | CaseVerdict::Fail => String::new(),
        CaseVerdict::Skip => format!(" # SKIP {}", escaped(reason)),
        CaseVerdict::Known => format!(" # XFAIL {}", escaped(&finding.outcome)),
    };
    text.push_str(&format!("{indent}{word} {number} {}{directive}\n", description(id)));
    text
}

/// Escapes a description: a `#` would begin a directive, and no two ids may become one.
fn description(id: &str) -> String {
    escaped(id).replace('#', "\\x23")
}
