//! Programs that have to be compiled or installed first.

mod caller;
mod python;
mod traced;

use crate::support::Outcome;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// `tests/sim/caller.c` as a static program.
fn caller() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("caller");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sim/caller.c");
        let status = Command::new("cc")
            .args(["-O1", "-static", "-pthread", "-o"])
            .args([&program, &source])
            .status()
            .expect("cc, a C compiler, should be installed");
        assert!(status.success(), "caller.c should compile");
        program
    })
}

/// `caller ARGS` under the simulator.
fn run_caller(options: &[&str], args: &[&str]) -> Outcome {
    let mut command = vec![caller().to_str().expect("its path is text")];
    command.extend(args);
    super::sim(options, &command)
}
