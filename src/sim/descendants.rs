//! Killing all that a process has below it.

use crate::host::parse::stat;
use crate::sys::Errno;
use crate::sys::fd::descriptor;
use crate::sys::fd::directory;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::poll;
use crate::sys::process::signals;
use std::collections::HashSet;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

/// Finds the processes below this one that are under the simulator's filter.
#[derive(Debug)]
pub(super) struct Descendants {
    /// /proc, which the command may unmount.
    proc: OwnedFd,
    /// Filters of this process itself. What has no more was there before the simulator: a shell that becomes it by
    /// `exec` leaves it its background jobs.
    filters: u32,
}

impl Descendants {
    pub(super) fn new() -> Result<Self, Errno> {
        let proc = file::open(Path::new("/proc"), Purpose::List)?;
        let mut descendants = Self { proc, filters: 0 };
        descendants.filters = descendants.filters_of(std::process::id())?;
        Ok(descendants)
    }

    /// Kills them all and waits until they are gone; `reap` collects the statuses of this process's children, to which
    /// those whose parents are killed are added. One that hangs in the kernel is left after a while.
    pub(super) fn kill_all(&self, mut reap: impl FnMut()) {
        const LIMIT: Duration = Duration::from_secs(5);
        const PAUSE: Duration = Duration::from_micros(500);
        let deadline = Instant::now() + LIMIT;
        // A stopped process cannot fork, so those that fork without end are caught up with.
        let mut stopped = HashSet::new();
        loop {
            let found = self.signal_all(signals::STOP);
            let before = stopped.len();
            stopped.extend(found);
            if stopped.len() == before || Instant::now() > deadline {
                break;
            }
        }
        while !self.signal_all(signals::KILL).is_empty() && Instant::now() < deadline {
            poll::sleep(PAUSE);
            reap();
        }
    }

    /// Sends a signal to each of them, in the order of their numbers. Returns who got it.
    fn signal_all(&self, signal: i32) -> HashSet<u32> {
        let mut found = HashSet::new();
        let Ok(list) = file::open_at(self.proc.as_fd(), ".", Purpose::List) else { return found };
        for process in directory::numbers(list).unwrap_or_default() {
            if !self.is_below(process, &found) {
                continue;
            }
            let Ok(pidfd) = descriptor::process(process) else { continue };
            // The number may have gone to another process before that.
            if self.is_below(process, &found) && descriptor::send_signal(pidfd.as_fd(), signal).is_ok() {
                found.insert(process);
            }
        }
        found
    }

    /// Whether the parent is one of those already found, or this process.
    fn is_below(&self, process: u32, found: &HashSet<u32>) -> bool {
        let stat = self.read(process, "stat");
        let Some(parent) = stat.ok().and_then(|bytes| stat::parent(&bytes)) else { return false };
        found.contains(&parent)
            || parent == std::process::id() && self.filters_of(process).is_ok_and(|filters| filters > self.filters)
    }

    fn filters_of(&self, process: u32) -> Result<u32, Errno> {
        let status = String::from_utf8_lossy(&self.read(process, "status")?).into_owned();
        let count = |line: &str| line.strip_prefix("Seccomp_filters:")?.trim().parse().ok();
        status.lines().find_map(count).ok_or(Errno::ENODATA)
    }

    fn read(&self, process: u32, name: &str) -> Result<Vec<u8>, Errno> {
        const MOST: u64 = 64 * 1024;
        let fd = file::open_at(self.proc.as_fd(), &format!("{process}/{name}"), Purpose::Read)?;
        file::read_all(fd, MOST)
    }
}
