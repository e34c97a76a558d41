//! What memory there is for heaps, and why there may seem to be more.

use super::{Finding, Patient};
use crate::machine::cma;
use crate::machine::memory::{Memory, Source};
use crate::size::Human;
use crate::sys::{Errno, errno_name};
use std::path::Path;

pub(super) fn check(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = vec![budget(patient.memory.as_ref())];
    findings.extend(areas(patient));
    findings.push(out_of_memory(patient));
    findings.push(accounting(patient));
    findings
}

fn budget(memory: Option<&Memory>) -> Finding {
    let Some(memory) = memory else {
        return Finding::unknown("memory", "budget", "this machine does not tell how much memory it has");
    };
    let available = match memory.source {
        Source::Meminfo => format!("MemAvailable {}", Human(memory.available)),
        Source::Sysinfo => {
            format!("no /proc/meminfo, so free memory of sysinfo(2) {}", Human(memory.available))
        }
    };
    let cma = match memory.cma_free {
        Some(free) if free > 0 => format!(" counts {} of free CMA, which only CMA heaps can use", Human(free)),
        _ => String::new(),
    };
    let budget = Human(memory.budget(crate::sys::limits::page_size()));
    Finding::ok("memory", "budget", format!("{budget} for heaps without an area of their own; {available}{cma}"))
}

fn areas(patient: &Patient<'_>) -> Vec<Finding> {
    let from = origins(patient);
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
    if !patient.areas.is_empty() {
        return patient.areas.iter().map(|area| figures(&area.name, area.total, area.free, area.largest)).collect();
    }
    vec![match patient.memory {
        Some(Memory { cma_total: Some(total), cma_free, .. }) if total > 0 => {
            figures("total", Some(total), cma_free, None)
        }
        Some(Memory { source: Source::Meminfo, .. }) => Finding::ok("cma", "total", format!("no CMA area{from}")),
        _ => Finding::unknown("cma", "total", "no /proc/meminfo that tells of CMA").help("mount -t proc proc /proc"),
    }]
}

/// What made the areas.
fn origins(patient: &Patient<'_>) -> String {
    let line = patient.root.read(Path::new("/proc/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line).into_owned();
    let words = line.split_ascii_whitespace().filter(|word| word.starts_with("cma="));
    let mut places: Vec<String> = words.map(|word| format!("{word} on the command line")).collect();
    places.extend(cma::reusable_regions(patient.root).iter().map(|name| format!("device tree {name}")));
    if places.is_empty() { String::new() } else { format!("; from {}", places.join(", ")) }
}

fn out_of_memory(patient: &Patient<'_>) -> Finding {
    const OBJECT: &str = "panic_on_oom";
    match patient.root.read_number(Path::new("/proc/sys/vm/panic_on_oom")) {
        None => Finding::unknown("oom", OBJECT, "/proc/sys/vm/panic_on_oom cannot be read"),
        Some(0) => Finding::ok("oom", OBJECT, "0: the OOM killer kills a process"),
        Some(value) => Finding::problem(
            "oom",
            OBJECT,
            format!("{value}: running out of memory panics the machine, and the system heap checks no size"),
        )
        .help("sysctl vm.panic_on_oom=0"),
    }
}

fn accounting(patient: &Patient<'_>) -> Finding {
    const OBJECT: &str = "mem_accounting";
    let value = patient.root.read(Path::new("/sys/module/dma_heap/parameters/mem_accounting"));
    match value.as_deref().map(<[u8]>::trim_ascii) {
        Ok(b"Y") => {
            Finding::ok("accounting", OBJECT, "on: memory of the system heap is charged to the caller's cgroup")
        }
        Ok(_) => Finding::ok("accounting", OBJECT, "off: heap memory is charged to no cgroup")
            .help("dma_heap.mem_accounting=1 on the kernel's command line"),
        Err(Errno::ENOENT) if patient.root.has(Path::new("/sys/module")) => Finding::ok(
            "accounting",
            OBJECT,
            "this kernel has none (7.0 and later have): heap memory is charged to no cgroup",
        ),
        Err(Errno::ENOENT) => {
            Finding::unknown("accounting", OBJECT, "no /sys/module").help("mount -t sysfs sysfs /sys")
        }
        Err(errno) => {
            Finding::unknown("accounting", OBJECT, format!("the parameter cannot be read ({})", errno_name(*errno)))
        }
    }
}
