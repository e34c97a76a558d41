//! `dmaheap buffers`

mod cma;
mod gaps;
mod held;
mod hidden;
mod large;
mod metrics;
pub mod recorded;
mod reports;
mod simulated;
mod watch;

use crate::support::{Outcome, Run, bare, rows};
use serde_json::Value;

/// `dmaheap buffers --json ARGS` while the test holds buffers.
fn buffers(args: &[&str]) -> Run {
    bare(["buffers", "--json"].iter().chain(args)).among_others()
}

/// The rows of a run that could see everything.
#[track_caller]
fn seen(outcome: Outcome) -> Vec<Value> {
    assert_eq!(outcome.status, 0, "{}", outcome.transcript());
    rows(&outcome.stdout)
}

/// The row of one buffer; everything was readable.
#[track_caller]
fn row(inode: u64) -> Value {
    let mut rows = seen(buffers(&["--strict", "--inode", &inode.to_string()]).run());
    assert_eq!(rows.len(), 1, "{inode}");
    rows.remove(0)
}

/// Descriptors, mappings, references, and what is unexplained of them.
fn counts(row: &Value) -> [Option<u64>; 4] {
    ["fds", "maps", "refs", "kernel"].map(|key| row[key].as_u64())
}

fn all(counts: [u64; 4]) -> [Option<u64>; 4] {
    counts.map(Some)
}

/// The holders of a buffer: process, descriptors, mappings.
fn holders(row: &Value) -> Vec<[u64; 3]> {
    let holders = row["holders"].as_array().expect("an array");
    holders.iter().map(|holder| ["pid", "fds", "maps"].map(|key| holder[key].as_u64().expect("a number"))).collect()
}

fn me() -> u64 {
    std::process::id().into()
}
