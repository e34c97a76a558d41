//! The exit statuses that users can rely on.

use std::process::ExitCode;

/// How a run of the tool ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Success,
    /// 1: something failed, or the answer was not the expected one.
    Failure,
    /// 2: the command line was wrong.
    Usage,
    /// 3: bytes differ.
    Differs,
    /// 4: nothing there: no heap, nothing to test (kselftest's skip).
    Nothing,
    /// 125: dmaheap itself failed before a command was run, as env(1).
    Wrapper,
    /// 126: the command was found but could not be executed.
    NotExecutable,
    /// 127: the command was not found.
    NotFound,
    /// The status of a command that was run.
    Command(u8),
    /// 128 + n: ended early by signal n.
    Signal(u8),
}

impl Exit {
    pub(crate) fn by_signal(number: i32) -> Self {
        Self::Signal(u8::try_from(number).unwrap_or(0))
    }

    /// The number that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Differs => 3,
            Self::Nothing => 4,
            Self::Wrapper => 125,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Command(status) => status,
            Self::Signal(signal) => 128_u8.saturating_add(signal),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
