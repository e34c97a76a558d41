//! A cgroup's limit, and what it leaves.

use crate::host::parse::cgroup::CgroupVersion;
use crate::sys::Errno;
use std::path::PathBuf;

const MEBIBYTE: u64 = 1024 * 1024;

/// A cgroup with a limit. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// Path below the root that this process sees.
    pub path: PathBuf,
    pub version: CgroupVersion,
    /// `memory.max`, or `memory.limit_in_bytes`.
    pub max: Option<u64>,
    /// `memory.high`, beyond which whoever allocates is slowed down.
    pub high: Option<u64>,
    /// Memory without page cache.
    pub(super) used: u64,
    /// The part of it that is slab and can be reclaimed.
    pub(super) slab: u64,
}

impl Level {
    /// Returns its memory that cannot be reclaimed.
    pub(crate) fn used(&self) -> u64 {
        self.used.saturating_sub(self.slab)
    }

    /// Returns what is left alone for the other processes in it and for what the kernel charges beside the buffers, in
    /// batches on each CPU (`MEMCG_CHARGE_BATCH`): 1/64 of the limit, between 256 KiB and 8 MiB.
    pub(crate) fn reserve(&self) -> u64 {
        self.max.map_or(0, |max| (max / 64).clamp(MEBIBYTE / 4, 8 * MEBIBYTE))
    }

    /// Returns what may be charged to it; `None` without a limit.
    pub(crate) fn left(&self) -> Option<u64> {
        Some(self.max?.saturating_sub(self.used()).saturating_sub(self.reserve()))
    }

    /// Returns what may be charged before it is slowed down; `None` where that never happens.
    pub(crate) fn swift(&self) -> Option<u64> {
        Some(self.high?.saturating_sub(self.used()))
    }

    /// Returns the name of the limit's file.
    pub(crate) fn limit_name(&self) -> &'static str {
        match self.version {
            CgroupVersion::One => "memory.limit_in_bytes",
            CgroupVersion::Two => "memory.max",
        }
    }
}

/// Limits that hold for this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CgroupLimits {
    /// The cgroups that have one, its own first.
    pub levels: Vec<Level>,
    /// Files that are there and could not be read or understood. Their limits are not known, and do not count.
    pub unread: Vec<(PathBuf, Errno)>,
    /// Whether cgroups above the outermost one that can be seen may have limits as well.
    pub is_partial: bool,
    /// The cgroup, if it is not the root and its hierarchy is mounted nowhere.
    pub unmounted: Option<PathBuf>,
}

impl CgroupLimits {
    /// The cgroup that leaves least.
    pub(crate) fn tightest(&self) -> Option<&Level> {
        self.levels.iter().filter(|level| level.max.is_some()).min_by_key(|level| level.left())
    }
}

#[cfg(test)]
impl Level {
    /// Makes a level of version 2 with a limit, so this is left of it.
    pub(crate) fn leaving(left: u64) -> Self {
        let max = Some(left + (16 << 20));
        let level = Self { path: "/job".into(), version: CgroupVersion::Two, max, high: None, used: 0, slab: 0 };
        Self { used: (16 << 20) - level.reserve(), ..level }
    }
}
