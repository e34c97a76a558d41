//! How fast patterns are written and checked, as ratios to the C library on the same memory.
//!
//! `cargo bench --bench bytes` measures each with criterion, then all of them in turns, and prints the
//! ratios of the turns: on a machine that does other things as well, two measurements that follow one
//! another can be compared, two that are a minute apart cannot. Status 1 where a ratio is missed.
//!
//! The buffer is a memfd of 256 MiB, its pages present, as those of a dma-buf are.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![allow(dead_code, unreachable_pub, unused_imports, reason = "a part of the tool is measured")]

mod baseline;
// The library shows only its command line: what is measured is compiled into this program.
#[path = "../../src/dmabuf/mod.rs"]
mod dmabuf;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/host/mod.rs"]
mod host;
#[path = "../../src/pattern/mod.rs"]
mod pattern;
#[path = "../../src/random.rs"]
mod random;
#[path = "../../src/size.rs"]
mod size;
#[path = "../../src/sys/mod.rs"]
mod sys;
#[path = "../../src/uapi/mod.rs"]
mod uapi;

use baseline::Baseline;
use criterion::{Criterion, Throughput};
use dmabuf::mapping::{Mapped, Target};
use dmabuf::range::ByteRange;
use dmabuf::sync::{Direction, SyncRequests};
use pattern::fill::fill_mapped;
use pattern::jobs::MAX_JOBS;
use pattern::verify::verify_mapped;
use pattern::{Jobs, Source, Work};
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const LENGTH: usize = 256 << 20;
const ROUNDS: usize = 21;

/// The patterns, what each is measured by when it is written, and the least ratio.
const PATTERNS: [(&str, &str, f64); 12] = [
    ("zero", "memset", 0.95),
    ("ones", "memset", 0.95),
    ("byte=0x5a", "memset", 0.95),
    ("word=0x12345678", "memcpy", 0.8),
    ("checkerboard", "memcpy", 0.8),
    ("walking-ones", "memcpy", 0.8),
    ("walking-zeros", "memcpy", 0.8),
    ("address", "memcpy", 0.8),
    ("increment", "memcpy", 0.8),
    ("prbs31", "memcpy", 0.8),
    ("random", "memcpy", 0.8),
    ("FILE", "memcpy", 0.0),
];
/// The least ratio of a verification to memcmp.
const VERIFY: f64 = 0.8;
/// The most KiB beyond the mapping.
const BEYOND: u64 = 8 * 1024;

struct Bench<'a> {
    written: &'a Mapped<'a>,
    read: &'a Mapped<'a>,
    range: ByteRange,
    baseline: &'a Baseline,
}

impl Bench<'_> {
    fn fill(&self, source: &Source) {
        fill_mapped(self.written, source, &Work::plain(self.range)).expect("the memfd can be written");
    }

    fn verify(&self, source: &Source) {
        let work = Work::plain(self.range);
        let report = verify_mapped(self.read, source, &work, 8).expect("the memfd can be read");
        assert!(report.is_equal(), "what was filled is what is there");
    }
}

fn main() -> ExitCode {
    // `cargo test --benches` wants to know whether it runs, not how fast.
    let measuring = std::env::args().any(|argument| argument == "--bench");
    match run(measuring) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(measuring: bool) -> Result<bool, Box<dyn std::error::Error>> {
    let (fd, other) = (baseline::memfd(LENGTH)?, baseline::memfd(LENGTH)?);
    let target = Target { fd: fd.as_fd(), object: "memfd".to_owned(), sync: SyncRequests::None, width: None };
    let range = ByteRange::within("memfd", LENGTH as u64, None, None)?;
    let (written, read) = (target.begin(Direction::Write, range)?, target.begin(Direction::Read, range)?);
    let baseline = Baseline::new(&fd, &other, LENGTH)?;
    baseline.memset(1);
    baseline.memcpy();
    let bench = Bench { written: &written, read: &read, range, baseline: &baseline };

    let file = tempfile::NamedTempFile::new_in("/dev/shm")?;
    file.as_file().set_len(LENGTH as u64)?;
    let sources = PATTERNS
        .iter()
        .map(|(name, _, _)| {
            let text = name.replace("FILE", &format!("file={}", file.path().display()));
            Ok((*name, Source::open(&text.parse()?, 1)?))
        })
        .collect::<Result<Vec<_>, Box<dyn std::error::Error>>>()?;

    bench.criterion(&sources);
    Ok(!measuring || (bench.ratios(&sources) & bench.memory(&sources)?))
}

impl Bench<'_> {
    fn criterion(&self, sources: &[(&str, Source)]) {
        let mut criterion = Criterion::default()
            .sample_size(10)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_secs(1))
            .without_plots()
            .configure_from_args();
        let mut group = criterion.benchmark_group("bytes");
        group.throughput(Throughput::Bytes(LENGTH as u64));
        group.bench_function("memset", |bencher| bencher.iter(|| self.baseline.memset(1)));
        group.bench_function("memcpy", |bencher| bencher.iter(|| self.baseline.memcpy()));
        self.baseline.memcpy();
        group.bench_function("memcmp", |bencher| bencher.iter(|| assert!(self.baseline.memcmp())));
        for (name, source) in sources {
            group.bench_function(format!("fill {name}"), |bencher| bencher.iter(|| self.fill(source)));
            self.fill(source);
            group.bench_function(format!("verify {name}"), |bencher| bencher.iter(|| self.verify(source)));
        }
        group.finish();
    }

    /// Measures everything in turns and prints the table; whether every ratio is reached.
    fn ratios(&self, sources: &[(&str, Source)]) -> bool {
        let mut fills = vec![Vec::new(); sources.len()];
        let mut verifies = fills.clone();
        let mut marks = [("memset", Vec::new()), ("memcpy", Vec::new()), ("memcmp", Vec::new())];
        for _ in 0..ROUNDS {
            for (place, (_, source)) in sources.iter().enumerate() {
                // Each beside its own mark, and after the same: what was done to the memory before is up to a third
                // of the time of a store. It is also faster with some bytes than with others.
                let byte = source.constant().unwrap_or(1);
                let copy_and_compare =
                    || (seconds(|| self.baseline.memcpy()), seconds(|| assert!(self.baseline.memcmp())));
                copy_and_compare();
                let memset = seconds(|| self.baseline.memset(byte));
                let (memcpy, memcmp) = copy_and_compare();
                for ((_, times), time) in marks.iter_mut().zip([memset, memcpy, memcmp]) {
                    times.push(time);
                }
                let mark = if PATTERNS[place].1 == "memset" { memset } else { memcpy };
                fills[place].push(mark / seconds(|| self.fill(source)));
                verifies[place].push(memcmp / seconds(|| self.verify(source)));
            }
        }
        println!("\n{LENGTH} bytes, median of {ROUNDS} rounds");
        for (name, times) in &mut marks {
            println!("{name:<17}{:>6.2} GB/s", LENGTH as f64 / median(times) / 1e9);
        }
        println!("\n{:<17}{:<9}{:>6}{:>9}{:>9}", "pattern", "mark", "least", "fill", "verify");
        let mut reached = true;
        for ((name, mark, least), (fill, verify)) in PATTERNS.iter().zip(fills.iter_mut().zip(&mut verifies)) {
            let (fill, verify) = (median(fill), median(verify));
            // Reading a file is measured, and promised nothing.
            let missed = *least > 0.0 && (fill < *least || verify < VERIFY);
            reached &= !missed;
            let note = if missed { "  MISSED" } else { "" };
            println!("{name:<17}{mark:<9}{least:>6.2}{fill:>9.2}{verify:>9.2}{note}");
        }
        println!("(verify: to memcmp, at least {VERIFY:.2})");
        reached
    }

    /// Prints what the most jobs take of memory beyond the mapping; whether that is little enough.
    fn memory(&self, sources: &[(&str, Source)]) -> io::Result<bool> {
        // Makes the present size the peak, proc_pid_clear_refs(5).
        std::fs::write("/proc/self/clear_refs", "5")?;
        let before = peak()?;
        let most: Jobs = MAX_JOBS.to_string().parse().map_err(io::Error::other)?;
        for (_, source) in sources {
            let work = Work { jobs: most, ..Work::plain(self.range) };
            fill_mapped(self.written, source, &work).expect("the memfd can be written");
            verify_mapped(self.read, source, &work, 8).expect("the memfd can be read");
        }
        let beyond = peak()? - before;
        println!("{} jobs: {beyond} KiB resident beyond the mapping, at most {BEYOND}", MAX_JOBS);
        Ok(beyond <= BEYOND)
    }
}

/// The most that was resident, in KiB.
fn peak() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .ok_or_else(|| io::Error::other("/proc/self/status has no VmHWM"))
}

fn seconds(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
