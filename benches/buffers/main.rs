//! `dmaheap buffers` on a crowded machine, against a C program that reads the same and against lsfd.
//!
//! `cargo bench --bench buffers` makes 1,000 processes with 10,000 descriptors and runs the three in turn. Where there
//! is a heap (in the machine of tests/vm), each process also holds a dma-buf. `BASELINE` and `CROWD` name programs that
//! are compiled already, `DMAHEAP_BIN` the tool. It fails if one of the three is missing or a limit of the project is
//! exceeded.

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROCESSES: u32 = 1000;
const FDS: u32 = 10;
const ROUNDS: usize = 11;
const HEAP: &str = "/dev/dma_heap/system";
/// Limits: times the C program's time, times lsfd's.
const OF_BASELINE: f64 = 1.5;
const OF_LSFD: f64 = 0.5;

fn main() -> Result<(), String> {
    let crowd = program("CROWD", "crowd.c")?;
    let baseline = program("BASELINE", "baseline.c")?;
    let tool =
        std::env::var_os("DMAHEAP_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_dmaheap")), PathBuf::from);
    let has_heap = Path::new(HEAP).exists();
    let _crowd = Crowd::new(&crowd, has_heap)?;

    let mut times: [Vec<Duration>; 3] = Default::default();
    let commands = [(baseline.as_path(), &[][..]), (tool.as_path(), &["buffers"][..]), (Path::new("lsfd"), &[][..])];
    for _ in 0..ROUNDS {
        for ((program, args), times) in commands.iter().zip(&mut times) {
            times.push(run(program, args)?);
        }
    }
    let [baseline, tool, lsfd] = times.map(median);
    println!("{PROCESSES} processes, {FDS} descriptors each, {} dma-bufs", if has_heap { PROCESSES } else { 0 });
    println!("dmaheap buffers  {tool:?}");
    let mut is_slow = false;
    for (name, other, limit) in [("C program", baseline, OF_BASELINE), ("lsfd", lsfd, OF_LSFD)] {
        let ratio = tool.as_secs_f64() / other.as_secs_f64();
        println!("{name:<16} {other:?}, ratio {ratio:.2} (limit {limit})");
        is_slow |= ratio > limit;
    }
    if is_slow { Err("slower than the limit".to_owned()) } else { Ok(()) }
}

/// A program that is compiled already, or compiles it.
fn program(variable: &str, source: &str) -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/buffers").join(source);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(source.file_stem().unwrap_or_default());
    let status = Command::new("cc").args(["-O2", "-static", "-o"]).arg(&target).arg(&source).status();
    match status {
        Ok(status) if status.success() => Ok(target),
        other => Err(format!("cc {}: {other:?}", source.display())),
    }
}

/// How long one run takes. A program that is missing is a failure: a ratio that was not measured was not kept.
fn run(program: &Path, args: &[&str]) -> Result<Duration, String> {
    let mut command = Command::new(program);
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    // An emulator translates code again for each address that it is loaded to, which does not count for the program.
    // SAFETY: personality(2) takes a number and touches no memory.
    unsafe {
        command.pre_exec(|| match libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong) {
            -1 => Err(std::io::Error::last_os_error()),
            _ => Ok(()),
        });
    }
    let begun = Instant::now();
    match command.status() {
        Ok(status) if status.success() => Ok(begun.elapsed()),
        Ok(status) => Err(format!("{}: {status}", program.display())),
        Err(error) => Err(format!("{}: {error}", program.display())),
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

struct Crowd(Child);

impl Crowd {
    fn new(program: &Path, has_heap: bool) -> Result<Self, String> {
        let buffers = if has_heap { PROCESSES } else { 0 };
        let mut command = Command::new(program);
        command.args([PROCESSES, FDS, buffers].map(|number| number.to_string()));
        command.args(has_heap.then_some(HEAP)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let stdout = child.stdout.take().ok_or("no pipe")?;
        let crowd = Self(child);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        if line == "ready\n" { Ok(crowd) } else { Err("the crowd did not come".to_owned()) }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
