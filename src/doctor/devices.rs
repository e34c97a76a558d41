//! Whether the nodes are those that the class has.

use super::finding::Finding;
use crate::access::advice::{missing_node, once};
use crate::heap::discover::{HeapAccess, HeapEntry};
use crate::host::Root;
use crate::sys::Errno;

const CHECK: &str = "node";

pub(super) fn check(root: &Root, entry: &HeapEntry) -> Vec<Finding> {
    let mut findings = vec![node(root, entry)];
    let twins = entry.aliases.iter().filter(|alias| alias.inferred).map(|alias| alias.value.as_str());
    let twins: Vec<&str> = twins.collect();
    if !twins.is_empty() {
        let evidence = format!("may share its CMA area with {} (inferred from the names)", twins.join(" "));
        findings.push(Finding::ok("twins", entry.name.as_str(), evidence));
    }
    findings
}

/// Whether opening it is what comes next.
pub(super) fn may_be_opened(entry: &HeapEntry) -> bool {
    entry.is_consistent
        && match entry.access {
            HeapAccess::Granted => true,
            HeapAccess::Denied(errno) => entry.status.is_some() && !matches!(errno, Errno::ENXIO | Errno::ENODEV),
            _ => false,
        }
}

fn node(root: &Root, entry: &HeapEntry) -> Finding {
    let path = entry.path.display().to_string();
    let remake = "move it elsewhere and have the device manager make the node: udevadm trigger -s dma_heap, or mdev -s";
    let number = |device: Option<_>| {
        device
            .map_or_else(|| "no device number".to_owned(), |device: crate::sys::fd::status::Device| device.to_string())
    };
    match entry.access {
        HeapAccess::NoNode => {
            let help = entry.class_device.map(|device| missing_node(root, &entry.path, device));
            let finding = Finding::problem(
                CHECK,
                &path,
                format!("{} is registered ({}), but /dev has no node for it", entry.name, number(entry.class_device)),
            );
            match help {
                Some(help) => finding.help(help),
                None => finding,
            }
        }
        HeapAccess::NotAHeap => Finding::problem(CHECK, &path, "not a DMA heap node").help(remake),
        HeapAccess::Unverified => Finding::unknown(CHECK, &path, "the major number of DMA heaps is unknown")
            .help(once("mount -t proc proc /proc; mount -t sysfs sysfs /sys")),
        HeapAccess::Denied(Errno::ENXIO | Errno::ENODEV) => {
            Finding::problem(CHECK, &path, format!("stale: no driver is registered for {}", number(entry.device)))
                .help(remake)
        }
        HeapAccess::Denied(errno) if entry.status.is_none() => match &entry.denial {
            Some(denial) => Finding::of_denial(CHECK, &path, denial.evidence.clone(), denial),
            None => Finding::problem(CHECK, &path, format!("cannot be examined ({})", crate::sys::errno_name(errno))),
        },
        _ if !entry.is_consistent => Finding::problem(
            CHECK,
            &path,
            format!("is {}, but sysfs has {}", number(entry.device), number(entry.class_device)),
        )
        .help(remake),
        _ => Finding::ok(CHECK, &path, format!("{}, matches sysfs", number(entry.device))),
    }
}
