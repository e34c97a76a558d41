//! Whether many buffers at once cost what a few do, each: time and memory of ten times as many, as a multiple.
//!
//! `cargo bench --bench many`; on a machine with heaps it uses those, else it runs under `dmaheap sim`. The
//! best of several rounds counts. The status is 1 where ten times as many take more than [`AIM`] times as
//! long for each.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

const FEW: u32 = 1_000;
const MANY: u32 = 10_000;
const ROUNDS: usize = 7;
/// How much more a buffer among many may cost than one among a few.
const AIM: f64 = 1.5;

const COMMANDS: &[(&str, &[&str])] = &[
    ("alloc", &["alloc", "-s", "4k", "-c"]),
    ("alloc -J", &["alloc", "-J", "-s", "4k", "-c"]),
    ("hold", &["hold", "--for", "1ms", "-s", "4k", "-c"]),
];

#[expect(clippy::print_stdout, reason = "a table is what this program is for")]
fn main() -> ExitCode {
    let tool = PathBuf::from(env!("CARGO_BIN_EXE_dmaheap"));
    let mut missed = false;
    println!("{:<10} {:>8} {:>8} {:>6}  aim", "us each", FEW, MANY, "ratio");
    for (name, command) in COMMANDS {
        let nothing = best(&tool, command, 1);
        let each = |count: u32| (best(&tool, command, count) - nothing) / f64::from(count - 1) * 1e6;
        let (few, many) = (each(FEW), each(MANY));
        let ratio = many / few;
        missed |= ratio > AIM;
        println!("{name:<10} {few:>8.1} {many:>8.1} {ratio:>6.2}  {AIM}");
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Seconds of the quickest of several runs.
fn best(tool: &Path, command: &[&str], count: u32) -> f64 {
    (0..ROUNDS).map(|_| run(tool, command, count)).fold(f64::INFINITY, f64::min)
}

fn run(tool: &Path, command: &[&str], count: u32) -> f64 {
    let mut process = Command::new(tool);
    if !Path::new("/dev/dma_heap/system").exists() {
        process.args(["sim", "--"]).arg(tool);
    }
    process.args(command).arg(count.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = process.status().expect("the tool should start");
    assert!(status.success(), "{command:?} {count}");
    start.elapsed().as_secs_f64()
}
