//! Why heaps do not work here, and the line that helps.
//!
//! Each check is a question to the machine; its answer is `ok`, `problem` or `unknown` with its evidence, and nothing is
//! changed. A file has the checks of one subject. Why a node cannot be opened is found by `access`, what a heap is by `heap`;
//! here it becomes a finding. Begin with [`examine`].

mod access;
mod devices;
mod heaps;
mod kernel;
mod memory;
mod modules;
mod process;

use crate::access::denial::Denial;
use crate::heap::area::CmaAreas;
use crate::heap::budget::MemoryBudget;
use crate::heap::budget::guard;
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
    fn new(
        check: &'static str,
        object: impl Into<String>,
        verdict: FindingVerdict,
        evidence: impl Into<String>,
    ) -> Self {
        Self { check, object: object.into(), verdict, evidence: evidence.into(), help: None }
    }

    fn ok(check: &'static str, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(check, object, FindingVerdict::Ok, evidence)
    }

    fn problem(check: &'static str, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(check, object, FindingVerdict::Problem, evidence)
    }

    fn unknown(check: &'static str, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(check, object, FindingVerdict::Unknown, evidence)
    }

    fn of_denial(check: &'static str, object: &str, evidence: String, denial: &Denial) -> Self {
        Self { help: denial.help.clone(), ..Self::problem(check, object, evidence) }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

struct Context<'a> {
    root: &'a Root,
    listing: &'a Listing,
    /// The heaps that are asked about; they need not be of the listing.
    entries: &'a [HeapEntry],
    /// Whether these were chosen.
    is_choice: bool,
    budget: MemoryBudget,
    areas: CmaAreas,
    release: Option<String>,
    config: Option<Config>,
}

/// Runs every check. Of heaps only those of `chosen` are looked at, which need not be of the listing; of `None` all.
#[must_use]
pub(crate) fn examine(root: &Root, listing: &Listing, chosen: Option<&[HeapEntry]>) -> Vec<Finding> {
    let (entries, is_choice) = (chosen.unwrap_or(&listing.entries), chosen.is_some());
    let budget = guard::foreseen_budget(root);
    let areas = CmaAreas::of(root, budget.memory.as_ref());
    let release = crate::host::config::release(root);
    let context = Context { root, listing, entries, is_choice, budget, areas, release, config: Config::of(root) };
    let mut findings = kernel::check(&context);
    findings.extend(heaps::check(&context));
    for entry in entries {
        findings.extend(devices::check(entry));
        findings.extend(access::check(entry));
    }
    findings.extend(memory::check(&context));
    findings.extend(process::check(&context));
    if !root.is_machine() {
        // The same path is another machine's here.
        for help in findings.iter_mut().filter_map(|finding| finding.help.as_mut()) {
            help.insert_str(0, "on that machine: ");
        }
    }
    findings
}
