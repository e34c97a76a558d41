//! The kernel's own lists of all dma-bufs: debugfs and sysfs.

use super::Source;
use super::lines::Lines;
use crate::machine::Root;
use crate::procfs::bufinfo::{self, Bufinfo};
use crate::sys::Result;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const BUFINFO: &str = "/sys/kernel/debug/dma_buf/bufinfo";
const STATISTICS: &str = "/sys/kernel/dmabuf/buffers";
/// A bound against an endless file: some million buffers.
const LIMIT: u64 = 512 * 1024 * 1024;

/// Reads `bufinfo`, line by line: what it takes is for the buffers and not for the file.
pub(super) fn read_bufinfo(root: &Root) -> (Source, Bufinfo) {
    match read(root) {
        Ok(info) => (if info.is_complete { Source::Read } else { Source::Cut }, info),
        Err(errno) => (Source::Failed(errno), Bufinfo::default()),
    }
}

fn read(root: &Root) -> Result<Bufinfo> {
    let mut parser = bufinfo::Parser::default();
    let mut file = root.reader(Path::new(BUFINFO))?.take(LIMIT);
    Lines::new().for_each(&mut file, |line| parser.line(line))?;
    Ok(parser.finish())
}

/// The inode numbers of all buffers in sysfs (`CONFIG_DMABUF_SYSFS_STATS`, 5.14 to 6.19).
pub(super) fn statistics(root: &Root) -> Result<Vec<u64>> {
    let names = root.entries(Path::new(STATISTICS))?;
    Ok(names.iter().filter_map(|name| std::str::from_utf8(name.as_bytes()).ok()?.parse().ok()).collect())
}

/// The size and the exporter of one of them.
///
/// # Errors
/// ENOENT or ENODEV when it was freed meanwhile.
pub(super) fn statistic(root: &Root, inode: u64) -> Result<(Option<u64>, String)> {
    let directory = Path::new(STATISTICS).join(inode.to_string());
    let exporter = root.read(&directory.join("exporter_name"))?;
    let exporter = String::from_utf8_lossy(exporter.strip_suffix(b"\n").unwrap_or(&exporter)).into_owned();
    Ok((root.read_number(&directory.join("size")), exporter))
}
