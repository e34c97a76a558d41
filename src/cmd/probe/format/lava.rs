//! LAVA's signals: one line per case, which the dispatcher finds on the console.

use super::TestOutcome;
use crate::probe::CaseResult;
use crate::ui::escape::escaped;

/// The signal of a case, preceded by its notes.
pub(crate) fn line(finding: &CaseResult) -> String {
    let result = match TestOutcome::from(finding.verdict) {
        TestOutcome::Pass => "pass",
        TestOutcome::Fail => "fail",
        TestOutcome::Skip => "skip",
    };
    let mut text = String::new();
    for detail in finding.details() {
        // A signal in such a line would count as one.
        text.push_str(&format!("# {}\n", escaped(&detail).replace('<', "(")));
    }
    text.push_str(&format!("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={} RESULT={result}>\n", slug(finding)));
    text
}

/// The notes about all cases, before them.
pub(crate) fn head(about: &[String]) -> String {
    about.iter().map(|line| format!("# {}\n", escaped(line).replace('<', "("))).collect()
}

/// Returns the name of a test case: letters, digits, `_`, `-` and `.`. Other bytes of the heap's name, and a point, are
/// a point and their two digits in hexadecimal, so no two names become one.
fn slug(finding: &CaseResult) -> String {
    let mut slug = String::new();
    for byte in finding.heap.bytes() {
        match byte {
            b'_' | b'-' => slug.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => slug.push(byte.into()),
            _ => slug.push_str(&format!(".{byte:02x}")),
        }
    }
    format!("{slug}.{}", finding.case)
}
