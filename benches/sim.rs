//! What a call costs under `dmaheap sim`, beside the smallest supervisor that one can write in C.
//!
//! `cargo bench --bench sim`. Both sides of each measurement run on one CPU, so a change of
//! frequency or a busy neighbour shows in all columns. The best of several rounds counts. The two last
//! columns are sim's cost as a multiple of the C supervisor's, and what is aimed at; the program ends
//! with status 1 where that is missed. At the end it says how many times what a hundred threads take a thousand take
//! that open a heap, allocate once and close. C compiler, taskset and x86-64 are needed.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What `caller.c` can be asked to measure, and how much of the C supervisor's cost is acceptable. None:
/// the call is not trapped, or it costs nothing that is the supervisor's.
const CALLS: &[(&str, Option<f64>)] = &[
    ("allocate", Some(1.3)),
    ("open", Some(2.0)),
    ("open-heap", Some(2.0)),
    ("stat", Some(2.0)),
    ("ioctl", Some(2.0)),
    ("mmap", Some(2.0)),
    ("lseek", Some(2.0)),
    ("stat-heap", Some(2.0)),
    ("sync", Some(2.0)),
    ("mmap-buffer", Some(2.0)),
    ("pread", None),
    ("getppid", None),
];
const ROUNDS: usize = 7;
const COUNT: &str = "10000";

#[expect(clippy::print_stdout, reason = "a table is what this program is for")]
fn main() -> ExitCode {
    let (caller, supervisor) = (compile("caller"), compile("supervisor"));
    let tool = PathBuf::from(env!("CARGO_BIN_EXE_dmaheap"));
    let sim = [tool.as_os_str(), "sim".as_ref(), "--".as_ref()];
    let mut missed = false;
    println!("{:<12} {:>8} {:>8} {:>8} {:>6}  aim", "ns a call", "bare", "C", "sim", "sim/C");
    for (what, aim) in CALLS {
        let mut best = [f64::INFINITY; 3];
        for _ in 0..ROUNDS {
            for (best, prefix) in best.iter_mut().zip([&[][..], &[supervisor.as_os_str()][..], &sim[..]]) {
                if let Some(cost) = measure(prefix, &caller, what) {
                    *best = best.min(cost);
                }
            }
        }
        let [bare, c, sim] = best;
        let ratio = sim / c;
        missed |= aim.is_some_and(|aim| ratio > aim);
        let aim = aim.map_or_else(String::new, |aim| aim.to_string());
        println!("{what:<12} {bare:>8.0} {c:>8.0} {sim:>8.0} {ratio:>6.2}  {aim}");
    }
    missed |= !threads_are_linear(&sim, &caller);
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Whether many threads that ask once each cost what that many calls cost: in time of the CPUs, of both sides.
#[expect(clippy::print_stdout, reason = "a table is what this program is for")]
fn threads_are_linear(sim: &[&std::ffi::OsStr], caller: &Path) -> bool {
    const AIM: f64 = 12.0;
    let spent = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
        [usage.user_time(), usage.system_time()].iter().map(|time| time.num_microseconds() as f64).sum::<f64>()
    };
    let best = |count: &str| {
        let rounds = (0..ROUNDS).map(|_| {
            let before = spent();
            let run = Command::new(sim[0]).args(&sim[1..]).arg(caller).args(["threads", count]).output();
            assert!(run.expect("sim should start").status.success(), "{count} threads");
            spent() - before
        });
        rounds.fold(f64::INFINITY, f64::min)
    };
    let ratio = best("1000") / best("100");
    println!("\n1000 threads take {ratio:.1} times what 100 take  {AIM}");
    ratio <= AIM
}

fn compile(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{name}"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(format!("{name}.c"));
    let status =
        Command::new("cc").args(["-O2", "-pthread", "-o"]).args([&program, &source]).status().expect("cc should start");
    assert!(status.success(), "{} should compile", source.display());
    program
}

/// Nanoseconds a call, or `None` where there is nothing to measure (no heap without a supervisor).
fn measure(prefix: &[&std::ffi::OsStr], caller: &Path, what: &str) -> Option<f64> {
    let output = Command::new("taskset")
        .args(["-c", "0"])
        .args(prefix)
        .arg(caller)
        .args([what, COUNT])
        .output()
        .expect("taskset should start");
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
