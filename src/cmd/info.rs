//! `dmaheap info`

use super::Manual;
use super::buffer_row::asking;
use super::buffers::{NamedBuffer, View, unread};
use super::source::{self, Opened};
use crate::args::source::BufferSource;
use crate::args::table::{self, Columns, Table};
use crate::cmd::message;
use crate::dmabuf::DmaBuf;
use crate::exit::Exit;
use crate::holders::{self, Coverage, Gap, Holder, HolderDetails, ReadState};
use crate::host::parse::fdinfo::Fdinfo;
use crate::host::{Root, simulation};
use crate::sys::fd::{oflags, status};
use crate::ui::column::Selection;
use crate::ui::{Cell, Column, column, headings, output};
use std::os::fd::AsFd;

/// Identify a file descriptor, and report all that the kernel says about a dma-buf
///
/// If the descriptor is not a dma-buf, info says what it is, and the status is 1.
#[derive(clap::Args, Clone, Debug)]
#[command(
    override_usage = "dmaheap info [OPTIONS] <-f <N>|--from-socket <SOCKET>>",
    group(clap::ArgGroup::new("buffer").args(["fd", "from_socket", "list_columns"]).required(true).multiple(true)),
    mut_arg("peer_timeout", |timeout| timeout.requires("from_socket")),
    mut_args(table::of_one_thing),
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub source: BufferSource,

    #[command(flatten)]
    pub columns: Columns,
}

/// A buffer, as the kernel describes it.
#[derive(Debug)]
pub(crate) struct Row {
    fd: Option<i32>,
    size: u64,
    inode: u64,
    flags: u32,
    fdinfo: Fdinfo,
    /// The row of the scan for it.
    found: Option<NamedBuffer>,
    unreadable: Option<u64>,
}

/// Columns that are shown if none are chosen, as far as they hold anything.
pub(crate) const DEFAULT: &str = "SIZE,INODE,NAME,EXPORTER,FLAGS,ACCESS,REFS,KERNEL,BY,FENCES,DEVICES,HOLDERS";

/// Columns that take a scan of all processes.
const SCANNED: [&str; 8] = ["FDS", "MAPS", "KERNEL", "BY", "FENCES", "DEVICES", "HOLDERS", "UNREADABLE"];

pub(crate) const COLUMNS: &[Column<Row>] = &[
    column("FD", "fd", "file descriptor").text(|row| Cell::number(row.fd.and_then(|fd| u64::try_from(fd).ok()))),
    column("SIZE", "size", "size (lseek), bytes").text(|row| Cell::Bytes(row.size)),
    column("INODE", "inode", "inode number, unique to each buffer").text(|row| Cell::Number(row.inode)),
    column("NAME", "name", "name (DMA_BUF_SET_NAME)").text(|row| row.fdinfo.name.clone().into()),
    column("EXPORTER", "exporter", "exporter: a heap or a driver").text(|row| row.fdinfo.exporter.clone().into()),
    column("FLAGS", "flags", "flags of the open file, which all its descriptors share (fcntl), a hexadecimal word")
        .text(|row| Cell::Word { value: row.flags.into(), spelled: oflags::spell(row.flags) }),
    column("ACCESS", "access", "access mode: ro, wo, rw, or none").text(|row| access(row.flags).into()),
    column("REFS", "refs", "references to its file, including the kernel's and dmaheap's own")
        .text(|row| Cell::number(row.fdinfo.count)),
    column("FDS", "fds", "references that are descriptors of visible processes")
        .text(|row| of_found(row, |found| Cell::Number(found.buffer.fds))),
    column("MAPS", "maps", "references that are mappings of visible processes")
        .text(|row| of_found(row, |found| Cell::Number(found.buffer.maps))),
    column("KERNEL", "kernel", "remaining references: importers, descriptors in flight, unreadable processes")
        .text(|row| of_found(row, |found| Cell::number(found.buffer.unexplained()))),
    column("DEVICES", "devices", "attached devices (from debugfs)").text(|row| of_found(row, NamedBuffer::devices)),
    column("BY", "by", "who the remaining references are: devices, poll or importer; inferred but for the first")
        .text(|row| of_found(row, NamedBuffer::kernel_holder)),
    column("FENCES", "fences", "number of its fences that are pending (from debugfs)")
        .text(|row| of_found(row, NamedBuffer::fences)),
    column("HOLDERS", "holders", "processes that hold it, including dmaheap itself; in JSON pid, command, fds, maps")
        .text(|row| of_found(row, |found| found.holders(shown))),
    column("UNREADABLE", "unreadable", "number of processes that could not be read")
        .text(|row| Cell::number(row.unreadable)),
];

fn of_found(row: &Row, cell: fn(&NamedBuffer) -> Cell) -> Cell {
    row.found.as_ref().map(cell).into()
}

fn shown(Holder { pid, fds, maps }: &Holder, command: &str) -> String {
    format!("{pid}:{command} ({fds} fd, {maps} mapped)")
}

fn access(flags: u32) -> &'static str {
    match flags & oflags::ACCESS_MASK {
        oflags::RDONLY => "ro",
        oflags::WRONLY => "wo",
        oflags::RDWR => "rw",
        _ => "none",
    }
}

pub(crate) const MANUAL: Manual =
    Manual { verb: "info", columns: || headings(COLUMNS), prose: || include_str!("info.md").into() };

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let table = Table::vertical(&args.columns);
    let Some(selection) = super::selected(&table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    let Opened { fd, number, object, identity } = source::open(&args.source, "inspect")?;
    identity.check("inspect", &object)?;
    let buffer = DmaBuf::from(fd);
    let mut row = Row {
        fd: number,
        size: buffer.size().map_err(asking(&buffer))?,
        inode: buffer.inode().map_err(asking(&buffer))?,
        flags: status::file_flags(buffer.as_fd()).map_err(asking(&buffer))?,
        fdinfo: buffer.fdinfo(),
        found: None,
        unreadable: None,
    };
    let is_scanned = SCANNED.iter().any(|name| selection.has(name));
    let gaps = is_scanned.then(|| look_for_holders(&mut row, &selection));
    match gaps {
        Some(gaps) => table.print_scanned(&selection, &[row], unread(&gaps), simulation::is_simulated())?,
        None => table.print(&selection, &[row], simulation::is_simulated())?,
    }
    Ok(Exit::Success)
}

/// Fills in what the scan found. Reports what the scan cannot see on stderr, and returns that.
fn look_for_holders(row: &mut Row, selection: &Selection<Row>) -> Vec<Gap> {
    match holders::scan(&Root::machine(), HolderDetails { commands: true, cgroups: false }) {
        Err(error) => {
            message::print_error(&error);
            vec![Gap::of(&error)]
        }
        Ok(scan) => {
            let coverage = scan.coverage.clone();
            row.unreadable = u64::try_from(coverage.unreadable).ok();
            row.found = NamedBuffer::rows(scan).into_iter().find(|found| found.buffer.inode == row.inode);
            // This buffer is held by a process, this one: a list of all that are not is nothing to miss.
            let gaps = Coverage { statistics: ReadState::Read, is_simulated: false, ..coverage }.gaps();
            if selection.has("HOLDERS") {
                for gap in &gaps {
                    output::info(&gap.to_string());
                }
            }
            gaps
        }
    }
}
