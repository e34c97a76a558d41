//! A run of `dmaheap bench` in a file: what `--json` prints, with all columns.

use crate::bench::{Bandwidth, BenchStep, Figure};
use crate::cmd::stream::{self, is_stream};
use crate::error::Error;
use crate::stats::Summary;
use crate::sys::Errno;
use crate::sys::fd::file::errno_of;
use crate::ui::json;
use serde::Deserialize;
use std::fs;
use std::io::Read;
use std::path::Path;

const LIMIT: u64 = 64 << 20;

#[derive(Debug)]
pub(crate) struct SavedRun {
    /// Whether `dmaheap sim` answered.
    pub simulated: bool,
    pub figures: Vec<Figure>,
}

#[derive(Deserialize)]
struct Document {
    version: u32,
    simulated: bool,
    rows: Vec<SavedRow>,
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
    if !is_stream(path) {
        check(path)?;
    }
    let (file, name) = stream::input("read", path)?;
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes).map_err(|error| Error::errno("read", &name, errno_of(&error)))?;
    parse(&bytes).map_err(|reason| {
        Error::refused("read", &name, reason).with_hint("expected a file written by `dmaheap bench --save FILE`")
    })
}

/// Refuses what is not to be opened: to open a device can do harm.
fn check(path: &Path) -> Result<(), Error> {
    let name = path.display();
    let kind = fs::metadata(path).map_err(|error| Error::errno("read", &name, errno_of(&error)))?.file_type();
    if kind.is_dir() {
        return Err(Error::errno("read", &name, Errno::EISDIR));
    }
    if !kind.is_file() && !std::os::unix::fs::FileTypeExt::is_fifo(&kind) {
        return Err(Error::refused("read", &name, "neither a regular file nor a pipe"));
    }
    Ok(())
}

/// The run in `bytes`, or what is wrong with it.
pub(crate) fn parse(bytes: &[u8]) -> Result<SavedRun, String> {
    let document: Document =
        serde_json::from_slice(bytes).map_err(|error| format!("not a saved run of dmaheap bench: {error}"))?;
    match document.version {
        json::VERSION if document.rows.is_empty() => Err("it contains no results".to_owned()),
        json::VERSION => Ok(SavedRun {
            simulated: document.simulated,
            figures: document.rows.into_iter().map(SavedRow::figure).collect(),
        }),
        other => Err(format!("its version is {other}; this dmaheap reads version {}", json::VERSION)),
    }
}
