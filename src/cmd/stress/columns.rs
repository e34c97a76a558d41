//! The columns of a report.

use crate::stress::Progress;
use crate::sys::errno_name;
use crate::ui::{Cell, Column, column};
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Row {
    pub(super) seed: u64,
    pub(super) jobs: u64,
    pub(super) progress: Progress,
    pub(super) failures: Vec<String>,
}

pub(super) const DEFAULT: &str = "TIME,OPS/S,P50,P99,MAX,HELD,BYTES,AVAIL,CMA-FREE,ERRORS";
/// The columns of the final report.
pub(super) const FINAL: &str = "SEED,JOBS,TIME,OPERATIONS,OPS/S,ALLOCATIONS,FILLED,VERIFIED,GUARDED,MIN,MEAN,P50,P90,P99,P99.9,MAX,HELD,AVAIL,CMA-FREE,ERRORS,FAILURES";

pub(crate) const COLUMNS: &[Column<Row>] = &[
    column("REPORT", "report", "interval: since the previous report; total: since the start (the last report)")
        .text(|row| (if row.progress.is_total { "total" } else { "interval" }).into()),
    column("SEED", "seed", "seed of the operations").number(|row| Cell::Number(row.seed)),
    column("JOBS", "jobs", "number of jobs").number(|row| Cell::Number(row.jobs)),
    column("TIME", "elapsed_ns", "time since the start, nanoseconds").number(|row| Cell::Time(row.progress.elapsed)),
    column("INTERVAL", "interval_ns", "time that the figures cover, nanoseconds")
        .number(|row| Cell::Time(row.progress.interval)),
    column("OPERATIONS", "operations", "operations of all jobs").number(|row| Cell::Number(row.progress.operations)),
    column("OPS/S", "operations_per_second", "operations per second")
        .number(|row| Cell::number(rate(row.progress.operations, row.progress.interval))),
    column("ALLOCATIONS", "allocations", "buffers that were allocated")
        .number(|row| Cell::Number(row.progress.allocations)),
    column("FILLED", "filled", "bytes that were filled by the jobs").number(|row| Cell::Bytes(row.progress.filled)),
    column("VERIFIED", "verified", "bytes that the jobs compared and found correct")
        .number(|row| Cell::Bytes(row.progress.verified)),
    column("GUARDED", "guarded", "requests that were not sent because they exceed the budget")
        .number(|row| Cell::Number(row.progress.guarded)),
    column("MIN", "min_ns", "shortest allocation (the ioctl), nanoseconds")
        .number(|row| time(row, row.progress.latency.min)),
    column("MEAN", "mean_ns", "mean of the allocations").number(|row| time(row, row.progress.latency.mean)),
    column("P50", "p50_ns", "half of the allocations took at most this")
        .number(|row| time(row, row.progress.latency.p50)),
    column("P90", "p90_ns", "90 % of them").number(|row| time(row, row.progress.latency.p90)),
    column("P99", "p99_ns", "99 % of them").number(|row| time(row, row.progress.latency.p99)),
    column("P99.9", "p999_ns", "99.9 % of them").number(|row| time(row, row.progress.latency.p999)),
    column("MAX", "max_ns", "longest allocation").number(|row| time(row, row.progress.latency.max)),
    column("HELD", "held", "buffers that are held").number(|row| Cell::Number(row.progress.held)),
    column("BYTES", "held_bytes", "bytes that are held").number(|row| Cell::Bytes(row.progress.held_bytes)),
    column("AVAIL", "available", "MemAvailable, bytes").number(|row| Cell::bytes(row.progress.available)),
    column("CMA-FREE", "cma_free", "CmaFree, bytes").number(|row| Cell::bytes(row.progress.cma_free)),
    column("ERRORS", "errors", "refusals caused by a shortage, each errno with its count; in JSON errno and count")
        .text(errors),
    column("FAILURES", "failures", "what failed; in the last report only")
        .text(|row| Cell::List(row.failures.iter().cloned().map(Cell::Text).collect())),
];

/// Nothing where nothing was allocated.
fn time(row: &Row, nanoseconds: u64) -> Cell {
    if row.progress.latency.count == 0 { Cell::Missing } else { Cell::Time(Duration::from_nanos(nanoseconds)) }
}

fn rate(count: u64, interval: Duration) -> Option<u64> {
    let nanoseconds = interval.as_nanos();
    let rate = (u128::from(count) * 1_000_000_000).checked_div(nanoseconds)?;
    u64::try_from(rate).ok()
}

fn errors(row: &Row) -> Cell {
    let error = |(errno, count): &(_, u64)| {
        let name = errno_name(*errno);
        Cell::Record {
            shown: format!("{name}:{count}"),
            members: vec![("errno", name.into()), ("count", Cell::Number(*count))],
        }
    };
    Cell::List(row.progress.errors.iter().map(error).collect())
}
