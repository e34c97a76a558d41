//! `dmaheap list`

use super::Manual;
use crate::args::table::Table;
use crate::cmd::message;
use crate::exit::Exit;
use crate::heap::area::Inferred;
use crate::heap::discover::{HeapAccess, HeapEntry, Listing};
use crate::heap::nodes::none;
use crate::heap::{MemoryKind, Selector};
use crate::host::Root;
use crate::host::cma::{CmaArea, DEBUGFS};
use crate::host::users::Users;
use crate::model::Abi;
use crate::size::Human;
use crate::ui::{Cell, Column, column, headings, output};
use std::path::PathBuf;

/// List the heaps of this machine and whether you may use them
///
/// Heaps are found as nodes in /dev/dma_heap and as devices in /sys/class/dma_heap; either may exist without
/// the other. To find out whether a heap can be used, its node is opened, once it is known to be a heap. A
/// question mark marks a value that was inferred from a name; everything else comes from the kernel.
///
/// The status is 0 even if a heap cannot be opened: ACCESS says why. It is 4 if there are no heaps, and 1 if none was
/// found but something could not be read, which stderr names. Only ENOENT counts as absent.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// List only these heaps: names, `cma`, or paths
    ///
    /// Example: dmaheap list system /dev/dma_heap/reserved
    #[arg(value_name = "HEAP", value_parser = Selector::parse)]
    pub heaps: Vec<Selector>,

    /// Also list udmabuf, which makes dma-bufs of memfds
    ///
    /// Every command that allocates takes it as a heap.
    ///
    /// Example: dmaheap list -a
    #[arg(short, long, conflicts_with = "heaps")]
    pub all: bool,

    /// Read the files of the machine below DIR
    ///
    /// No heap is opened there. Every path and link is resolved inside DIR.
    ///
    /// Example: --sysroot /mnt/board
    #[arg(long, value_name = "DIR")]
    pub sysroot: Option<PathBuf>,

    #[command(flatten)]
    pub table: Table,
}

/// A row: an entry, and its owner by name.
#[derive(Debug)]
pub(crate) struct Row {
    entry: HeapEntry,
    owner: Option<String>,
}

pub(crate) const DEFAULT: &str = "NAME,KIND,MODE,OWNER,ACCESS,FREE";

pub(crate) const COLUMNS: &[Column<Row>] = &[
    column("NAME", "name", "name of the heap, or the path that was given")
        .text(|row| row.entry.name.as_str().into()),
    column(
        "KIND",
        "kind",
        "system, cma, protected, vendor, udmabuf or unknown; inferred from the name unless a CMA area has it",
    )
    .text(kind),
    column("MAJ:MIN", "maj_min", "device number of the node; ! if sysfs has another one").text(node_number),
    column("CLASS", "class_maj_min", "device number according to /sys/class/dma_heap")
        .text(|row| row.entry.class_device.map(|device| device.to_string()).into()),
    column("MODE", "mode", "type and permission bits of the node")
        .text(|row| row.entry.status.map(|status| status.mode_text()).into()),
    column("OWNER", "owner", "user and group of the node").text(|row| row.owner.clone().into()),
    column(
        "ACCESS",
        "access",
        "ok if the node could be opened, else the error; or no-node, not-a-heap, unverified, not-tried",
    )
    .text(|row| row.entry.access.to_string().into()),
    column(
        "REASON",
        "reason",
        "what denies access where ACCESS is an error: mode, ACL, nodev, a filter, a link; doctor suggests a fix",
    )
    .text(|row| row.entry.denial.as_ref().map(|denial| denial.evidence.clone()).into()),
    column("ALIAS", "alias", "symbolic links to it; inferred: heaps that may share its memory").text(aliases),
    column("CMA-TOTAL", "cma_total", "size of its CMA area, bytes").number(|row| area(row, |area| area.total)),
    column("CMA-FREE", "cma_free", "free part of its CMA area, bytes").number(|row| area(row, |area| area.free)),
    column("CMA-LARGEST", "cma_largest", "largest free run of its CMA area, bytes")
        .number(|row| area(row, |area| area.largest)),
    column(
        "FREE",
        "free",
        "what can be allocated now: free memory of its CMA area, else the memory budget of alloc, bytes (a cgroup that limits it is named on stderr)",
    )
    .number(|row| Cell::bytes(row.entry.free)),
    column("ABI", "abi", "request that it accepts, found out with requests for 0 bytes: mainline, or v12, the 32 bytes of the 2019 patches")
        .text(|row| row.entry.abi.map(Abi::name).into()),
    column("SIZE-LIMIT", "size_limit", "largest buffer of udmabuf, bytes (its parameter size_limit_mb)")
        .number(|row| Cell::bytes(row.entry.limits.size)),
    column("LIST-LIMIT", "list_limit", "memfds that a buffer of udmabuf can be made of")
        .number(|row| row.entry.limits.list.map(Cell::Number).into()),
    column("PATH", "path", "path of the node").text(|row| row.entry.path.display().to_string().into()),
];

pub(crate) const MANUAL: Manual =
    Manual { verb: "list", columns: || headings(COLUMNS), prose: || include_str!("list.md").into() };

fn kind(row: &Row) -> Cell {
    let Inferred { value, inferred } = row.entry.kind;
    Cell::Inferred(Box::new(value.to_string().into()), inferred)
}

fn node_number(row: &Row) -> Cell {
    let number = Cell::from(row.entry.device.map(|device| device.to_string()));
    if row.entry.is_consistent { number } else { Cell::Marked(Box::new(number)) }
}

fn aliases(row: &Row) -> Cell {
    let aliases = row.entry.aliases.iter();
    Cell::List(aliases.map(|alias| Cell::Inferred(Box::new(alias.value.as_str().into()), alias.inferred)).collect())
}

fn area(row: &Row, figure: fn(&CmaArea) -> Option<u64>) -> Cell {
    let area = row.entry.area.as_ref();
    area.and_then(|area| Some(Cell::Inferred(Box::new(Cell::Bytes(figure(&area.value)?)), area.inferred))).into()
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let root = args.sysroot.as_deref().map_or_else(|| Ok(Root::machine()), Root::at)?;
    let listing = Listing::of(&root);
    let (mut entries, missing) = listing.choose(&args.heaps, &root);
    if args.all {
        entries.extend(Listing::udmabuf(&root));
    }

    let users = Users::of(&root);
    let rows: Vec<Row> = entries
        .into_iter()
        .map(|entry| {
            let owner = entry.status.map(|status| format!("{}:{}", users.user(status.uid), users.group(status.gid)));
            Row { entry, owner }
        })
        .collect();
    // Most users may not read debugfs, of which only other heaps than the system heap have anything.
    let has_areas = rows.iter().any(|row| !matches!(row.entry.kind.value, MemoryKind::System | MemoryKind::Udmabuf));
    let mut unread = root.unread();
    unread.retain(|unread| has_areas || !unread.path.starts_with(DEBUGFS));
    args.table.print_read(&selection, &rows, &unread, listing.simulated)?;
    for row in &rows {
        warn_of_contradiction(row);
    }
    warn_of_cgroup(&rows);
    if rows.is_empty() && listing.entries.is_empty() && listing.hidden.is_empty() {
        return Err(none(&root).into());
    }
    for error in &missing {
        message::print_error(error);
    }
    if !missing.is_empty() {
        return Ok(Exit::Failure);
    }
    if rows.is_empty() {
        output::info("no heaps found, but not everything could be read");
        return Ok(Exit::Failure);
    }
    Ok(Exit::Success)
}

fn warn_of_contradiction(row: &Row) {
    let HeapEntry { path, device, class_device, is_consistent, access, .. } = &row.entry;
    if *is_consistent || *access == HeapAccess::NotAHeap {
        return;
    }
    let show = |device: &Option<_>| device.as_ref().map_or_else(|| "no device number".to_owned(), ToString::to_string);
    output::info(&format!(
        "warning: {} is {}, but /sys/class/dma_heap has {}",
        path.display(),
        show(device),
        show(class_device)
    ));
}

/// FREE is a number, which does not say whose it is.
fn warn_of_cgroup(rows: &[Row]) {
    let bounded = rows.iter().filter_map(|row| Some((row.entry.cgroup.as_ref()?, row.entry.free?)));
    if let Some((cgroup, free)) = bounded.into_iter().next() {
        output::info(&format!("FREE is limited by cgroup {}, which leaves {}", cgroup.display(), Human(free)));
    }
}
