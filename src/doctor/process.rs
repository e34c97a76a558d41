//! What this process meets: its limits, the simulator, and a kernel that loses descriptors.

use super::{Finding, Patient};
use crate::heap::listing::{Access, Entry};
use crate::heap::node::Node;
use crate::machine::major;
use crate::sys::{Errno, errno_name, ioctl, limits};
use std::os::fd::AsFd;

pub(super) fn check(patient: &Patient<'_>, entries: &[&Entry]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if patient.root.is_machine() {
        findings.extend(lost_descriptor(patient, entries));
        findings.push(open_files());
    }
    let simulated = patient.listing.simulated;
    findings.push(Finding::ok(
        "sim",
        "dmaheap sim",
        if simulated { "these heaps are simulated" } else { "not under it" },
    ));
    findings
}

fn open_files() -> Finding {
    const OBJECT: &str = "RLIMIT_NOFILE";
    match limits::open_files_limit() {
        Ok((soft, hard)) if soft < 64 => {
            Finding::problem("limits", OBJECT, format!("{soft}, hard limit {hard}: each buffer is a descriptor"))
                .help("ulimit -n 1024")
        }
        Ok((soft, hard)) => Finding::ok("limits", OBJECT, format!("{soft} buffers at a time, hard limit {hard}")),
        Err(errno) => Finding::unknown("limits", OBJECT, errno_name(errno)),
    }
}

/// Whether the kernel closes the descriptor of a buffer again that it cannot tell the caller (fixed in 2026).
/// Takes one page for a moment.
fn lost_descriptor(patient: &Patient<'_>, entries: &[&Entry]) -> Option<Finding> {
    const OBJECT: &str = "EFAULT";
    let entry = entries.iter().find(|entry| entry.access == Access::Granted)?;
    let heap = Node::look(patient.root, &entry.path, major::heap_major(patient.root)).ok()?.open().ok()?;
    Some(match ioctl::heap_alloc_into_read_only(heap.as_fd()) {
        Ok((Errno::EFAULT, None)) => Finding::ok("leak", OBJECT, format!("{} leaves no descriptor behind", entry.name)),
        Ok((Errno::EFAULT, Some(_))) => Finding::problem(
            "leak",
            OBJECT,
            format!("{} leaves a descriptor behind when its answer cannot be written", entry.name),
        )
        .help("a kernel with the fix of 2026 for the EFAULT path of dma-heap.c"),
        Ok((errno, _)) | Err(errno) => {
            Finding::unknown("leak", OBJECT, format!("{} answers {}", entry.name, errno_name(errno)))
        }
    })
}
