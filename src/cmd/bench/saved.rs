//! A run of `dmaheap bench` in a file: what `--json` prints, with all columns.

use crate::bench::{Bandwidth, BenchStep, Figure};
use crate::cmd::saved::{self, Document};
use crate::error::Error;
use crate::stats::Summary;
use serde::Deserialize;
use std::path::Path;

#[derive(Debug)]
pub(crate) struct SavedRun {
    /// Whether `dmaheap sim` answered.
    pub simulated: bool,
    pub figures: Vec<Figure>,
}

/// A figure as it was saved, by the keys of the columns.
#[derive(Deserialize)]
struct SavedRow {
    heap: String,
    size: u64,
    step: BenchStep,
    count: u64,
    min_ns: Option<u64>,
    mean_ns: Option<u64>,
    p50_ns: Option<u64>,
    p90_ns: Option<u64>,
    p99_ns: Option<u64>,
    p999_ns: Option<u64>,
    max_ns: Option<u64>,
    bytes: Option<u64>,
    rate_bytes_per_s: Option<u64>,
    baseline_bytes_per_s: Option<u64>,
    ratio: Option<f64>,
    rounds: Vec<f64>,
}

impl SavedRow {
    fn figure(self) -> Figure {
        let time = Option::unwrap_or_default;
        // A ratio has three digits after the point, and a reader of JSON may be off by the last bit.
        let scale = if self.ratio.is_some() { 1000.0 } else { 1.0 };
        let bandwidth = |ratio| Bandwidth {
            bytes: self.bytes.unwrap_or_default(),
            rate: self.rate_bytes_per_s.unwrap_or_default(),
            baseline: self.baseline_bytes_per_s.unwrap_or_default(),
            ratio,
        };
        Figure {
            heap: self.heap,
            size: self.size,
            step: self.step,
            times: Summary {
                count: self.count,
                min: time(self.min_ns),
                mean: time(self.mean_ns),
                p50: time(self.p50_ns),
                p90: time(self.p90_ns),
                p99: time(self.p99_ns),
                p999: time(self.p999_ns),
                max: time(self.max_ns),
            },
            rounds: self.rounds.iter().map(|round| (round * scale).round() as u64).collect(),
            bandwidth: self.ratio.map(bandwidth),
        }
    }
}

pub(crate) fn read(path: &Path) -> Result<SavedRun, Error> {
    let (bytes, name) = saved::bytes(path)?;
    parse(&bytes).map_err(|reason| {
        Error::refused("read", &name, reason).with_hint("expected a file written by `dmaheap bench --save FILE`")
    })
}

/// The run in `bytes`, or what is wrong with it.
pub(crate) fn parse(bytes: &[u8]) -> Result<SavedRun, String> {
    let Document { simulated, rows, .. } = saved::document::<SavedRow>(bytes, "bench")?;
    Ok(SavedRun { simulated, figures: rows.into_iter().map(SavedRow::figure).collect() })
}
