//! What the child tells its parent, and why it went no further.

use crate::sys::{Errno, errno_name};
use std::fmt;

/// What kept a figure from being larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Refused(Errno),
    Budget,
    /// The OOM killer ended the process that asked for more.
    Killed,
    /// The time was up; the figure is what had been found by then.
    Timeout,
    /// This signal came; the figure is what had been found by then.
    Signal(i32),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(errno) => f.pad(&errno_name(*errno)),
            Self::Budget => f.pad("budget"),
            Self::Killed => f.pad("killed"),
            Self::Timeout => f.pad("timeout"),
            Self::Signal(number) => f.pad(&crate::sys::process::signals::name(*number)),
        }
    }
}

/// A word of the child. Sizes are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A buffer of this size is about to be asked for.
    Trying(u64),
    /// It was given, and freed again.
    Fits(u64),
    Refused(Stop),
    /// So many buffers are held at once.
    Held(u64),
    /// There are no more; so much is left free in the area, where the kernel tells.
    Full(Stop, Option<u64>),
}

impl Event {
    /// Every word has this many bytes, less than a pipe writes at once.
    pub(crate) const BYTES: usize = 17;
    const NONE: u64 = u64::MAX;

    pub(crate) fn encode(self) -> [u8; Self::BYTES] {
        let (kind, one, other) = match self {
            Self::Trying(size) => (0, size, 0),
            Self::Fits(size) => (1, size, 0),
            Self::Refused(stop) => (2, code(stop), 0),
            Self::Held(count) => (3, count, 0),
            Self::Full(stop, left) => (4, code(stop), left.unwrap_or(Self::NONE)),
        };
        let mut bytes = [0; Self::BYTES];
        bytes[0] = kind;
        bytes[1..9].copy_from_slice(&one.to_ne_bytes());
        bytes[9..].copy_from_slice(&other.to_ne_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let word = |at: usize| bytes[at..].first_chunk().copied().map_or(0, u64::from_ne_bytes);
        let (one, other) = (word(1), word(9));
        Some(match bytes[0] {
            0 => Self::Trying(one),
            1 => Self::Fits(one),
            2 => Self::Refused(stop(one)),
            3 => Self::Held(one),
            4 => Self::Full(stop(one), Some(other).filter(|left| *left != Self::NONE)),
            _ => return None,
        })
    }
}

const BUDGET: u64 = u64::MAX;

/// The child knows two reasons: the guard, and the kernel's, which may be one that has no name (0).
fn code(stop: Stop) -> u64 {
    if let Stop::Refused(errno) = stop { errno as u64 } else { BUDGET }
}

fn stop(code: u64) -> Stop {
    i32::try_from(code).map_or(Stop::Budget, |errno| Stop::Refused(Errno::from_raw(errno)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cross_the_pipe() {
        for event in [
            Event::Trying(1 << 40),
            Event::Fits(4096),
            Event::Refused(Stop::Budget),
            Event::Refused(Stop::Refused(Errno::ENOMEM)),
            Event::Held(10_000),
            Event::Full(Stop::Refused(Errno::EMFILE), None),
            Event::Full(Stop::Budget, Some(0)),
            // ENOTSUPP of a driver has no name for programs.
            Event::Refused(Stop::Refused(Errno::from_raw(524))),
        ] {
            assert_eq!(Event::decode(&event.encode()), Some(event));
        }
        assert_eq!(Event::decode(&[9; Event::BYTES]), None);
    }
}
