//! Why a figure is not larger.

use crate::sys::process::signals;
use crate::sys::{Errno, errno_name, errno_number};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The reason why a figure is not larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stop {
    Refused(#[serde(with = "errno_number")] Errno),
    Budget,
    /// The OOM killer ended the process that asked for more.
    Killed,
    /// The time was up; the figure is what had been found by then.
    Timeout,
    /// This signal came; the figure is what had been found by then.
    Signal(i32),
}

impl Stop {
    /// The errno of a refusal that means that something is wrong, rather than that memory or files have run out.
    pub(super) fn unexpected(self) -> Option<Errno> {
        match self {
            Self::Refused(Errno::ENOMEM | Errno::EMFILE | Errno::ENFILE) => None,
            Self::Refused(errno) => Some(errno),
            _ => None,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(errno) => f.pad(&errno_name(*errno)),
            Self::Budget => f.pad("budget"),
            Self::Killed => f.pad("killed"),
            Self::Timeout => f.pad("timeout"),
            Self::Signal(number) => f.pad(&signals::name(*number)),
        }
    }
}
