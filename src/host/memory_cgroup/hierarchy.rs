//! Where the cgroups of this process are mounted, and the limits on the way from its own to the outermost.

use super::files::CgroupFiles;
use super::limits::{CgroupLimits, Level};
use crate::host::Root;
use crate::host::parse::cgroup::{self, CgroupVersion, Membership};
use crate::host::parse::mountinfo::{self, CgroupMount};
use crate::sys::Errno;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

const CGROUP: &str = "/proc/self/cgroup";
const MOUNTINFO: &str = "/proc/self/mountinfo";

/// The way to the cgroups: where their hierarchies are mounted, which is looked up once.
///
/// An inode and a directory entry of each buffer are slab that counts as reclaimable and is not. What was there at the first
/// look, before this process has buffers, is the most that is taken for reclaimable later.
#[derive(Clone, Debug)]
pub(crate) struct Hierarchies {
    mounts: Result<Vec<CgroupMount>, Errno>,
    /// The slab of each cgroup with a limit, as it was read first.
    first_slab: OnceLock<Vec<(PathBuf, u64)>>,
}

impl Hierarchies {
    pub(crate) fn of(root: &Root) -> Self {
        let mounts = root.read(Path::new(MOUNTINFO)).map(|bytes| mountinfo::memory_cgroups(&bytes));
        Self { mounts, first_slab: OnceLock::new() }
    }

    /// The limits at this moment.
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

    /// Returns what a cgroup uses at this moment, bytes; `None` where that cannot be read, as for the root of all.
    pub(crate) fn usage(&self, root: &Root, membership: &Membership, version: CgroupVersion) -> Option<u64> {
        let way = Way::to(membership, version, self.mounts.as_ref().ok()?)?;
        let file = match version {
            CgroupVersion::One => "memory.usage_in_bytes",
            CgroupVersion::Two => "memory.current",
        };
        let path = way.mount.point.join(way.levels().next()?).join(file);
        cgroup::usage(&root.read(&path).ok()?)
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
    /// The components from the mount to the cgroup.
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
                CgroupVersion::One => place.read_v1(path),
                CgroupVersion::Two => place.read_v2(path),
            };
            // In version 2 the root of all has no such file: this is one of a namespace.
            limits.is_partial |= is_top && version == CgroupVersion::Two && has_files;
            limits.levels.extend(level.filter(|level| level.max.or(level.high).is_some()));
        }
    }
}
