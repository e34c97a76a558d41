//! What a check found, and what it looks at.

use crate::access::denial::Denial;
use crate::heap::area::CmaAreas;
use crate::heap::budget::MemoryBudget;
use crate::heap::discover::{HeapEntry, Listing};
use crate::host::Root;
use crate::host::config::Config;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FindingVerdict {
    Ok,
    /// Something does not work, or will not.
    Problem,
    /// Something does not work, which is known of kernels of this release.
    Known,
    /// It could not be found out.
    Unknown,
}

impl fmt::Display for FindingVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Problem => "problem",
            Self::Known => "known",
            Self::Unknown => "unknown",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub check: &'static str,
    pub object: String,
    pub verdict: FindingVerdict,
    pub evidence: String,
    /// The command or the line that helps.
    pub help: Option<String>,
}

impl Finding {
    pub(super) fn new(
        check: &'static str,
        object: impl Into<String>,
        verdict: FindingVerdict,
        evidence: impl Into<String>,
    ) -> Self {
        Self { check, object: object.into(), verdict, evidence: evidence.into(), help: None }
    }

    pub(super) fn ok(check: &'static str, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(check, object, FindingVerdict::Ok, evidence)
    }

    pub(super) fn problem(check: &'static str, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(check, object, FindingVerdict::Problem, evidence)
    }

    pub(super) fn unknown(check: &'static str, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(check, object, FindingVerdict::Unknown, evidence)
    }

    pub(super) fn of_denial(check: &'static str, object: &str, evidence: String, denial: &Denial) -> Self {
        Self { help: denial.help.clone(), ..Self::problem(check, object, evidence) }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

pub(super) struct Context<'a> {
    pub(super) root: &'a Root,
    pub(super) listing: &'a Listing,
    /// The heaps that are asked about; they need not be of the listing.
    pub(super) entries: &'a [HeapEntry],
    /// Whether these were chosen.
    pub(super) is_choice: bool,
    pub(super) budget: MemoryBudget,
    pub(super) areas: CmaAreas,
    pub(super) release: Option<String>,
    pub(super) config: Option<Config>,
    /// The evidence that the kernel has the framework.
    pub(super) framework: Option<String>,
}

impl Context<'_> {
    /// Whether the kernel has an option built in or as a module, if its configuration is known.
    pub(super) fn option(&self, name: &str) -> Option<Option<&str>> {
        self.config.as_ref().map(|config| config.value(name))
    }
}
