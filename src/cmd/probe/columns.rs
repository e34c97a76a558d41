//! What a finding and a case are in JSON.

use crate::probe::{AnswerChange, Case, CaseResult};
use crate::ui::{Cell, Column, column};

/// A case in `--list-cases`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CaseRow {
    pub group: &'static str,
    pub case: &'static Case,
}

pub(crate) const COLUMNS: &[Column<CaseResult>] = &[
    column("HEAP", "heap", "name of the heap").text(|row| row.heap.as_ref().into()),
    column("GROUP", "group", "group of the case").text(|row| row.group.into()),
    column("CASE", "case", "stable id of the case").text(|row| row.case.into()),
    column("VERDICT", "verdict", "ok, fail, skip or known").text(|row| row.verdict.to_string().into()),
    column("EXPECTED", "expected", "expected outcomes, separated by |").text(|row| row.expected.as_str().into()),
    column("OUTCOME", "outcome", "actual outcome, if the case was run")
        .text(|row| (!row.outcome.is_empty()).then_some(&*row.outcome).into()),
    column("BEFORE", "before", "with --compare, the outcome in the file, if the case was run")
        .text(|row| row.before.as_deref().filter(|before| !before.is_empty()).into()),
    column("CHANGE", "change", "with --compare, differs; new or gone if the case was run only now or only then")
        .text(|row| row.change().map(AnswerChange::name).into()),
    column("REASON", "reason", "why it was skipped, or why the deviation is known")
        .text(|row| row.reason.clone().into()),
    column("LOST", "lost_fds", "descriptors that were not reported to the caller; they have been closed")
        .text(|row| Cell::List(row.lost.iter().filter_map(|fd| u64::try_from(*fd).ok()).map(Cell::Number).collect())),
    column("NOTES", "notes", "the request in hexadecimal, and other observations")
        .text(|row| Cell::List(row.notes.iter().map(|note| note.as_str().into()).collect())),
    column("SENDS", "sends", "what the case does").text(|row| row.sends.into()),
    column("FUNCTION", "function", "the kernel function that decides").text(|row| row.function.into()),
    column("ABI", "abi", "mainline or v12").text(|row| row.abi.into()),
    column(
        "ABI-FOUND",
        "abi_found",
        "how the ABI was determined: asked, forced, unknown (probed as mainline), or none (only udmabuf)",
    )
    .text(|row| row.abi_found.into()),
    column("KERNEL", "kernel", "release and machine (uname)").text(|row| row.release.as_ref().into()),
    column("TIME", "time_ns", "duration of the case, including its child process, nanoseconds")
        .number(|row| Cell::Time(row.elapsed)),
];

/// Columns of results that are shown if rows are asked for and none are chosen.
pub(super) const DEFAULT: &str = "HEAP,CASE,VERDICT,OUTCOME,EXPECTED";

/// The same of cases.
pub(super) const DEFAULT_CASES: &str = "CASE,EXPECTED,FUNCTION,SENDS";

pub(crate) const CASES: &[Column<CaseRow>] = &[
    column("CASE", "case", "id of the case").text(|row| row.case.id.into()),
    column("GROUP", "group", "its group").text(|row| row.group.into()),
    column("EXPECTED", "expected", "expected outcomes on mainline, separated by |")
        .text(|row| row.case.expected.usual.into()),
    column("V12", "expected_v12", "expected outcomes on the 2019 v12 series")
        .text(|row| row.case.expected.v12.unwrap_or(row.case.expected.usual).into()),
    column("FUNCTION", "function", "the kernel function that decides").text(|row| row.case.function.into()),
    column("SENDS", "sends", "what the case does").text(|row| row.case.sends.into()),
    column(
        "EXCEPTIONS",
        "exceptions",
        "other outcomes: from a release on, on CMA heaps or udmabuf, before the fix of the EFAULT leak",
    )
    .text(|row| Cell::List(row.case.expected.exceptions().iter().map(|exception| exception.as_str().into()).collect())),
];

/// What an answer is and was.
pub(super) const COMPARED: [&str; 5] = ["HEAP", "CASE", "BEFORE", "OUTCOME", "CHANGE"];

/// The last column of the table, which may run over: what it does, and with what else it may end.
pub(super) const DESCRIPTION: Column<CaseRow> =
    column("SENDS", "sends", "what the case does").text(|row| match row.case.expected.exceptions().as_slice() {
        [] => row.case.sends.into(),
        exceptions => format!("{} ({})", row.case.sends, exceptions.join("; ")).into(),
    });
