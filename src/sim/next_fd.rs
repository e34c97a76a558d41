//! Which number the next descriptor of a caller will have.

use crate::sys::sim::remote;
use std::sync::atomic::{AtomicU64, Ordering};

/// The thread that was given a descriptor for a buffer last, and its number. Most threads close a buffer before they
/// allocate the next one, or allocate a row of them: a look at the number or two from there on is enough. Another thread
/// may have another table.
#[derive(Debug, Default)]
pub(super) struct NextFd(AtomicU64);

impl NextFd {
    pub(super) fn expected(&self, thread: u32) -> u32 {
        let last = self.0.load(Ordering::Relaxed);
        let from = if (last >> 32) as u32 == thread { last as u32 } else { 0 };
        remote::free_fd(thread, from).unwrap_or(from)
    }

    pub(super) fn record(&self, thread: u32, fd: u32) {
        self.0.store(u64::from(thread) << 32 | u64::from(fd), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_thread_is_expected_to_get_the_lowest_number_that_is_free_from_the_last_one_on() {
        let next = NextFd::default();
        let own = std::process::id();
        let file = std::fs::File::open("/dev/null").unwrap();
        let open = file.as_raw_fd() as u32;
        assert!(next.expected(own) > 2);
        next.record(own, 1000);
        assert_eq!(next.expected(own), 1000);
        next.record(own, open);
        assert!(next.expected(own) > open);
        assert_eq!(next.expected(u32::MAX), 0);
    }
}
