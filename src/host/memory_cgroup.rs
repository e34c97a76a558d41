//! What the memory cgroup of this process, and each one above it that can be seen, leaves.
//!
//! Where a limit is reached the kernel reclaims, and then runs the OOM killer inside of that cgroup
//! (`mem_cgroup_out_of_memory`), whatever the machine has free.

use super::Root;
use crate::host::parse::cgroup::{self, CgroupVersion, Limit, Membership};
use crate::host::parse::mountinfo::{self, CgroupMount};
use crate::sys::Errno;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

const MEBIBYTE: u64 = 1024 * 1024;
const CGROUP: &str = "/proc/self/cgroup";
const MOUNTINFO: &str = "/proc/self/mountinfo";

/// A cgroup with a limit. Sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// Its path below the root that this process sees.
    pub path: PathBuf,
    pub version: CgroupVersion,
    /// `memory.max`, or `memory.limit_in_bytes`.
    pub max: Option<u64>,
    /// `memory.high`, beyond which whoever allocates is slowed down.
    pub high: Option<u64>,
    /// Its memory without page cache.
    used: u64,
    /// What of that is slab that can be reclaimed.
    slab: u64,
}

impl Level {
    /// What of its memory cannot be reclaimed.
    #[must_use]
    pub(crate) fn used(&self) -> u64 {
        self.used.saturating_sub(self.slab)
    }

    /// What is left alone for the other processes in it and for what the kernel charges beside the buffers, in batches on
    /// each CPU (`MEMCG_CHARGE_BATCH`): 1/64 of the limit, between 256 KiB and 8 MiB.
    #[must_use]
    pub(crate) fn reserve(&self) -> u64 {
        self.max.map_or(0, |max| (max / 64).clamp(MEBIBYTE / 4, 8 * MEBIBYTE))
    }

    /// What may be charged to it; `None` without a limit.
    #[must_use]
    pub(crate) fn left(&self) -> Option<u64> {
        Some(self.max?.saturating_sub(self.used()).saturating_sub(self.reserve()))
    }

    /// What may be charged before it is slowed down; `None` where that never happens.
    #[must_use]
    pub(crate) fn swift(&self) -> Option<u64> {
        Some(self.high?.saturating_sub(self.used()))
    }

    /// What the limit is called.
    #[must_use]
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
    /// What is there and could not be read or understood. Its limit is not known, and does not count.
    pub unread: Vec<(PathBuf, Errno)>,
    /// Whether cgroups above the outermost one that can be seen may have limits, too.
    pub is_partial: bool,
    /// The cgroup, if it is not the root and its hierarchy is mounted nowhere.
    pub unmounted: Option<PathBuf>,
}

impl CgroupLimits {
    /// The cgroup that leaves least.
    #[must_use]
    pub(crate) fn tightest(&self) -> Option<&Level> {
        self.levels.iter().filter(|level| level.max.is_some()).min_by_key(|level| level.left())
    }
}

/// The way to the cgroups: where their hierarchies are mounted, which is looked up once.
///
/// An inode and a directory entry of each buffer are slab that counts as reclaimable and is not. What was there at the first
/// look, before this process has buffers, is the most that is taken for reclaimable later.
#[derive(Clone, Debug)]
pub(crate) struct Hierarchies {
    mounts: Result<Vec<CgroupMount>, Errno>,
    /// Of each cgroup with a limit.
    first_slab: OnceLock<Vec<(PathBuf, u64)>>,
}

impl Hierarchies {
    #[must_use]
    pub(crate) fn of(root: &Root) -> Self {
        let mounts = root.read(Path::new(MOUNTINFO)).map(|bytes| mountinfo::memory_cgroups(&bytes));
        Self { mounts, first_slab: OnceLock::new() }
    }

    /// The limits at this moment.
    #[must_use]
    pub(crate) fn limits(&self, root: &Root) -> CgroupLimits {
        let mut limits = self.read(root);
        let slab = |level: &Level| (level.path.clone(), level.slab);
        let first = self.first_slab.get_or_init(|| limits.levels.iter().map(slab).collect());
        for level in &mut limits.levels {
            let most = first.iter().find(|(path, _)| *path == level.path).map_or(0, |(_, slab)| *slab);
            level.slab = level.slab.min(most);
        }
        limits
    }

    fn read(&self, root: &Root) -> CgroupLimits {
        let mut limits = CgroupLimits::default();
        let memberships = match root.read(Path::new(CGROUP)) {
            Ok(bytes) => cgroup::memberships(&bytes),
            // No procfs, or a kernel without cgroups.
            Err(Errno::ENOENT) => return limits,
            Err(errno) => {
                limits.unread.push((CGROUP.into(), errno));
                return limits;
            }
        };
        let Some((membership, version)) = of_memory(&memberships) else { return limits };
        let mounts = match &self.mounts {
            Ok(mounts) => mounts.as_slice(),
            Err(errno) => {
                limits.unread.push((MOUNTINFO.into(), *errno));
                return limits;
            }
        };
        match Way::to(membership, version, mounts) {
            Some(way) => way.read(root, version, &mut limits),
            None if membership.path != Path::new("/") => limits.unmounted = Some(membership.path.clone()),
            None => {}
        }
        limits
    }
}

/// The place of a process in the hierarchy that limits memory: a controller is in one only.
pub(crate) fn of_memory(memberships: &[Membership]) -> Option<(&Membership, CgroupVersion)> {
    let first = memberships.iter().find(|membership| membership.has("memory")).map(|it| (it, CgroupVersion::One));
    first.or_else(|| memberships.iter().find(|membership| membership.is_unified()).map(|it| (it, CgroupVersion::Two)))
}

/// A mount through which a cgroup can be reached.
pub(crate) struct Way<'a> {
    mount: &'a CgroupMount,
    /// From the mount to the cgroup.
    rest: Vec<&'a OsStr>,
    /// How many levels are above the mount.
    hidden: usize,
}

impl<'a> Way<'a> {
    /// The one that shows most of what is above the cgroup.
    pub(crate) fn to(membership: &'a Membership, version: CgroupVersion, mounts: &'a [CgroupMount]) -> Option<Self> {
        let ways = mounts.iter().filter(|mount| mount.version == version);
        ways.filter_map(|mount| Self::of(mount, &membership.path)).min_by_key(|way| way.hidden)
    }

    fn of(mount: &'a CgroupMount, path: &'a Path) -> Option<Self> {
        let rest = path.strip_prefix(&mount.root).ok()?.components();
        // With `..` it is outside of the cgroup namespace.
        let name = |component: Component<'a>| match component {
            Component::Normal(name) => Some(name),
            _ => None,
        };
        let rest = rest.map(name).collect::<Option<Vec<_>>>()?;
        Some(Self { mount, rest, hidden: mount.root.components().count().saturating_sub(1) })
    }

    /// The paths from the mount to the cgroup and to those above it, its own first and last the mount itself.
    pub(crate) fn levels(&self) -> impl Iterator<Item = PathBuf> {
        (0..=self.rest.len()).rev().map(|depth| self.rest.iter().take(depth).collect())
    }

    fn read(&self, root: &Root, version: CgroupVersion, limits: &mut CgroupLimits) {
        limits.is_partial = self.hidden > 0;
        for below in self.levels() {
            let is_top = below.as_os_str().is_empty();
            let place = CgroupFiles { root, directory: self.mount.point.join(&below), unread: &mut limits.unread };
            let path = self.mount.root.join(below).components().collect();
            let (level, has_files) = match version {
                CgroupVersion::One => place.first(path),
                CgroupVersion::Two => place.second(path),
            };
            // In version 2 the root of all has no such file: this is one of a namespace.
            limits.is_partial |= is_top && version == CgroupVersion::Two && has_files;
            limits.levels.extend(level.filter(|level| level.max.or(level.high).is_some()));
        }
    }
}

/// The directory of a cgroup.
struct CgroupFiles<'a> {
    root: &'a Root,
    directory: PathBuf,
    unread: &'a mut Vec<(PathBuf, Errno)>,
}

impl CgroupFiles<'_> {
    fn first(mut self, path: PathBuf) -> (Option<Level>, bool) {
        let limit = self.limit("memory.limit_in_bytes");
        let Some(max) = limit.and_then(bytes) else { return (None, limit.is_some()) };
        let (used, slab) = self.used(CgroupVersion::One, "memory.usage_in_bytes");
        (Some(Level { path, version: CgroupVersion::One, max: Some(max), high: None, used: used.min(max), slab }), true)
    }

    fn second(mut self, path: PathBuf) -> (Option<Level>, bool) {
        let Some(limit) = self.limit("memory.max") else { return (None, false) };
        let (max, high) = (bytes(limit), self.limit("memory.high").and_then(bytes));
        if max.or(high).is_none() {
            return (None, true);
        }
        let (used, slab) = self.used(CgroupVersion::Two, "memory.current");
        (Some(Level { path, version: CgroupVersion::Two, max, high, used: used.min(max.unwrap_or(used)), slab }), true)
    }

    /// Without page cache, and what of that is slab that can be reclaimed.
    fn used(&mut self, version: CgroupVersion, usage: &str) -> (u64, u64) {
        let before = self.unread.len();
        let used = self.read(usage, cgroup::usage);
        // What is there and cannot be read could be all of it.
        let used = used.unwrap_or(if self.unread.len() > before { u64::MAX } else { 0 });
        let stat = self.read("memory.stat", |bytes| Some(cgroup::reclaimable(version, bytes))).unwrap_or_default();
        (used.saturating_sub(stat.files), stat.slab)
    }

    fn limit(&mut self, name: &str) -> Option<Limit> {
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

#[cfg(test)]
impl Level {
    /// One of version 2 with a limit, so that this is left of it.
    pub(crate) fn leaving(left: u64) -> Self {
        let max = Some(left + (16 << 20));
        let level = Self { path: "/job".into(), version: CgroupVersion::Two, max, high: None, used: 0, slab: 0 };
        Self { used: (16 << 20) - level.reserve(), ..level }
    }
}

#[cfg(test)]
mod tests;
