//! Which buffers are asked for.

use super::Args;
use crate::holders::{Buffer, Scan};

/// Leaves the buffers in a scan that every kind of filter lets through; of one kind any value suffices.
pub(super) fn apply(args: &Args, scan: &mut Scan) {
    scan.buffers.retain(|buffer| wants(args, buffer));
}

fn wants(args: &Args, buffer: &Buffer) -> bool {
    let held = |pid: &u32| buffer.holders.iter().any(|holder| holder.pid == *pid);
    let named = |glob: &glob::Pattern| buffer.name.as_deref().is_some_and(|name| glob.matches(name));
    let exported = |exporter: &String| buffer.exporter.as_deref() == Some(exporter.as_str());
    (args.pid.is_empty() || args.pid.iter().any(held))
        && (args.name.is_empty() || args.name.iter().any(named))
        && (args.exporter.is_empty() || args.exporter.iter().any(exported))
        && (args.inode.is_empty() || args.inode.contains(&buffer.inode))
        && (!args.orphans || buffer.is_orphan())
}
