//! The rows and columns of the table.

use crate::bench::{Bandwidth, Figure, FigureChange, Verdict};
use crate::ui::{Cell, Column, column};
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
    pub(crate) fn is_measured(&self) -> bool {
        self.figure.is_measured()
    }
}

pub(crate) const DEFAULT: &str = "HEAP,SIZE,STEP,P50,P99,MAX,RATE,RATIO";

/// The columns that `--compare` shows if none are chosen.
pub(crate) const COMPARED: &str = "HEAP,SIZE,STEP,P50,RATIO,BEFORE,CHANGE,VERDICT";

pub(crate) const COLUMNS: &[Column<Row>] = &[
    column("HEAP", "heap", "name of the heap, or the path that was given").text(|row| row.figure.heap.as_str().into()),
    column("SIZE", "size", "size of a buffer in the request, bytes").number(|row| Cell::Bytes(row.figure.size)),
    column("STEP", "step", "allocate, touch, sync-start, sync-end, close, fill, copy or verify")
        .text(|row| row.figure.step.name().into()),
    column("COUNT", "count", "number of requests, or of passes over a buffer")
        .number(|row| Cell::Number(row.figure.times.count)),
    column("MIN", "min_ns", "shortest time, nanoseconds").number(|row| time(row, row.figure.times.min)),
    column("MEAN", "mean_ns", "arithmetic mean, nanoseconds").number(|row| time(row, row.figure.times.mean)),
    column("P50", "p50_ns", "median: half of them took at most this, nanoseconds")
        .number(|row| time(row, row.figure.times.p50)),
    column("P90", "p90_ns", "90 % of them took at most this, nanoseconds")
        .number(|row| time(row, row.figure.times.p90)),
    column("P99", "p99_ns", "99 % of them took at most this, nanoseconds")
        .number(|row| time(row, row.figure.times.p99)),
    column("P99.9", "p999_ns", "99.9 % of them took at most this, nanoseconds")
        .number(|row| time(row, row.figure.times.p999)),
    column("MAX", "max_ns", "longest time, nanoseconds").number(|row| time(row, row.figure.times.max)),
    column("BYTES", "bytes", "bytes moved: size times count")
        .number(|row| moved(row, |bandwidth| Cell::Bytes(bandwidth.bytes))),
    column("RATE", "rate_bytes_per_s", "bandwidth of all jobs together, bytes per second")
        .number(|row| moved(row, |bandwidth| Cell::Rate(bandwidth.rate))),
    column(
        "BASELINE",
        "baseline_bytes_per_s",
        "bandwidth of memset (for fill) or memcpy on anonymous memory, bytes per second",
    )
    .number(|row| moved(row, |bandwidth| Cell::Rate(bandwidth.baseline))),
    column("RATIO", "ratio", "rate divided by baseline, median of the rounds")
        .number(|row| moved(row, |bandwidth| Cell::ratio(Some(bandwidth.ratio)))),
    column("ROUNDS", "rounds", "for each round, the median time, nanoseconds, or the ratio of a bandwidth")
        .text(rounds),
    column(
        "BEFORE",
        "before",
        "with --compare, the earlier P50, or the earlier RATIO of a bandwidth: an object of p50_ns and ratio",
    )
    .number(before),
    column("CHANGE", "change", "with --compare, how many times as long it takes now; above 1 is slower")
        .number(|row| Cell::ratio(row.change)),
    column(
        "VERDICT",
        "verdict",
        "with --compare: slower or faster where no round of one run reaches the other's; new or gone",
    )
    .text(|row| row.verdict.map(Verdict::name).into()),
];

/// A step that was not made has no times.
fn time(row: &Row, nanoseconds: u64) -> Cell {
    if row.figure.is_measured() { Cell::Time(Duration::from_nanos(nanoseconds)) } else { Cell::Missing }
}

fn moved(row: &Row, cell: fn(&Bandwidth) -> Cell) -> Cell {
    row.figure.bandwidth.as_ref().map(cell).into()
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
        let comparison = earlier.map(|earlier| FigureChange::of(figure, earlier));
        Row {
            figure: figure.clone(),
            before: comparison.and_then(|comparison| comparison.before).cloned(),
            change: comparison.and_then(|comparison| comparison.change),
            verdict: comparison.and_then(|comparison| comparison.verdict),
        }
    };
    figures.iter().map(row).collect()
}
