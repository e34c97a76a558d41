//! Which number the next descriptor of a caller will have.

use crate::sys::sim::remote;
use std::sync::{Mutex, PoisonError};

/// Mostly it is that of the last one, which was closed again, or the one after it. For another thread than the last
/// one, whose table may be another one, the table's beginning is looked at: not all of it, for then N threads that
/// ask once each would cost N times N.
#[derive(Debug, Default)]
pub(super) struct Guess(Mutex<Known>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Whose number it was, unless numbers have changed since.
    thread: Option<u32>,
    last: u32,
    step: u32,
}

impl Guess {
    pub(super) fn next(&self, thread: u32) -> u32 {
        let known = self.with(|known| *known);
        let expected = known.last.saturating_add(known.step);
        if known.thread == Some(thread) {
            return expected;
        }
        remote::free_fd_at_first(thread).ok().flatten().unwrap_or(expected)
    }

    pub(super) fn was(&self, thread: u32, fd: u32) {
        self.with(|known| {
            let step = u32::from(known.thread == Some(thread) && fd.checked_sub(1) == Some(known.last));
            *known = Known { thread: Some(thread), last: fd, step };
        });
    }

    /// Forgets whose the last one was: numbers have changed.
    pub(super) fn forget(&self) {
        self.with(|known| known.thread = None);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_that_was_closed_is_expected_again_and_after_a_growing_row_the_next_one() {
        let guess = Guess::default();
        for (given, next) in [(5, 5), (5, 5), (6, 7), (7, 8), (3, 3), (u32::MAX, u32::MAX), (0, 0), (1, 2)] {
            guess.was(1, given);
            assert_eq!(guess.next(1), next, "after {given}");
        }
    }

    #[test]
    fn another_thread_is_looked_at_and_one_that_is_gone_is_guessed_from_what_was() {
        let guess = Guess::default();
        let own = std::process::id();
        let free = std::os::fd::AsRawFd::as_raw_fd(&std::io::stderr());
        guess.was(own, 77);
        assert_eq!(guess.next(own), 77);
        guess.forget();
        assert!(guess.next(own) > free as u32);
        assert_eq!(guess.next(u32::MAX), 77);
    }
}
