//! Which heaps are registered, and the kernel's lists of buffers.

use super::finding::{Context, Finding, FindingVerdict};
use super::modules;
use crate::access::advice::{nothing_seen, once};
use crate::heap::discover::HeapEntry;
use crate::holders::{self, Gap, ReadState};
use crate::model::Release;
use crate::sys::errno_name;

/// The first release in which a heap can be a module.
const MODULES: Release = Release(7, 2);

pub(super) fn check(context: &Context<'_>) -> (Vec<Finding>, Vec<Gap>) {
    let mut findings = vec![registered(context)];
    let scan = holders::scan(context.root, holders::HolderDetails::default());
    let gaps = scan.as_ref().map_or_else(|error| vec![Gap::of(error)], |scan| scan.coverage.gaps());
    let scan = scan.ok();
    findings.extend(modules::check(context, scan.as_ref()));
    findings.push(lists(scan.as_ref()));
    (findings, gaps)
}

fn registered(context: &Context<'_>) -> Finding {
    let listing = context.listing;
    let heaps = listing.entries.iter().filter(|entry| HeapEntry::is_a_heap(entry));
    let names: Vec<&str> = heaps.map(|entry| entry.name.as_str()).collect();
    if !names.is_empty() {
        return Finding::ok("heaps", names.join(" "), format!("{} found", names.len()));
    }
    let finding = |verdict, evidence: &str| Finding::new("heaps", "none", verdict, evidence);
    if listing.has_class {
        let help = if can_be_modules(context) {
            "as root, until the next boot: modprobe system_heap; modprobe cma_heap"
        } else {
            "a kernel with CONFIG_DMABUF_HEAPS_SYSTEM=y or CONFIG_DMABUF_HEAPS_CMA=y (and a CMA area: cma=64M)"
        };
        return finding(FindingVerdict::Problem, "the kernel has the framework, but no heap is registered").help(help);
    }
    // That there is no framework is the problem of another check.
    finding(FindingVerdict::Unknown, "neither nodes nor the class are there").help(nothing_seen(context.root))
}

fn can_be_modules(context: &Context<'_>) -> bool {
    context.release.as_deref().and_then(Release::parse).is_some_and(|release| release >= MODULES)
}

/// Whether `dmaheap buffers` can see everything.
fn lists(scan: Option<&holders::Scan>) -> Finding {
    let object = "bufinfo";
    let unknown = |why: String| Finding::unknown("debugfs", object, why);
    let Some(scan) = scan else {
        return unknown("without /proc buffers are not looked for".to_owned()).help(once("mount -t proc proc /proc"));
    };
    match scan.coverage.bufinfo {
        ReadState::Read => Finding::ok("debugfs", object, format!("{} buffers live", scan.buffers.len())),
        ReadState::Failed(errno) => {
            unknown(format!("who holds buffers in the kernel cannot be seen ({})", errno_name(errno)))
                .help(once("mount -t debugfs debugfs /sys/kernel/debug"))
        }
        ReadState::Unasked | ReadState::Cut => unknown("the list is cut off".to_owned()),
    }
}
