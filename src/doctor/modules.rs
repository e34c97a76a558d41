//! Heaps that are modules, from 7.2 on: whether they are loaded, and what unloading one would mean.

use super::finding::{Context, Finding};
use crate::access::advice::once;
use crate::heap::MemoryKind;
use crate::heap::discover::HeapEntry;
use crate::holders::{Buffer, Scan};
use std::path::Path;

const CHECK: &str = "module";

/// A module, the option that makes it one, and what it registers.
pub(super) struct Module {
    pub(super) name: &'static str,
    pub(super) option: &'static str,
    kind: MemoryKind,
}

pub(super) const ALL: [Module; 2] = [
    Module { name: "system_heap", option: "DMABUF_HEAPS_SYSTEM", kind: MemoryKind::System },
    Module { name: "cma_heap", option: "DMABUF_HEAPS_CMA", kind: MemoryKind::Cma },
];

pub(super) fn check(context: &Context<'_>, scan: Option<&Scan>) -> Vec<Finding> {
    let is_module = |module: &&Module| context.option(module.option) == Some(Some("m"));
    // If some heaps are asked about, the modules of others are nobody's concern.
    let is_asked = |module: &&Module| !context.is_choice || context.entries.iter().any(|entry| module.made(entry));
    ALL.iter().filter(is_module).filter(is_asked).map(|module| module.finding(context, scan)).collect()
}

impl Module {
    fn made(&self, entry: &HeapEntry) -> bool {
        entry.kind.value == self.kind
    }

    fn finding(&self, context: &Context<'_>, scan: Option<&Scan>) -> Finding {
        let heaps: Vec<&HeapEntry> =
            context.listing.entries.iter().filter(|entry| self.made(entry) && entry.is_a_heap()).collect();
        let is_loaded = context.root.has(&Path::new("/sys/module").join(self.name));
        match (heaps.is_empty(), is_loaded) {
            (false, _) => self.in_use(&heaps, scan),
            (true, _) if self.kind == MemoryKind::Cma && has_areas(context) != Some(true) => match has_areas(context) {
                Some(_) => Finding::ok(CHECK, self.name, "there is no CMA area for it to use"),
                None => Finding::unknown(CHECK, self.name, "cannot tell whether there is a CMA area for it"),
            },
            (true, true) => Finding::problem(CHECK, self.name, "loaded, but its heap is not registered")
                .help("look in dmesg for the reason"),
            (true, false) => Finding::problem(CHECK, self.name, "a module that is not loaded")
                .help(once(&format!("modprobe {}", self.name))),
        }
    }

    /// Reports its buffers and who holds them: they are what unloading would pull the floor from under.
    fn in_use(&self, heaps: &[&HeapEntry], scan: Option<&Scan>) -> Finding {
        let made = |buffer: &&Buffer| {
            // A buffer's exporter is called like its heap, which 5.11 and older did not do.
            buffer.exporter.as_deref().is_some_and(|name| heaps.iter().any(|heap| heap.name == name))
        };
        let buffers: Vec<_> = scan.iter().flat_map(|scan| &scan.buffers).filter(made).collect();
        let mut pids: Vec<u32> = buffers.iter().flat_map(|buffer| &buffer.holders).map(|holder| holder.pid).collect();
        pids.sort_unstable();
        pids.dedup();
        let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
        let by = if pids.is_empty() { String::new() } else { format!(", held by processes: {}", pids.join(" ")) };
        let sees_all = scan.is_some_and(|scan| scan.coverage.gaps().is_empty());
        let count = match (buffers.len(), sees_all) {
            (0, false) => "whether any of its buffers exist is unknown".to_owned(),
            (count, false) => format!("at least {count} of its buffers exist{by}"),
            (count, true) => format!("{count} of its buffers exist{by}"),
        };
        Finding::ok(CHECK, self.name, format!("loaded; {count}"))
            .help("do not unload it: the framework cannot remove a heap")
    }
}

/// Whether there is a CMA area; `None` if no source could be read.
pub(super) fn has_areas(context: &Context<'_>) -> Option<bool> {
    if !context.areas.all.is_empty() || !context.areas.origins.regions.is_empty() {
        return Some(true);
    }
    let memory = context.budget.memory.as_ref()?;
    match memory.cma_total {
        Some(total) => Some(total > 0),
        // Without CMA in the kernel the file says nothing of it; sysinfo(2) never does.
        None => (memory.source == crate::host::memory::MemorySource::Meminfo).then_some(false),
    }
}
