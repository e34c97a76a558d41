//! What the kernel is and how it was configured.

use super::finding::{Context, Finding};
use crate::access::advice::once;
use crate::host::class::DEVICES;
use crate::model::Release;
use std::path::Path;

const CHECK: &str = "config";
const FRAMEWORK: &str = "DMABUF_HEAPS";
const REBUILD: &str = "rebuild the kernel with CONFIG_DMABUF_HEAPS=y (it cannot be a module)";

/// An option that some releases only have: the first with it, and the first without.
const RELEASES: &[(&str, Release, Release)] = &[
    ("DMABUF_HEAPS_CMA_LEGACY", Release(6, 17), Release(6, 19)),
    ("DMABUF_HEAPS_SYSTEM_CC_SHARED", Release(7, 2), Release(u16::MAX, 0)),
    ("DMABUF_SYSFS_STATS", Release(0, 0), Release(7, 0)),
];

/// An option, and a path whose existence shows that it is set if no configuration is found.
const OPTIONS: &[(&str, &[&str])] = &[
    (FRAMEWORK, &[]),
    ("DMABUF_HEAPS_SYSTEM", &["/sys/class/dma_heap/system"]),
    (
        "DMABUF_HEAPS_CMA",
        &[
            "/sys/class/dma_heap/default_cma_region",
            "/sys/class/dma_heap/linux,cma",
            "/sys/class/dma_heap/reserved",
            "/sys/class/dma_heap/default-pool",
        ],
    ),
    ("UDMABUF", &["/sys/class/misc/udmabuf", "/dev/udmabuf"]),
    ("CMA", &["/sys/kernel/mm/cma", "/sys/kernel/debug/cma"]),
    ("SYNC_FILE", &[]),
    ("DMABUF_SYSFS_STATS", &["/sys/kernel/dmabuf/buffers"]),
    ("DMABUF_HEAPS_CMA_LEGACY", &[]),
    ("DMABUF_HEAPS_SYSTEM_CC_SHARED", &["/sys/class/dma_heap/system_cc_shared"]),
    ("DMABUF_DEBUG", &[]),
];

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = vec![match &context.release {
        Some(release) => Finding::ok("kernel", release.as_str(), "release of the kernel"),
        None => Finding::unknown("kernel", "release", "/proc/sys/kernel/osrelease cannot be read")
            .help(once("mount -t proc proc /proc")),
    }];
    let release = context.release.as_deref().and_then(Release::parse);
    let is_known = |name: &str| match RELEASES.iter().find(|(option, ..)| *option == name) {
        Some((_, first, end)) => release.is_none_or(|release| (*first..*end).contains(&release)),
        None => true,
    };
    let options = OPTIONS.iter().filter(|(name, _)| is_known(name));
    findings.extend(options.map(|(name, witnesses)| option(context, name, witnesses)));
    findings
}

/// Whether it is known that the kernel has no heaps, as its configuration says, or the list of drivers: the framework takes
/// its major number when the kernel starts (`dma_heap_init`).
pub(super) fn lacks_framework(context: &Context<'_>) -> bool {
    context.framework.is_none()
        && context
            .option(FRAMEWORK)
            .map_or_else(|| context.root.contents(Path::new(DEVICES)).is_some(), |value| value.is_none())
}

fn option(context: &Context<'_>, name: &str, witnesses: &[&str]) -> Finding {
    let object = format!("CONFIG_{name}");
    if let Some(config) = &context.config {
        let path = config.path.display();
        return match (config.value(name), &context.framework) {
            (Some(value), _) => Finding::ok(CHECK, object, format!("{value} ({path})")),
            // A file of another kernel, or heaps that are simulated on one that has none.
            (None, Some(seen)) if name == FRAMEWORK => {
                Finding::ok(CHECK, object, format!("not set ({path}), but {seen}"))
            }
            (None, None) if name == FRAMEWORK => {
                Finding::problem(CHECK, object, format!("not set ({path})")).help(REBUILD)
            }
            (None, _) => Finding::ok(CHECK, object, format!("not set ({path})")),
        };
    }
    if name == FRAMEWORK && lacks_framework(context) {
        return Finding::problem(CHECK, object, format!("not set: {DEVICES} has no dma_heap")).help(REBUILD);
    }
    if let Some(seen) = context.framework.as_ref().filter(|_| name == FRAMEWORK) {
        return Finding::ok(CHECK, object, format!("set: {seen}"));
    }
    match witnesses.iter().find(|path| context.root.has(Path::new(path))) {
        Some(path) => Finding::ok(CHECK, object, format!("set: {path} exists")),
        None => Finding::unknown(CHECK, object, "kernel configuration not readable")
            .help(once("modprobe configs, for /proc/config.gz")),
    }
}
