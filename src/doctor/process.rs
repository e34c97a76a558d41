//! What this process meets: its limits, the simulator, and a kernel that loses descriptors.

use super::finding::{Context, Finding, FindingVerdict};
use crate::heap::abi;
use crate::heap::check::Node;
use crate::heap::discover::{HeapAccess, HeapEntry};
use crate::host::{Root, class};
use crate::model::{Abi, known_leak};
use crate::size::counted;
use crate::sys::fd::ioctl;
use crate::sys::process::{filter, rlimit};
use crate::sys::{Errno, errno_name};
use std::os::fd::AsFd;

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if context.root.is_machine() {
        findings.push(lost_descriptor(context));
        findings.push(open_files());
    }
    let simulated = context.listing.simulated;
    findings.push(Finding::ok(
        "sim",
        "simulator",
        if simulated { "these heaps are simulated" } else { "not running under sim" },
    ));
    findings
}

/// What a filter hides from this process, which other checks take for the machine's.
pub(super) fn refused_calls(root: &Root) -> Option<Finding> {
    let calls: Vec<String> = filter::refusals().iter().map(ToString::to_string).collect();
    let evidence = || format!("a filter of system calls (seccomp) denies this process: {}", calls.join(", "));
    // Without these nothing can be allocated, or read.
    let needed = if root.is_machine() { ["ioctl", "openat"] } else { ["getdents64", "openat2"] };
    if filter::check(&needed).is_err() {
        let help =
            format!("let the filter allow {}; a unit of systemd has it in SystemCallFilter=", needed.join(" and "));
        return Some(Finding::problem("filter", "seccomp", evidence()).help(help));
    }
    (!calls.is_empty()).then(|| Finding::unknown("filter", "seccomp", evidence()))
}

fn open_files() -> Finding {
    const OBJECT: &str = "RLIMIT_NOFILE";
    match rlimit::open_files() {
        Ok((soft, hard)) if soft < 64 => {
            Finding::problem("limits", OBJECT, format!("{soft}, hard limit {hard}: each buffer is a descriptor"))
                .help("ulimit -n 1024")
        }
        Ok((soft, hard)) => {
            Finding::ok("limits", OBJECT, format!("{} at a time, hard limit {hard}", counted(soft, "buffer")))
        }
        Err(errno) => Finding::unknown("limits", OBJECT, format!("prlimit64 ({})", errno_name(errno))),
    }
}

const LEAK: (&str, &str) = ("leak", "EFAULT");

/// Whether the kernel closes the descriptor of a buffer again that it cannot tell the caller (fixed in 2026). The code
/// is that of all heaps, so the first that can give a page for a moment decides.
fn lost_descriptor(context: &Context<'_>) -> Finding {
    let (check, object) = LEAK;
    let mut answers = Vec::new();
    for entry in context.entries.iter().filter(|entry| entry.access == HeapAccess::Granted) {
        match ask(context, entry) {
            Ok(finding) => return finding,
            Err(errno) => answers.push(format!("{} answers {}", entry.name, errno_name(errno))),
        }
    }
    let why = if answers.is_empty() { "no heap can be opened for this check".to_owned() } else { answers.join(", ") };
    Finding::unknown(check, object, why)
}

/// Asks one heap; the errno of a request that did not come as far as that.
fn ask(context: &Context<'_>, entry: &HeapEntry) -> Result<Finding, Errno> {
    let (check, object) = LEAK;
    let request = abi::request(entry.abi.unwrap_or(Abi::Mainline));
    let heap = Node::look(context.root, &entry.path, class::major(context.root))?.open()?;
    match ioctl::heap_alloc_into_read_only(heap.as_fd(), request)? {
        (Errno::EFAULT, None) => Ok(Finding::ok(check, object, format!("{} leaves no descriptor behind", entry.name))),
        (Errno::EFAULT, Some(_)) => Ok(leak(context, &entry.name)),
        (errno, _) => Err(errno),
    }
}

fn leak(context: &Context<'_>, heap: &str) -> Finding {
    let (check, object) = LEAK;
    let release = context.release.as_deref().unwrap_or_default();
    let known = known_leak(release, context.listing.simulated);
    let (verdict, why) = match known {
        Some(why) => (FindingVerdict::Known, why),
        None => (FindingVerdict::Problem, format!("{release} should have the fix")),
    };
    Finding::new(
        check,
        object,
        verdict,
        format!("{heap} leaves a descriptor behind when its reply cannot be written; {why}"),
    )
    .help("use a kernel with the 2026 fix for the EFAULT path of dma-heap.c")
}
