//! On what the tests run.

use super::{Run, binary};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::{Duration, Instant};

/// Who answers for the heaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A real kernel (`DMAHEAP_TEST_GROUND=kernel`).
    Kernel,
    /// `dmaheap sim`.
    Simulator,
}

impl Ground {
    pub fn current() -> Self {
        match std::env::var("DMAHEAP_TEST_GROUND").as_deref() {
            Ok("kernel") => Self::Kernel,
            Ok("sim") | Err(_) => Self::Simulator,
            Ok(other) => panic!("DMAHEAP_TEST_GROUND is '{other}', not kernel or sim"),
        }
    }

    /// A program where there are heaps; `options` go to the simulator.
    pub fn run<S: AsRef<OsStr>>(self, options: &[&str], program: &Path, args: impl IntoIterator<Item = S>) -> Run {
        let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        match self {
            Self::Kernel => Run::new(program, args, false),
            Self::Simulator => {
                let mut all: Vec<OsString> = vec!["sim".into()];
                all.extend(options.iter().map(OsString::from));
                all.extend(["--".into(), program.as_os_str().to_owned()]);
                all.extend(args);
                Run::new(&binary(), all, true)
            }
        }
    }

    /// On the kernel: no dma-buf outlives the program that made it, but for the moment that a killed process needs to
    /// close its files.
    #[track_caller]
    pub fn assert_nothing_left(self, shown: &str) {
        if self != Self::Kernel {
            return;
        }
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let buffers =
                std::fs::read_to_string("/sys/kernel/debug/dma_buf/bufinfo").expect("debugfs should be mounted");
            if buffers.contains("Total 0 objects, 0 bytes") {
                return;
            }
            assert!(Instant::now() < deadline, "left by {shown}:\n{buffers}");
            std::thread::yield_now();
        }
    }
}
