//! What the loops of `dmaheap bench` cost beside the same loops in C.
//!
//! `cargo bench --bench latency`. Each is a process of its own on CPU 0; they take turns, and the best of
//! several rounds counts. `unknown` is an ioctl that /dev/null refuses at once: the shortest call that the
//! loop can be around, where the cost of the loop itself shows most. `cycle` is the life of a buffer of
//! 4 KiB from the heap `system`, under `dmaheap sim` where there is none. Status 1 where Rust takes more
//! than 5 % longer. A C compiler and taskset are needed.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![allow(dead_code, unreachable_pub, unused_imports, reason = "a part of the tool is measured")]

// The library shows only its command line: what is measured is compiled into this program.
#[path = "../../src/access/mod.rs"]
mod access;
#[path = "../../src/bench/mod.rs"]
mod bench;
#[path = "../../src/dmabuf/mod.rs"]
mod dmabuf;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/heap/mod.rs"]
mod heap;
#[path = "../../src/host/mod.rs"]
mod host;
#[path = "../../src/model/mod.rs"]
mod model;
#[path = "../../src/pattern/mod.rs"]
mod pattern;
#[path = "../../src/quote.rs"]
mod quote;
#[path = "../../src/random.rs"]
mod random;
#[path = "../../src/size.rs"]
mod size;
#[path = "../../src/stats.rs"]
mod stats;
#[path = "../../src/sys/mod.rs"]
mod sys;
#[path = "../../src/uapi/mod.rs"]
mod uapi;

use bench::cycle::{Cycle, Samples};
use bench::slot::{Lives, RoundLimit};
use std::ffi::OsStr;
use std::fs::File;
use std::hint::black_box;
use std::os::fd::{AsFd, AsRawFd};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::AtomicBool;
use sys::clock::Stamp;
use sys::fd::oflags;

/// The most that it may cost, as a multiple of C.
const MOST: f64 = 1.05;
const ROUNDS: usize = 15;
const HEAP: &str = "/dev/dma_heap/system";
/// What is measured, on what, and how often.
const LOOPS: [(&str, &str, &str); 2] = [("unknown", "/dev/null", "1000000"), ("cycle", HEAP, "4000")];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, what, path, turns] = arguments.as_slice() {
        return child(what, path, turns.parse().expect("a number"));
    }
    let baseline = compile();
    let own = std::env::current_exe().expect("this program has a path");
    // `cargo test --benches` wants to know whether it runs, not how fast.
    let rounds = if arguments.iter().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    let mut reached = true;
    println!("{:<10} {:>8} {:>8} {:>6}  at most", "ns a turn", "C", "Rust", "ratio");
    for (what, path, turns) in LOOPS {
        let mut best = [f64::INFINITY; 2];
        for _ in 0..rounds {
            for (best, program) in best.iter_mut().zip([&baseline, &own]) {
                *best = best.min(measure(program, what, path, turns));
            }
        }
        let [c, rust] = best;
        reached &= rust / c <= MOST;
        println!("{what:<10} {c:>8.1} {rust:>8.1} {:>6.3}  {MOST}", rust / c);
    }
    if reached || rounds == 1 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The loop itself; prints nanoseconds a turn.
fn child(what: &str, path: &str, turns: u64) -> ExitCode {
    let file = File::open(path).expect("it can be opened");
    let flags = oflags::RDWR | oflags::CLOEXEC;
    let cycle = Cycle {
        heap: file.as_fd(),
        size: 4096,
        fd_flags: flags,
        request: sys::bench::TimedRequest::Mainline,
        mapped: true,
    };
    let mut samples = Samples::new();
    let stop = AtomicBool::new(false);
    let start = Stamp::now();
    // The loop that runs in the tool, with all that it looks at in each turn.
    let lives = Lives { until: RoundLimit::Iterations(turns), stop: &stop, overflow: &|_| {}, begin: start };
    let ended = if what == "unknown" {
        lives.go_through(&mut samples, &mut || {}, || Ok([unknown_request(&file), 0, 0, 0, 0]))
    } else {
        lives.go_through(&mut samples, &mut || {}, || cycle.once())
    };
    let time = Stamp::now().since(start);
    ended.expect("a buffer");
    black_box(samples.all());
    println!("{}", time as f64 / turns as f64);
    ExitCode::SUCCESS
}

/// A request that no driver answers on a descriptor that knows none: the least that an ioctl can cost.
fn unknown_request(file: &File) -> u64 {
    let mut data = [0_u64; 4];
    let start = Stamp::now();
    // SAFETY: the request names 24 bytes, which `data` has, alive for the call.
    unsafe { libc::ioctl(file.as_raw_fd(), uapi::dma_heap::IOCTL_ALLOC as libc::Ioctl, data.as_mut_ptr()) };
    Stamp::now().since(start)
}

fn compile() -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-latency-baseline");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/latency/baseline.c");
    let status = Command::new("cc").args(["-O2", "-o"]).args([&program, &source]).status().expect("cc should start");
    assert!(status.success(), "{} should compile", source.display());
    program
}

fn measure(program: &Path, what: &str, path: &str, turns: &str) -> f64 {
    let tool = OsStr::new(env!("CARGO_BIN_EXE_dmaheap"));
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]);
    if !Path::new(path).exists() {
        command.args([tool, "sim".as_ref(), "--".as_ref()]);
    }
    let output = command.arg(program).args([what, path, turns]).output().expect("taskset should start");
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("{what} should print a number, not {text}"))
}
