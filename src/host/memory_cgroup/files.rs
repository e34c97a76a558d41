//! The files of one cgroup.

use super::limits::Level;
use crate::host::Root;
use crate::host::parse::cgroup::{self, CgroupVersion, Limit};
use crate::sys::Errno;
use std::path::PathBuf;

/// The directory of a cgroup.
pub(super) struct CgroupFiles<'a> {
    pub(super) root: &'a Root,
    pub(super) directory: PathBuf,
    pub(super) unread: &'a mut Vec<(PathBuf, Errno)>,
}

impl CgroupFiles<'_> {
    /// Returns the level, if it has a limit, and whether the cgroup has the file for one.
    pub(super) fn read_v1(mut self, path: PathBuf) -> (Option<Level>, bool) {
        let limit = self.read_limit("memory.limit_in_bytes");
        let Some(max) = limit.and_then(bytes) else { return (None, limit.is_some()) };
        let (used, slab) = self.read_used(CgroupVersion::One, "memory.usage_in_bytes");
        (Some(Level { path, version: CgroupVersion::One, max: Some(max), high: None, used: used.min(max), slab }), true)
    }

    pub(super) fn read_v2(mut self, path: PathBuf) -> (Option<Level>, bool) {
        let Some(limit) = self.read_limit("memory.max") else { return (None, false) };
        let (max, high) = (bytes(limit), self.read_limit("memory.high").and_then(bytes));
        if max.or(high).is_none() {
            return (None, true);
        }
        let (used, slab) = self.read_used(CgroupVersion::Two, "memory.current");
        (Some(Level { path, version: CgroupVersion::Two, max, high, used: used.min(max.unwrap_or(used)), slab }), true)
    }

    /// Without page cache, and what of that is slab that can be reclaimed.
    fn read_used(&mut self, version: CgroupVersion, usage: &str) -> (u64, u64) {
        let before = self.unread.len();
        let used = self.read(usage, cgroup::usage);
        // What is there and cannot be read could be all of it.
        let used = used.unwrap_or(if self.unread.len() > before { u64::MAX } else { 0 });
        let stat = self.read("memory.stat", |bytes| Some(cgroup::reclaimable(version, bytes))).unwrap_or_default();
        (used.saturating_sub(stat.files), stat.slab)
    }

    fn read_limit(&mut self, name: &str) -> Option<Limit> {
        self.read(name, cgroup::limit)
    }

    /// `None` where it is not there; whatever else keeps it from being known is kept.
    fn read<T>(&mut self, name: &str, parse: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let path = self.directory.join(name);
        match self.root.read(&path).and_then(|bytes| parse(&bytes).ok_or(Errno::EINVAL)) {
            Ok(value) => Some(value),
            Err(Errno::ENOENT) => None,
            Err(errno) => {
                self.unread.push((path, errno));
                None
            }
        }
    }
}

fn bytes(limit: Limit) -> Option<u64> {
    match limit {
        Limit::Bytes(bytes) => Some(bytes),
        Limit::Unlimited => None,
    }
}
