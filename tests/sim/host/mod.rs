//! Programs that must be compiled or installed first.

mod caller;
mod differences;
mod elsewhere;
// The excepted calls are those of this architecture.
#[cfg(target_arch = "x86_64")]
mod filtered;
mod forbidden;
mod python;
mod stuck;
mod terminal;
mod traced;

use crate::support::Outcome;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// `tests/sim/NAME.c` as a static program.
fn compiled(name: &str) -> PathBuf {
    static COMPILER: Mutex<()> = Mutex::new(());
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sim").join(name).with_extension("c");
    let _one_at_a_time = COMPILER.lock();
    let status = Command::new("cc")
        .args(["-O1", "-static", "-pthread", "-o"])
        .args([&program.with_extension("new"), &source])
        .status()
        .expect("cc, a C compiler, should be installed");
    assert!(status.success(), "{name}.c should compile");
    // Another test may run the program at this moment.
    std::fs::rename(program.with_extension("new"), &program).expect("it was just made");
    program
}

fn caller() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| compiled("caller"))
}

/// `caller ARGS` under the simulator.
fn run_caller(options: &[&str], args: &[&str]) -> Outcome {
    let mut command = vec![caller().to_str().expect("its path is text")];
    command.extend(args);
    super::sim(options, &command)
}
