//! Which heaps are registered, those that are modules, and the kernel's lists of buffers.

use super::{Finding, Patient, Verdict};
use crate::heap::name::CMA_NAMES;
use crate::holders::{self, Source};
use crate::machine::config::version;
use crate::sys::errno_name;

/// The first release in which a heap can be a module.
const MODULES: (u32, u32) = (7, 2);

pub(super) fn check(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = vec![registered(patient)];
    let scan = holders::scan(patient.root).ok();
    findings.extend(modules(patient, scan.as_ref()));
    findings.extend(scan.as_ref().map(lists));
    findings
}

fn registered(patient: &Patient<'_>) -> Finding {
    let listing = patient.listing;
    let names: Vec<&str> = listing.entries.iter().map(|entry| entry.name.as_str()).collect();
    if !names.is_empty() {
        return Finding::ok("heaps", names.join(" "), format!("{} found", names.len()));
    }
    let finding = |verdict, evidence: &str| Finding::new("heaps", "none", verdict, evidence);
    if listing.has_class {
        let help = if can_be_modules(patient) {
            "modprobe system_heap; modprobe cma_heap"
        } else {
            "a kernel with CONFIG_DMABUF_HEAPS_SYSTEM=y or CONFIG_DMABUF_HEAPS_CMA=y (and a CMA area: cma=64M)"
        };
        return finding(Verdict::Problem, "the kernel has the framework, but no heap is registered").help(help);
    }
    // That there is no framework is the problem of another check.
    finding(Verdict::Unknown, "neither nodes nor the class are there")
        .help("mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev; in a container pass the nodes in")
}

fn can_be_modules(patient: &Patient<'_>) -> bool {
    patient.release.as_deref().and_then(version).is_some_and(|release| release >= MODULES)
}

/// Heaps that are modules, and what unloading one would mean.
fn modules(patient: &Patient<'_>, scan: Option<&holders::Scan>) -> Vec<Finding> {
    let heaps: [(&str, &str, &[&str]); 2] =
        [("system_heap", "DMABUF_HEAPS_SYSTEM", &["system"]), ("cma_heap", "DMABUF_HEAPS_CMA", &CMA_NAMES)];
    let is_module = |option: &str| patient.config.as_ref().is_some_and(|config| config.value(option) == Some("m"));
    let one = |(module, option, names): &(&str, &str, &[&str])| {
        if !is_module(option) {
            return None;
        }
        let is_there = patient.listing.entries.iter().any(|entry| names.contains(&entry.name.as_str()));
        if !is_there {
            return Some(
                Finding::problem("module", *module, "it is a module and its heap is not there")
                    .help(format!("modprobe {module}")),
            );
        }
        let made = |buffer: &&holders::Buffer| buffer.exporter.as_deref().is_some_and(|name| names.contains(&name));
        let buffers: Vec<_> = scan.iter().flat_map(|scan| &scan.buffers).filter(made).collect();
        let mut pids: Vec<u32> = buffers.iter().flat_map(|buffer| &buffer.holders).map(|holder| holder.pid).collect();
        pids.sort_unstable();
        pids.dedup();
        let pids = pids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        let evidence = format!("loaded; {} of its buffers live, held by processes: {pids}", buffers.len());
        Some(
            Finding::ok("module", *module, evidence).help("do not unload it: the framework knows no removal of a heap"),
        )
    };
    heaps.iter().filter_map(one).collect()
}

/// Whether `dmaheap buffers` can see everything.
fn lists(scan: &holders::Scan) -> Finding {
    let coverage = &scan.coverage;
    let object = "bufinfo";
    match coverage.bufinfo {
        Source::Read => Finding::ok("debugfs", object, format!("{} buffers live", scan.buffers.len())),
        Source::Failed(errno) => Finding::unknown(
            "debugfs",
            object,
            format!("who holds buffers in the kernel cannot be seen ({})", errno_name(errno)),
        )
        .help("as root: mount -t debugfs debugfs /sys/kernel/debug (CONFIG_DEBUG_FS)"),
        Source::Unasked | Source::Cut => Finding::unknown("debugfs", object, "the list is cut off"),
    }
}
