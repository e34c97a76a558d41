//! Which heaps are registered, and the kernel's lists of buffers.

use super::finding::{Context, Finding, FindingVerdict};
use super::kernel;
use super::modules::{self, Module, has_areas};
use crate::access::advice::{nothing_seen, once};
use crate::error::Error;
use crate::heap::discover::HeapEntry;
use crate::holders::{self, Gap, ReadState};
use crate::host::class::DIRECTORY;
use crate::model::Release;
use crate::size::counted;
use crate::sys::{Errno, errno_name};
use std::path::Path;

/// The first release in which a heap can be a module.
const MODULES: Release = Release(7, 2);

pub(super) fn check(context: &Context<'_>) -> (Vec<Finding>, Vec<Gap>) {
    let mut findings = vec![registered(context)];
    let scan = holders::scan(context.root, holders::HolderDetails::default());
    let gaps = scan.as_ref().map_or_else(|error| vec![Gap::of(error)], |scan| scan.coverage.gaps());
    findings.extend(modules::check(context, scan.as_ref().ok()));
    findings.push(lists(context, scan.as_ref()));
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
    if listing.has_class && listing.hidden.is_empty() {
        return finding(FindingVerdict::Problem, "the kernel has the framework, but no heap is registered")
            .help(registration(context));
    }
    let hidden: Vec<String> = listing.hidden.iter().map(ToString::to_string).collect();
    // In a copy of a machine's files they may have been left out.
    let is_missing = context.root.lacks(Path::new(DIRECTORY)) && context.root.is_machine();
    // That there is no framework is the problem of another check.
    let is_missing = is_missing && !kernel::lacks_framework(context);
    let verdict = if is_missing || context.framework.is_some() && hidden.is_empty() {
        FindingVerdict::Problem
    } else {
        FindingVerdict::Unknown
    };
    let seen = context.framework.iter().map(|seen| format!("the kernel has the framework, since {seen}; "));
    let evidence = match hidden.as_slice() {
        [] => format!("{}neither heap nodes nor /sys/class/dma_heap exist", seen.collect::<String>()),
        hidden => hidden.join("; "),
    };
    finding(verdict, &evidence).help(nothing_seen(context.root))
}

/// Says what registers a heap, as far as the configuration does not say that it is there.
fn registration(context: &Context<'_>) -> String {
    let can_be_modules = context.release.as_deref().and_then(Release::parse).is_some_and(|release| release >= MODULES);
    let registers = |module: &Module| match context.option(module.option) {
        Some(Some("y")) => None,
        Some(Some(_)) => Some(once(&format!("modprobe {}", module.name))),
        None if can_be_modules => Some(once(&format!("modprobe {}", module.name))),
        _ => Some(format!("use a kernel with CONFIG_{}=y", module.option)),
    };
    let mut lines: Vec<String> = modules::ALL.iter().filter_map(registers).collect();
    if has_areas(context) != Some(true) {
        lines.push("add a CMA area for the CMA heap (cma=64M on the kernel's command line)".to_owned());
    }
    lines.push("see dmesg for why a heap was not registered".to_owned());
    lines.join("; or ")
}

/// Whether `dmaheap buffers` can see everything.
fn lists(context: &Context<'_>, scan: Result<&holders::Scan, &Error>) -> Finding {
    let object = "bufinfo";
    let unknown = |why: String| Finding::unknown("debugfs", object, why);
    let scan = match (scan, scan.err().and_then(Error::kernel_errno)) {
        (Ok(scan), _) => scan,
        (Err(_), Some(errno)) if errno != Errno::ENOENT => {
            return unknown(format!("buffers cannot be counted: /proc ({})", errno_name(errno)));
        }
        (Err(_), _) => {
            let finding = unknown("buffers cannot be counted without /proc".to_owned());
            return finding.help(once("mount -t proc proc /proc"));
        }
    };
    match scan.coverage.bufinfo {
        ReadState::Read => Finding::ok("debugfs", object, counted(scan.buffers.len(), "existing buffer")),
        ReadState::Failed(errno) => {
            let finding = unknown(format!("in-kernel holders cannot be seen ({})", errno_name(errno)));
            match (errno, context.option("DEBUG_FS")) {
                (Errno::EACCES | Errno::EPERM, _) => finding.help("run as root"),
                (_, Some(None)) => finding.help("use a kernel with CONFIG_DEBUG_FS=y"),
                _ => finding.help(once("mount -t debugfs debugfs /sys/kernel/debug")),
            }
        }
        ReadState::Unasked => unknown("the list was not read".to_owned()),
        ReadState::Partial(ending) => unknown(format!("the list is incomplete: {ending}")),
    }
}
