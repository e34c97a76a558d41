//! What `probe` prints besides tables and JSON: one file per format, each of which turns findings into text.

mod heaps;
pub(crate) mod junit;
pub(crate) mod ktap;
pub(crate) mod lava;
#[cfg(test)]
mod tests;
pub(crate) mod verdicts;

use crate::probe::CaseVerdict;

/// How a verdict counts in the formats that other programs read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TestOutcome {
    Pass,
    Fail,
    Skip,
}

impl From<CaseVerdict> for TestOutcome {
    /// A deviation that is known was expected, and its status is that of a pass, so it passes; what it is stands beside it.
    fn from(verdict: CaseVerdict) -> Self {
        match verdict {
            CaseVerdict::Ok | CaseVerdict::Known => Self::Pass,
            CaseVerdict::Fail => Self::Fail,
            CaseVerdict::Skip => Self::Skip,
        }
    }
}
