//! What memory there is for heaps, and why there may seem to be more.

use super::finding::{Context, Finding};
use crate::access::advice::once;
use crate::heap::budget::{Bound, BudgetShare, MemoryBudget};
use crate::host::accounting::Accounting;
use crate::host::cma::CmaOrigins;
use crate::host::memory::{MemorySource, SystemMemory};
use crate::model::Release;
use crate::size::Human;
use crate::sys::{Errno, errno_name};
use std::path::Path;

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = vec![budget(&context.budget)];
    findings.extend(cgroups(&context.budget));
    findings.extend(areas(context));
    findings.push(out_of_memory(context));
    findings.push(accounting(context));
    findings
}

fn budget(budget: &MemoryBudget) -> Finding {
    let Some(memory) = &budget.memory else {
        return Finding::unknown("memory", "budget", "the amount of memory is unknown");
    };
    let available = format!("{} {}", memory.source, Human(memory.available));
    let cma = match memory.cma_free {
        Some(free) if free > 0 => format!(" includes {} of free CMA, which only CMA heaps can use", Human(free)),
        _ => String::new(),
    };
    let cgroup = match budget.bound() {
        Bound::Cgroup(level) => format!(
            "; cgroup {} leaves {} of its {} of {}",
            level.path.display(),
            Human(level.left().unwrap_or(0)),
            level.limit_name(),
            Human(level.max.unwrap_or(0))
        ),
        Bound::Machine => String::new(),
    };
    let half = match budget.share {
        BudgetShare::Half => "; half of it, since /proc/self/oom_score_adj cannot be written",
        BudgetShare::Whole => "",
    };
    let bytes = Human(budget.bytes());
    Finding::ok(
        "memory",
        "budget",
        format!("{bytes} for heaps without an area of their own; {available}{cma}{cgroup}{half}"),
    )
}

/// Cgroups that limit memory, as far as they can be seen, where heap memory is charged to them.
fn cgroups(budget: &MemoryBudget) -> Option<Finding> {
    let limits = budget.limits.as_ref()?;
    let mut notes: Vec<String> = Vec::new();
    notes.extend(limits.unread.iter().map(|(path, errno)| {
        format!("{} cannot be read ({}), so its limit is unknown", path.display(), errno_name(*errno))
    }));
    if let Some(path) = &limits.unmounted {
        notes.push(format!("limits of cgroup {} cannot be seen: its hierarchy is not mounted here", path.display()));
    }
    if !notes.is_empty() {
        return Some(Finding::unknown("memory", "cgroup", notes.join("; ")));
    }
    const HIDDEN: &str = "cgroups above the visible ones may have limits of their own";
    limits.is_partial.then(|| Finding::ok("memory", "cgroup", HIDDEN))
}

fn areas(context: &Context<'_>) -> Vec<Finding> {
    let from = origins(context);
    let figures = |name: &str, total, free, largest| {
        let show = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), |bytes| Human(bytes).to_string());
        let evidence = format!(
            "{} of {} free, largest run {}; ENOMEM with memory free means fragmentation or pinned pages{from}",
            show(free),
            show(total),
            show(largest)
        );
        Finding::ok("cma", name, evidence).help("ask for smaller buffers, allocate early, enlarge cma=")
    };
    if !context.areas.all.is_empty() {
        return context.areas.all.iter().map(|area| figures(&area.name, area.total, area.free, area.largest)).collect();
    }
    vec![match context.budget.memory {
        Some(SystemMemory { cma_total: Some(total), cma_free, .. }) if total > 0 => {
            figures("total", Some(total), cma_free, None)
        }
        Some(SystemMemory { source: MemorySource::Meminfo, .. }) => {
            Finding::ok("cma", "total", format!("no CMA area{from}"))
        }
        _ => Finding::unknown("cma", "total", "no CMA figures in /proc/meminfo").help(once("mount -t proc proc /proc")),
    }]
}

fn origins(context: &Context<'_>) -> String {
    let CmaOrigins { line, regions, .. } = &context.areas.origins;
    let mut places: Vec<String> = line.iter().map(|word| format!("{word} on the command line")).collect();
    places.extend(regions.iter().map(|name| format!("device tree {name}")));
    if places.is_empty() { String::new() } else { format!("; from {}", places.join(", ")) }
}

fn out_of_memory(context: &Context<'_>) -> Finding {
    const OBJECT: &str = "panic_on_oom";
    match context.root.read_number(Path::new("/proc/sys/vm/panic_on_oom")) {
        None => Finding::unknown("oom", OBJECT, "/proc/sys/vm/panic_on_oom cannot be read"),
        Some(0) => Finding::ok("oom", OBJECT, "0: the OOM killer kills a process"),
        Some(value) => Finding::problem(
            "oom",
            OBJECT,
            format!("{value}: running out of memory panics the machine, and the system heap checks no size"),
        )
        .help(once("sysctl vm.panic_on_oom=0")),
    }
}

fn accounting(context: &Context<'_>) -> Finding {
    const OBJECT: &str = "mem_accounting";
    match Accounting::of_kernel(context.root) {
        Accounting::On | Accounting::Simulated => {
            Finding::ok("accounting", OBJECT, "on: memory of the system heap is charged to the caller's cgroup")
        }
        Accounting::Off => Finding::ok("accounting", OBJECT, "off: heap memory is charged to no cgroup")
            .help("dma_heap.mem_accounting=1 on the kernel's command line"),
        Accounting::Absent
            if context.release.as_deref().and_then(Release::parse).is_none_or(|release| release >= Release(7, 0)) =>
        {
            Finding::unknown("accounting", OBJECT, "dma_heap has no such parameter in /sys/module")
        }
        Accounting::Absent => {
            Finding::ok("accounting", OBJECT, "no such parameter before 7.0: heap memory is charged to no cgroup")
        }
        Accounting::Unknown(Errno::ENOENT) => {
            Finding::unknown("accounting", OBJECT, "no /sys/module").help(once("mount -t sysfs sysfs /sys"))
        }
        Accounting::Unknown(errno) => {
            Finding::unknown("accounting", OBJECT, format!("the parameter cannot be read ({})", errno_name(errno)))
        }
    }
}
