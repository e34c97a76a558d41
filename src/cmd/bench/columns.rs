//! The rows and columns of the table.

use crate::bench::{Bandwidth, Comparison, Figure, Verdict};
use crate::ui::{Cell, Column};
use std::time::Duration;

/// A row: a figure, and what it was in an earlier run.
#[derive(Debug)]
pub(crate) struct Row {
    figure: Figure,
    before: Option<Figure>,
    change: Option<f64>,
    pub(super) verdict: Option<Verdict>,
}

impl Row {
    /// Whether anything was measured.
    #[must_use]
    pub(crate) fn is_measured(&self) -> bool {
        self.figure.is_measured()
    }
}

/// Columns that are shown if none are chosen.
pub(crate) const DEFAULT: &str = "HEAP,SIZE,STEP,P50,P99,MAX,RATE,RATIO";

/// The same with `--compare`.
pub(crate) const COMPARED: &str = "HEAP,SIZE,STEP,P50,RATIO,BEFORE,CHANGE,VERDICT";

/// A column of one of the times.
macro_rules! time {
    ($name:literal, $key:literal, $help:literal, $field:ident) => {
        Column { name: $name, key: $key, help: $help, right: true, cell: |row| measured(row, row.figure.times.$field) }
    };
}

pub(crate) const COLUMNS: &[Column<Row>] = &[
    Column {
        name: "HEAP",
        key: "heap",
        help: "name of the heap, or the path it was asked for by",
        right: false,
        cell: |row| Cell::Text(row.figure.heap.clone()),
    },
    Column {
        name: "SIZE",
        key: "size",
        help: "size of a buffer in the request, bytes",
        right: true,
        cell: |row| Cell::Bytes(row.figure.size),
    },
    Column {
        name: "STEP",
        key: "step",
        help: "allocate, touch, sync-start, sync-end, close, fill, copy or verify",
        right: false,
        cell: |row| Cell::Text(row.figure.step.name().to_owned()),
    },
    Column {
        name: "COUNT",
        key: "count",
        help: "how often: requests, or passes over a buffer",
        right: true,
        cell: |row| Cell::Number(row.figure.times.count),
    },
    time!("MIN", "min_ns", "shortest time, nanoseconds", min),
    time!("MEAN", "mean_ns", "arithmetic mean, nanoseconds", mean),
    time!("P50", "p50_ns", "median: half of them took at most this, nanoseconds", p50),
    time!("P90", "p90_ns", "90 % of them took at most this, nanoseconds", p90),
    time!("P99", "p99_ns", "99 % of them took at most this, nanoseconds", p99),
    time!("P99.9", "p999_ns", "99.9 % of them took at most this, nanoseconds", p999),
    time!("MAX", "max_ns", "longest time, nanoseconds", max),
    Column {
        name: "BYTES",
        key: "bytes",
        help: "bytes moved: size times count",
        right: true,
        cell: |row| Cell::bytes(bandwidth(row).map(|bandwidth| bandwidth.bytes)),
    },
    Column {
        name: "RATE",
        key: "rate_bytes_per_s",
        help: "bandwidth of all jobs together, bytes per second",
        right: true,
        cell: |row| bandwidth(row).map_or(Cell::Missing, |bandwidth| Cell::Rate(bandwidth.rate)),
    },
    Column {
        name: "BASELINE",
        key: "baseline_bytes_per_s",
        help: "bandwidth of memset (for fill) or memcpy on anonymous memory, bytes per second",
        right: true,
        cell: |row| bandwidth(row).map_or(Cell::Missing, |bandwidth| Cell::Rate(bandwidth.baseline)),
    },
    Column {
        name: "RATIO",
        key: "ratio",
        help: "rate by baseline, median of the rounds",
        right: true,
        cell: |row| Cell::ratio(bandwidth(row).map(|bandwidth| bandwidth.ratio)),
    },
    Column {
        name: "ROUNDS",
        key: "rounds",
        help: "of each round the median time, nanoseconds, or the ratio of a bandwidth",
        right: false,
        cell: rounds,
    },
    Column {
        name: "BEFORE",
        key: "before",
        help: "with --compare, the earlier P50, or the earlier RATIO of a bandwidth: an object of p50_ns and ratio",
        right: true,
        cell: before,
    },
    Column {
        name: "CHANGE",
        key: "change",
        help: "with --compare, how many times as long it takes now; above 1 is slower",
        right: true,
        cell: |row| Cell::ratio(row.change),
    },
    Column {
        name: "VERDICT",
        key: "verdict",
        help: "with --compare: slower or faster where no round of one run reaches the other's; new or gone",
        right: false,
        cell: |row| Cell::text(row.verdict.map(Verdict::name)),
    },
];

/// A step that was not made has no times.
fn measured(row: &Row, nanoseconds: u64) -> Cell {
    if row.figure.is_measured() { Cell::Time(Duration::from_nanos(nanoseconds)) } else { Cell::Missing }
}

fn bandwidth(row: &Row) -> Option<Bandwidth> {
    row.figure.bandwidth
}

fn rounds(row: &Row) -> Cell {
    let is_ratio = row.figure.bandwidth.is_some();
    let round = |value: &u64| if is_ratio { Cell::Ratio(*value) } else { Cell::Time(Duration::from_nanos(*value)) };
    Cell::List(row.figure.rounds.iter().map(round).collect())
}

fn before(row: &Row) -> Cell {
    let Some(before) = &row.before else { return Cell::Missing };
    let time = Cell::Time(Duration::from_nanos(before.times.p50));
    let ratio = Cell::ratio(before.bandwidth.map(|bandwidth| bandwidth.ratio));
    let shown = if before.bandwidth.is_some() { &ratio } else { &time }.show(false);
    Cell::Record { shown, members: vec![("p50_ns", time), ("ratio", ratio)] }
}

/// A row for each of `figures`, beside those of an earlier run.
pub(super) fn rows(figures: &[Figure], earlier: Option<&[Figure]>) -> Vec<Row> {
    let row = |figure: &Figure| {
        let comparison = earlier.map(|earlier| Comparison::of(figure, earlier));
        Row {
            figure: figure.clone(),
            before: comparison.and_then(|comparison| comparison.before).cloned(),
            change: comparison.and_then(|comparison| comparison.change),
            verdict: comparison.and_then(|comparison| comparison.verdict),
        }
    };
    figures.iter().map(row).collect()
}
