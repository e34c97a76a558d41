//! Findings by heap, for formats that nest them.

use crate::probe::CaseResult;

/// The heaps in the order in which they first occur, each with all of its findings.
pub(super) fn by_heap(findings: &[CaseResult]) -> Vec<(&str, Vec<&CaseResult>)> {
    let mut heaps: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for finding in findings {
        match heaps.iter_mut().find(|(heap, _)| *heap == finding.heap.as_ref()) {
            Some((_, of_heap)) => of_heap.push(finding),
            None => heaps.push((&finding.heap, vec![finding])),
        }
    }
    heaps
}
