//! Whether the nodes are those that the class has.

use super::{Finding, Patient};
use crate::heap::listing::{Access, Entry};
use crate::sys::Errno;

const CHECK: &str = "node";

pub(super) fn check(patient: &Patient<'_>, entry: &Entry) -> Vec<Finding> {
    let mut findings = vec![node(patient, entry)];
    let twins = entry.aliases.iter().filter(|alias| alias.inferred).map(|alias| alias.value.as_str());
    let twins: Vec<&str> = twins.collect();
    if !twins.is_empty() {
        let evidence =
            format!("may give memory of the same CMA area as {} (concluded from the names)", twins.join(" "));
        findings.push(Finding::ok("twins", entry.name.as_str(), evidence));
    }
    findings
}

/// Whether opening it is what comes next.
pub(super) fn is_a_heap(entry: &Entry) -> bool {
    entry.is_consistent
        && match entry.access {
            Access::Granted => true,
            Access::Denied(errno) => entry.status.is_some() && !matches!(errno, Errno::ENXIO | Errno::ENODEV),
            _ => false,
        }
}

fn node(patient: &Patient<'_>, entry: &Entry) -> Finding {
    let path = entry.path.display().to_string();
    let number = |device: Option<_>| {
        device.map_or_else(|| "no number".to_owned(), |device: crate::sys::status::Device| device.to_string())
    };
    if let Ok(target) = patient.root.read_link(&entry.path) {
        if entry.status.is_none() {
            return Finding::problem(
                CHECK,
                &path,
                format!("a symbolic link to {}, which is not there", target.display()),
            )
            .help(format!("rm {path}"));
        }
    }
    match entry.access {
        Access::NoNode => {
            let help = entry.class_device.map(|device| {
                format!(
                    "mount -t devtmpfs devtmpfs /dev, or mknod {path} c {} {}; for a container: --device {path}",
                    device.major, device.minor
                )
            });
            let finding = Finding::problem(
                CHECK,
                &path,
                format!("the class has {} ({}), /dev has no node for it", entry.name, number(entry.class_device)),
            );
            match help {
                Some(help) => finding.help(help),
                None => finding,
            }
        }
        Access::NotAHeap => Finding::problem(CHECK, &path, "no node of the dma_heap class").help(format!("rm {path}")),
        Access::Unverified => Finding::unknown(CHECK, &path, "nothing tells what major number heaps have")
            .help("mount -t proc proc /proc; mount -t sysfs sysfs /sys"),
        Access::Denied(Errno::ENXIO | Errno::ENODEV) => {
            Finding::problem(CHECK, &path, format!("stale: no driver has {}", number(entry.device)))
                .help(format!("rm {path}"))
        }
        Access::Denied(errno) if entry.status.is_none() => {
            Finding::problem(CHECK, &path, format!("cannot be looked at ({})", crate::sys::errno_name(errno)))
        }
        _ if !entry.is_consistent => Finding::problem(
            CHECK,
            &path,
            format!("is {}, but the class has {}", number(entry.device), number(entry.class_device)),
        )
        .help(format!("rm {path}, and let the device manager make it anew")),
        _ => Finding::ok(CHECK, &path, format!("{}, as the class has it", number(entry.device))),
    }
}
