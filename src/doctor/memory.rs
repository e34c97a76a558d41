//! What memory there is for heaps, and why there may seem to be more.

use super::{Finding, Patient};
use crate::machine::cma;
use crate::machine::memory::Memory;
use crate::size::Human;
use std::path::Path;

const RESERVED: &str = "/proc/device-tree/reserved-memory";

pub(super) fn check(patient: &Patient<'_>) -> Vec<Finding> {
    let memory = Memory::of(patient.root);
    let mut findings = vec![budget(memory.as_ref())];
    findings.extend(areas(patient, memory.as_ref()));
    findings.extend(out_of_memory(patient));
    findings.push(accounting(patient));
    findings
}

fn budget(memory: Option<&Memory>) -> Finding {
    let Some(memory) = memory else {
        return Finding::unknown("memory", "budget", "this machine does not tell how much memory it has");
    };
    let cma = match memory.cma_free {
        Some(free) if free > 0 => {
            format!(
                "; MemAvailable {} counts {} of free CMA, which only CMA heaps can use",
                Human(memory.available),
                Human(free)
            )
        }
        _ => format!("; MemAvailable {}", Human(memory.available)),
    };
    Finding::ok(
        "memory",
        "budget",
        format!(
            "{} for heaps without an area of their own{cma}",
            Human(memory.budget(crate::sys::limits::page_size()))
        ),
    )
}

fn areas(patient: &Patient<'_>, memory: Option<&Memory>) -> Vec<Finding> {
    let root = patient.root;
    let total = memory.and_then(|memory| memory.cma_total).unwrap_or(0);
    let areas = cma::areas(root, memory);
    let mut places: Vec<String> = Vec::new();
    let line = root.read(Path::new("/proc/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line).into_owned();
    places.extend(
        line.split_ascii_whitespace()
            .filter(|word| word.starts_with("cma="))
            .map(|word| format!("{word} on the command line")),
    );
    let nodes = root.entries(Path::new(RESERVED)).unwrap_or_default();
    let nodes = nodes.iter().filter(|name| root.has(&Path::new(RESERVED).join(name).join("reusable")));
    places.extend(nodes.map(|name| format!("device tree {}", name.to_string_lossy())));
    let from = if places.is_empty() { String::new() } else { format!("; from {}", places.join(", ")) };
    if areas.is_empty() {
        return vec![Finding::ok(
            "cma",
            "total",
            if total == 0 { format!("no CMA area{from}") } else { format!("{}{from}", Human(total)) },
        )];
    }
    let show = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), |bytes| Human(bytes).to_string());
    areas
        .iter()
        .map(|area| {
            let evidence = format!(
                "{} of {} free, largest run {}{from}",
                show(area.free), show(area.total), show(area.largest)
            );
            Finding::ok("cma", area.name.as_str(), evidence).help(
                "ENOMEM with memory free means fragmentation or pinned pages: ask for smaller buffers, allocate early, enlarge cma=",
            )
        })
        .collect()
}

fn out_of_memory(patient: &Patient<'_>) -> Option<Finding> {
    let value = patient.root.read_number(Path::new("/proc/sys/vm/panic_on_oom"))?;
    Some(match value {
        0 => Finding::ok("oom", "panic_on_oom", "0: the OOM killer kills a process"),
        value => Finding::problem(
            "oom",
            "panic_on_oom",
            format!("{value}: running out of memory panics the machine, and the system heap checks no size"),
        )
        .help("sysctl vm.panic_on_oom=0"),
    })
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
        Err(_) => Finding::ok(
            "accounting",
            OBJECT,
            "this kernel has none (7.0 and later have): heap memory is charged to no cgroup",
        ),
    }
}
