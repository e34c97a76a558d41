//! What people read while cases are run: one line per group, and the details of every deviation.

use crate::probe::{CaseResult, CaseVerdict, VerdictCounts};
use crate::ui::escape::escaped;
use crate::ui::grid::Grid;

const WORD: usize = 5;

/// The findings of one group on one heap.
pub(crate) fn group(findings: &[CaseResult], verbose: bool) -> String {
    let Some(first) = findings.first() else { return String::new() };
    let mut summary = VerdictCounts::default();
    for finding in findings {
        summary.count(finding.verdict);
    }
    let mut text = format!("{} {:<10} {}\n", escaped(&first.heap), first.group, counts(&summary));
    if verbose {
        let fields = |finding: &CaseResult| {
            vec![
                format!("  {:<WORD$}", finding.verdict),
                finding.case.to_owned(),
                escaped(&finding.outcome).into_owned(),
            ]
        };
        text.extend(Grid::new(findings.iter().map(fields), &[false; 3], 2).into_lines());
    }
    let mut given: Vec<&str> = Vec::new();
    for finding in findings {
        let Some(reason) = finding.reason.as_deref().filter(|_| finding.verdict == CaseVerdict::Skip) else {
            text.push_str(&about(finding));
            continue;
        };
        // Each reason is given once, with the first case that it concerns.
        if !given.contains(&reason) {
            given.push(reason);
            text.push_str(&about(finding));
            let same =
                |other: &&CaseResult| other.verdict == CaseVerdict::Skip && other.reason.as_deref() == Some(reason);
            match findings.iter().filter(same).count() - 1 {
                0 => {}
                others => text.push_str(&format!("        and {others} more for the same reason\n")),
            }
        }
    }
    text
}

/// `12 ok`, and whatever else there was.
pub(crate) fn counts(summary: &VerdictCounts) -> String {
    let of = |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}"));
    let ok = format!("{:>3} ok", summary.ok);
    let others = [of(summary.fail, "FAILED"), of(summary.known, "known"), of(summary.skip, "skipped")];
    std::iter::once(ok).chain(others.into_iter().flatten()).collect::<Vec<_>>().join(", ")
}

fn about(finding: &CaseResult) -> String {
    let details = finding.details();
    let lines: Vec<String> = if finding.verdict == CaseVerdict::Ok {
        details.iter().map(|detail| format!("  {detail}")).collect()
    } else if finding.verdict == CaseVerdict::Skip {
        details.iter().map(|reason| format!("  skip  {}: {reason}", finding.case)).collect()
    } else {
        let head = format!("  {:<WORD$} {}", finding.verdict, finding.case);
        std::iter::once(head).chain(details.iter().map(|detail| format!("        {detail}"))).collect()
    };
    lines.iter().map(|line| escaped(line).into_owned() + "\n").collect()
}
