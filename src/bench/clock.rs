//! What the clock is, and what a stamp costs here.

use crate::host::Root;
use crate::sys::clock::Stamp;
use crate::sys::clock::ask_kernel;
use std::path::Path;

/// The clock that stamps are read from: `CLOCK_MONOTONIC_RAW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The kernel's clock source (`tsc`, `arch_sys_counter`, `hpet`), where sysfs says it.
    pub source: Option<String>,
    /// Nanoseconds between two stamps with nothing between them.
    pub stamp_ns: u64,
    /// Whether a stamp is a system call here, because the vDSO cannot read this clock source.
    pub is_system_call: bool,
}

const SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/// Stamps in a batch, and batches: the best of a few is what it costs when nobody else runs.
const BATCH: u32 = 64;
const BATCHES: u32 = 16;

impl Clock {
    /// Asks sysfs which it is, and measures what a stamp costs beside a system call that asks the same.
    ///
    /// The name of the clock source does not say it alone: kernels before 5.3 answer this clock by a
    /// system call on every source, and a hypervisor's source may have a page for the vDSO or not. Without
    /// the vDSO a stamp is the system call and some work more, with it a fraction of that.
    pub(crate) fn of(root: &Root) -> Self {
        let source = root.contents(Path::new(SOURCE)).and_then(|bytes| {
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            (!text.is_empty()).then_some(text)
        });
        let stamp = best(|| {
            let _ = Stamp::now();
        });
        let call = best(|| {
            let _ = ask_kernel();
        });
        Self { source, stamp_ns: stamp / u64::from(BATCH), is_system_call: stamp > call / 4 * 3 }
    }
}

/// Nanoseconds of the quickest batch of `work`.
fn best(work: impl Fn()) -> u64 {
    let batch = || {
        let start = Stamp::now();
        for _ in 0..BATCH {
            work();
        }
        Stamp::now().since(start)
    };
    (0..BATCHES).map(|_| batch()).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_never_go_back() {
        let stamps: Vec<Stamp> = (0..1000).map(|_| Stamp::now()).collect();
        assert!(stamps.is_sorted());
        assert_eq!(stamps[0].since(stamps[0]), 0);
        assert_eq!(stamps[0].since(Stamp::now()), 0, "an interval is not negative");
    }

    #[test]
    fn the_source_is_what_sysfs_says_or_nothing() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(SOURCE.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let source = || Clock::of(&Root::at(root.path()).unwrap()).source;
        assert_eq!(source(), None);
        std::fs::write(&path, "hpet\n").unwrap();
        assert_eq!(source().as_deref(), Some("hpet"));
    }
}
