//! Why heaps do not work here, and the line that helps.
//!
//! Each check is a question to the machine; its answer is `ok`, `problem` or `unknown` with its evidence, and nothing is
//! changed. A file has the checks of one subject. Why a node cannot be opened is found by `access`, what a heap is by `heap`;
//! here it becomes a finding. Begin with [`examine`].

mod access;
mod devices;
mod finding;
mod heaps;
mod kernel;
mod memory;
mod modules;
mod process;

pub(crate) use finding::{Finding, FindingVerdict};

use crate::heap::area::CmaAreas;
use crate::heap::budget::guard;
use crate::heap::discover::{HeapEntry, Listing};
use crate::holders::Gap;
use crate::host::Root;
use crate::host::config::Config;
use finding::Context;

/// What was found, and what hides buffers and their holders.
#[derive(Debug)]
pub(crate) struct Examination {
    pub findings: Vec<Finding>,
    pub gaps: Vec<Gap>,
}

/// Runs every check. Of heaps only those of `chosen` are looked at, which need not be of the listing; of `None` all.
#[must_use]
pub(crate) fn examine(root: &Root, listing: &Listing, chosen: Option<&[HeapEntry]>) -> Examination {
    let (entries, is_choice) = (chosen.unwrap_or(&listing.entries), chosen.is_some());
    let budget = guard::foreseen_budget(root);
    let areas = CmaAreas::of(root, budget.memory.as_ref());
    let release = crate::host::config::release(root);
    let context = Context { root, listing, entries, is_choice, budget, areas, release, config: Config::of(root) };
    let mut findings = kernel::check(&context);
    let (of_heaps, gaps) = heaps::check(&context);
    findings.extend(of_heaps);
    for entry in entries {
        findings.extend(devices::check(root, entry));
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
    Examination { findings, gaps }
}
