//! A child for each case: what it does to itself ends with it.

use super::observation::{ChildReport, Observation};
use crate::sys::fd::table::OpenFds;
use crate::sys::process::fork::{self, Ending};
use crate::sys::process::rlimit;
use crate::sys::process::victim;
use crate::sys::{Errno, errno_name};
use std::os::fd::OwnedFd;
use std::time::Duration;

/// How long a case may take on a machine where it takes milliseconds.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// How long a case may take where one that asks for nothing took `empty`. One that hangs ends, however slow the machine
/// is.
#[must_use]
pub(crate) fn limit_where_nothing_takes(empty: Duration) -> Duration {
    /// A case sends at most some hundred requests, and waits for others.
    const AS_LONG_AS: u32 = 1000;
    const MOST: Duration = Duration::from_secs(600);
    empty.saturating_mul(AS_LONG_AS).clamp(LIMIT, MOST)
}

/// What a case ends with whose time is up.
pub(crate) const TIMEOUT: &str = "timeout";
/// Files that a child may open: enough for every case, and few to look through. A case that needs more
/// raises the limit for itself.
const FILES: u64 = 64;

/// What a child tells before the end: what it is about to do, should that be its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChildLog<'a>(&'a OwnedFd);

impl ChildLog<'_> {
    pub(crate) fn announce(self, what: &str) {
        fork::tell(self.0, &ChildReport::announcement(what));
    }
}

/// Runs `body` in a child and answers what it tells, or what became of it, with what it was about last.
pub(crate) fn run(limit: Duration, body: impl FnOnce(ChildLog<'_>) -> Observation) -> Observation {
    let child = fork::fork(|pipe| {
        // Without /proc it is a victim like any other, and without a limit there may be a core file.
        let _ = victim::volunteer();
        let _ = rlimit::forbid_core_file();
        let observation = match OpenFds::now().and_then(|open| rlimit::set_open_files(open.end() + FILES)) {
            Ok(_) => body(ChildLog(&pipe)),
            Err(errno) => Observation::unprepared("set RLIMIT_NOFILE", errno),
        };
        fork::tell(&pipe, &observation.encode());
    });
    let (bytes, ending) = match child {
        Ok(child) => child.wait(limit),
        Err(errno) => return unstarted(errno),
    };
    let mut told = ChildReport::decode(&bytes);
    if ending != Ending::Exited(0) {
        told.observation = None;
    }
    told.observation_or(|| match ending {
        Ending::Exited(_) => Observation::of("crash"),
        Ending::Killed(signal) => Observation::of(format!("killed {signal}")),
        Ending::TimedOut => Observation::of(TIMEOUT),
        Ending::Stuck => Observation::of("stuck").with_note("it does not die of SIGKILL: it hangs in the kernel"),
    })
}

fn unstarted(errno: Errno) -> Observation {
    Observation::skip(format!("no child: fork: {}", errno_name(errno)))
}

#[cfg(test)]
mod tests;
