//! What a finding and a case are in JSON.

use crate::probe::{Case, CaseResult};
use crate::ui::{Cell, Column};

/// A case in `--list-cases`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CaseRow {
    pub group: &'static str,
    pub case: &'static Case,
}

pub(crate) const COLUMNS: &[Column<CaseResult>] = &[
    Column { name: "HEAP", key: "heap", help: "name of the heap", right: false, cell: |row| text(&row.heap) },
    Column { name: "GROUP", key: "group", help: "group of the case", right: false, cell: |row| text(row.group) },
    Column {
        name: "CASE",
        key: "case",
        help: "id of the case, the same for ever",
        right: false,
        cell: |row| text(row.case),
    },
    Column {
        name: "VERDICT",
        key: "verdict",
        help: "ok, fail, skip or known",
        right: false,
        cell: |row| Cell::Text(row.verdict.to_string()),
    },
    Column {
        name: "EXPECTED",
        key: "expected",
        help: "the outcomes that are right, separated by |",
        right: false,
        cell: |row| text(&row.expected),
    },
    Column {
        name: "OUTCOME",
        key: "outcome",
        help: "what came of it, if it was tried",
        right: false,
        cell: |row| if row.outcome.is_empty() { Cell::Missing } else { text(&row.outcome) },
    },
    Column {
        name: "REASON",
        key: "reason",
        help: "why it was not tried, or why the deviation is known",
        right: false,
        cell: |row| Cell::text(row.reason.clone()),
    },
    Column {
        name: "LOST",
        key: "lost_fds",
        help: "numbers of the descriptors that nobody was told of; they have been closed",
        right: false,
        cell: |row| Cell::List(row.lost.iter().filter_map(|fd| u64::try_from(*fd).ok()).map(Cell::Number).collect()),
    },
    Column {
        name: "NOTES",
        key: "notes",
        help: "the request in hexadecimal, and what else was noticed",
        right: false,
        cell: |row| Cell::List(row.notes.iter().map(|note| text(note)).collect()),
    },
    Column { name: "SENDS", key: "sends", help: "what the case does", right: false, cell: |row| text(row.sends) },
    Column {
        name: "FUNCTION",
        key: "function",
        help: "the kernel function that decides",
        right: false,
        cell: |row| text(row.function),
    },
    Column { name: "ABI", key: "abi", help: "mainline or v12", right: false, cell: |row| text(row.abi) },
    Column {
        name: "ABI-FOUND",
        key: "abi_found",
        help: "how the ABI is known: asked, forced, or unknown, which is probed as mainline's",
        right: false,
        cell: |row| text(row.abi_found),
    },
    Column {
        name: "KERNEL",
        key: "kernel",
        help: "release and machine (uname)",
        right: false,
        cell: |row| text(&row.release),
    },
    Column {
        name: "TIME",
        key: "time_ns",
        help: "how long it took, with the child that ran it, nanoseconds",
        right: true,
        cell: |row| Cell::Time(row.elapsed),
    },
];

pub(crate) const CASES: &[Column<CaseRow>] = &[
    Column { name: "CASE", key: "case", help: "id of the case", right: false, cell: |row| text(row.case.id) },
    Column { name: "GROUP", key: "group", help: "its group", right: false, cell: |row| text(row.group) },
    Column {
        name: "EXPECTED",
        key: "expected",
        help: "the outcomes that are right on mainline, separated by |",
        right: false,
        cell: |row| text(row.case.expected.mainline),
    },
    Column {
        name: "V12",
        key: "expected_v12",
        help: "those of the 2019 v12 series",
        right: false,
        cell: |row| text(row.case.expected.v12),
    },
    Column {
        name: "FUNCTION",
        key: "function",
        help: "the kernel function that decides",
        right: false,
        cell: |row| text(row.case.function),
    },
    Column { name: "SENDS", key: "sends", help: "what it does", right: false, cell: |row| text(row.case.sends) },
    Column {
        name: "EXCEPTIONS",
        key: "exceptions",
        help: "other outcomes: from a release on, on CMA heaps, before the fix of the EFAULT leak",
        right: false,
        cell: |row| Cell::List(row.case.expected.exceptions().iter().map(|exception| text(exception)).collect()),
    },
];

/// The last column of the table, which may run over: what it does, and with what else it may end.
pub(super) const DESCRIPTION: Column<CaseRow> = Column {
    name: "SENDS",
    key: "sends",
    help: "what it does",
    right: false,
    cell: |row| match row.case.expected.exceptions().as_slice() {
        [] => text(row.case.sends),
        exceptions => Cell::Text(format!("{} ({})", row.case.sends, exceptions.join("; "))),
    },
};

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}
