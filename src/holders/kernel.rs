//! The kernel's own lists of all dma-bufs: debugfs and sysfs.

use super::lines::for_each_line;
use super::{Buffer, ReadState};
use crate::host::Root;
use crate::host::parse::bufinfo::{self, Record, Shortfall};
use crate::sys::Result;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const BUFINFO: &str = "/sys/kernel/debug/dma_buf/bufinfo";
const STATISTICS: &str = "/sys/kernel/dmabuf/buffers";

/// Reads `bufinfo`, line by line, and calls `each` with every buffer in it, in the order of the file.
pub(crate) fn read_bufinfo(root: &Root, mut each: impl FnMut(Record)) -> ReadState {
    let mut parser = bufinfo::Parser::default();
    let mut read = || {
        let file = root.reader(Path::new(BUFINFO))?;
        for_each_line(file, |line| {
            if let Some(record) = parser.parse_line(line) {
                each(record);
            }
        })
    };
    if let Err(errno) = read() {
        return ReadState::Failed(errno);
    }
    let (last, shortfall) = parser.finish();
    if let Some(record) = last {
        each(record);
    }
    shortfall.map_or(ReadState::Read, ReadState::Partial)
}

/// Buffers that are kept: with all that is made of them they take less than 64 MiB, a table apart. Each takes some KiB of
/// the kernel's own memory, so a list that has more is likely to be forged.
const MOST_BUFFERS: usize = 150_000;

/// Buffers in bufinfo, in the order of their inode numbers. There may be very many.
#[derive(Debug, Default)]
pub(super) struct Listed(pub(super) Vec<Buffer>);

impl Listed {
    pub(super) fn read(root: &Root) -> (Self, ReadState) {
        let mut buffers = Vec::new();
        let mut is_cut = false;
        let source = read_bufinfo(root, |record| match buffers.len() {
            MOST_BUFFERS.. => is_cut = true,
            _ => buffers.push(Buffer::from(record)),
        });
        let source = if is_cut { ReadState::Partial(Shortfall::Buffers { kept: MOST_BUFFERS }) } else { source };
        buffers.shrink_to_fit();
        buffers.sort_unstable_by_key(|buffer| buffer.inode);
        (Self(buffers), source)
    }

    pub(super) fn get(&self, inode: u64) -> Option<&Buffer> {
        let place = self.0.binary_search_by_key(&inode, |buffer| buffer.inode).ok()?;
        self.0.get(place)
    }

    pub(super) fn has(&self, inode: u64) -> bool {
        self.get(inode).is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The inode numbers of all buffers in sysfs (`CONFIG_DMABUF_SYSFS_STATS`, 5.14 to 6.19).
pub(super) fn statistics(root: &Root) -> Result<Vec<u64>> {
    let names = root.entries(Path::new(STATISTICS))?;
    Ok(names.iter().filter_map(|name| std::str::from_utf8(name.as_bytes()).ok()?.parse().ok()).collect())
}

/// The size and the exporter of one of them.
///
/// # Errors
/// ENOENT or ENODEV when it was freed in the meantime.
pub(super) fn statistic(root: &Root, inode: u64) -> Result<(Option<u64>, String)> {
    let directory = Path::new(STATISTICS).join(inode.to_string());
    let exporter = root.read(&directory.join("exporter_name"))?;
    let exporter = String::from_utf8_lossy(exporter.strip_suffix(b"\n").unwrap_or(&exporter)).into_owned();
    Ok((root.read_number(&directory.join("size")), exporter))
}
