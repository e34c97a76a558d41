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

use finding::Context;

use crate::heap::area::CmaAreas;
use crate::heap::budget::guard;
use crate::heap::discover::{HeapAccess, HeapEntry, Listing};
use crate::holders::Gap;
use crate::host::accounting::Accounting;
use crate::host::class::{self, CLASS};
use crate::host::config::Config;
use crate::host::{Root, Unread};

/// The class may be out of sight: a sandbox, a container or a security module can hide it.
fn framework(root: &Root, listing: &Listing) -> Option<String> {
    let opened = || listing.entries.iter().find(|entry| entry.access == HeapAccess::Granted);
    let listed = || class::listed_major(root).map(|_| "/proc/devices has dma_heap".to_owned());
    let class = listing.has_class.then(|| format!("{CLASS} exists"));
    class.or_else(listed).or_else(|| opened().map(|entry| format!("{} was opened", entry.path.display())))
}

/// The findings, and what hides buffers and their holders.
#[derive(Debug)]
pub(crate) struct Examination {
    pub findings: Vec<Finding>,
    pub gaps: Vec<Gap>,
}

/// Runs every check. Of heaps only those of `chosen` are looked at, which need not be of the listing; of `None` all.
pub(crate) fn examine(root: &Root, listing: &Listing, chosen: Option<&[HeapEntry]>) -> Examination {
    let (entries, is_choice) = (chosen.unwrap_or(&listing.entries), chosen.is_some());
    let budget = guard::foreseen_budget(root, Accounting::of(root).charges());
    let areas = CmaAreas::of(root, budget.memory.as_ref());
    let release = crate::host::config::release(root);
    let (config, framework) = (Config::of(root), framework(root, listing));
    let context = Context { root, listing, entries, is_choice, budget, areas, release, config, framework };
    let mut findings = kernel::check(&context);
    let (of_heaps, gaps) = heaps::check(&context);
    findings.extend(of_heaps);
    for entry in entries {
        findings.extend(devices::check(root, entry));
        findings.extend(access::check(entry));
        findings.extend(access::abi(entry));
    }
    findings.extend(memory::check(&context));
    findings.extend(process::check(&context));
    let unread = |it: Unread| Finding::unknown("files", it.path.display().to_string(), it.reason());
    findings.extend(root.unread().into_iter().map(unread));
    if !root.is_machine() {
        // The same path is another machine's here.
        for help in findings.iter_mut().filter_map(|finding| finding.help.as_mut()) {
            help.insert_str(0, "on that machine: ");
        }
    }
    findings.extend(process::refused_calls(root));
    Examination { findings, gaps }
}
