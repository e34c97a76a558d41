//! LAVA's signals: a line a case, which the dispatcher finds on the console.

use super::escape::escaped;
use crate::probe::{Finding, Verdict};

/// The signal of a case, with what there is to say about it before it.
#[must_use]
pub fn line(finding: &Finding) -> String {
    let result = match finding.verdict {
        // LAVA has no word for a deviation that is known; --strict makes it fail.
        Verdict::Ok | Verdict::Known => "pass",
        Verdict::Fail => "fail",
        Verdict::Skip => "skip",
    };
    let mut text = String::new();
    for detail in finding.details() {
        // A signal in such a line would count as one.
        text.push_str(&format!("# {}\n", escaped(&detail).replace('<', "(")));
    }
    text.push_str(&format!("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={} RESULT={result}>\n", slug(&finding.id())));
    text
}

/// What a test case may be called: letters, digits, `_`, `-` and `.`.
fn slug(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' }).collect()
}
