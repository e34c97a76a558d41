//! A child for each case: what it does to itself ends with it.

use super::observation::Observation;
use crate::sys::fd::poll::Deadline;
use crate::sys::fd::table::OpenFds;
use crate::sys::process::channel::Channel;
use crate::sys::process::child::Child;
use crate::sys::process::signals::Signals;
use crate::sys::process::wait::ExitStatus;
use crate::sys::process::{rlimit, signals, victim};
use crate::sys::{Errno, errno_name};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a case may take on a machine where it takes milliseconds.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Returns how long a case may take where one that asks for nothing took `empty`. One that hangs ends, however slow the
/// machine is.
pub(crate) fn limit_where_nothing_takes(empty: Duration) -> Duration {
    /// A case sends at most some hundred requests, and waits for others.
    const AS_LONG_AS: u32 = 1000;
    const MOST: Duration = Duration::from_secs(600);
    empty.saturating_mul(AS_LONG_AS).clamp(LIMIT, MOST)
}

/// Why a case has no outcome that a signal kept from one.
pub(crate) const INTERRUPTED: &str = "interrupted";
/// The outcome of a case whose time is up.
const TIMEOUT: &str = "timeout";
/// Files that a child may open: enough for every case, and few to look through. A case that needs more
/// raises the limit for itself.
const FILES: u64 = 64;

/// A message from the child.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    /// The step that it is about to take.
    Doing(String),
    /// The result of all of it.
    Done(serde_json::Value),
}

/// Where a child says what it is about to do, should that be its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChildLog<'a>(&'a Channel<Message, ()>);

impl ChildLog<'_> {
    pub(crate) fn announce(self, what: &str) {
        // A parent that is gone hears nothing, and this process dies with it.
        let _ = self.0.send(&Message::Doing(what.to_owned()));
    }
}

/// Runs `body` in a child. Returns what it observes, or what became of it, with what it was about last.
pub(crate) fn run(
    limit: Duration,
    signals: Option<&Signals>,
    body: impl FnOnce(ChildLog<'_>) -> Observation,
) -> Observation {
    let (observation, last) = report(limit, signals, body);
    observation.unwrap_or_else(|end| end).about(last)
}

/// Runs `body` in a child. Returns what it reports, or what became of it, and what it was about last. Once one of
/// `signals` has come, which is not taken, it is skipped.
pub(super) fn report<T: Serialize + DeserializeOwned>(
    limit: Duration,
    signals: Option<&Signals>,
    body: impl FnOnce(ChildLog<'_>) -> T,
) -> (Result<T, Observation>, Option<String>) {
    let interrupted = || (Err(Observation::skip(INTERRUPTED)), None);
    if signals.is_some_and(Signals::have_come) {
        return interrupted();
    }
    let child = Child::start_bound(|channel: Channel<Message, ()>| {
        // Without /proc it is a victim like any other, and without a limit there may be a core file.
        let _ = victim::volunteer();
        let _ = rlimit::forbid_core_file();
        let report = match OpenFds::now().and_then(|open| rlimit::set_open_files(open.end() + FILES)) {
            Ok(_) => Ok(body(ChildLog(&channel))),
            Err(errno) => Err(Observation::unprepared("set RLIMIT_NOFILE", errno)),
        };
        let _ = serde_json::to_value(report).map(|report| channel.send(&Message::Done(report)));
    });
    let mut child: Child<(), Message> = match child {
        Ok(child) => child,
        Err(errno) => return (Err(Observation::skip(format!("no child: fork: {}", errno_name(errno)))), None),
    };
    let deadline = Deadline::after(limit);
    let (mut last, mut report) = (None, None);
    let is_late = loop {
        match child.receive_unless(signals, deadline) {
            Ok(Some(Message::Doing(what))) => last = Some(what),
            Ok(Some(Message::Done(done))) => report = serde_json::from_value(done).ok(),
            Err(Errno::ETIMEDOUT) => break true,
            Err(Errno::EINTR) => return interrupted(),
            Ok(None) | Err(_) => break false,
        }
    };
    // One that has closed its channel is about to end, or to hang without it.
    let ending = Deadline::after(deadline.left().max(Duration::from_secs(1)));
    let end = if is_late { None } else { child.end_until(ending) };
    let end = match (end, report) {
        (Some(ExitStatus::Exited(0)), Some(report)) => return (report, last),
        (Some(ExitStatus::Exited(_)), _) => Observation::of("crash"),
        (Some(ExitStatus::Killed(signal)), _) => Observation::of(format!("killed {}", signals::name(signal))),
        (None, _) if child.kill() => Observation::of(TIMEOUT),
        (None, _) => Observation::of("stuck").with_note("it survives SIGKILL: it is stuck in the kernel"),
    };
    (Err(end), last)
}

#[cfg(test)]
mod tests;
