//! Whether a file may be read, by the kernel's own rules (`generic_permission` in `fs/namei.c`).

use super::acl::{Entry, Who};
use crate::host::Root;
use crate::host::parse::idmap::IdMap;
use crate::sys::fd::status::{self, Identity, Status};
use crate::sys::process::capability::{Capability, Effective};
use std::path::Path;

const READ: u32 = 4;

/// What the kernel takes this process for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub identity: Identity,
    /// Whether it has `CAP_DAC_OVERRIDE` or `CAP_DAC_READ_SEARCH`, which look over permission bits.
    pub overrides: bool,
    users: IdMap,
    groups: IdMap,
    /// The numbers that stand for a user and a group which its namespace does not know.
    overflow: (u32, u32),
}

impl Credentials {
    /// Those of this process. Without /proc it is taken to be in the first user namespace.
    #[must_use]
    pub(crate) fn of_this_process(root: &Root) -> Self {
        /// `DEFAULT_OVERFLOWUID` of linux/highuid.h.
        const OVERFLOW: u32 = 65_534;
        let identity = status::identity();
        let usual = || if identity.uid == 0 { Effective::all() } else { Effective::none() };
        let capabilities = Effective::of_this_process().unwrap_or_else(|_| usual());
        let map = |path: &str| {
            IdMap::parse(&root.read(Path::new(path)).unwrap_or_else(|_| format!("0 0 {}", u32::MAX).into_bytes()))
        };
        let overflow = |path: &str| {
            root.read_number(Path::new(path)).and_then(|number| u32::try_from(number).ok()).unwrap_or(OVERFLOW)
        };
        Self {
            overrides: [Capability::DacOverride, Capability::DacReadSearch].iter().any(|one| capabilities.has(*one)),
            users: map("/proc/self/uid_map"),
            groups: map("/proc/self/gid_map"),
            overflow: (overflow("/proc/sys/kernel/overflowuid"), overflow("/proc/sys/kernel/overflowgid")),
            identity,
        }
    }

    /// Whether the user namespace of this process knows owner and group of a file: only then a capability counts
    /// for it (`privileged_wrt_inode_uidgid`).
    ///
    /// The number of unknown ones may also be that of a user that is known, who is taken for unknown then.
    #[must_use]
    pub(crate) fn knows_owner(&self, status: &Status) -> bool {
        let knows = |map: &IdMap, id: u32, overflow: u32| map.is_whole() || map.contains(id) && id != overflow;
        knows(&self.users, status.uid, self.overflow.0) && knows(&self.groups, status.gid, self.overflow.1)
    }

    /// Whether a file of this status and list may be opened for reading.
    #[must_use]
    pub(crate) fn may_read(&self, status: &Status, list: &[Entry]) -> bool {
        self.is_granted(status, list) || self.overrides && self.knows_owner(status)
    }

    /// `acl_permission_check`.
    fn is_granted(&self, status: &Status, list: &[Entry]) -> bool {
        let group_bits = status.mode >> 3 & 0o7;
        if self.identity.uid == status.uid {
            return status.mode >> 6 & READ != 0;
        }
        // A list whose mask is empty is not looked at.
        if !list.is_empty() && group_bits != 0 {
            return self.is_granted_by(status, list);
        }
        let is_member = self.identity.groups.contains(&status.gid);
        if is_member { group_bits & READ != 0 } else { status.mode & READ != 0 }
    }

    /// `posix_acl_permission`: a user of the list is decided by that entry alone; of groups one that may is enough,
    /// and whoever is in any is not among the others.
    fn is_granted_by(&self, status: &Status, list: &[Entry]) -> bool {
        let may = |entry: &Entry| u32::from(entry.permissions) & READ != 0;
        let masked = |entry: &Entry| may(entry) && list.iter().filter(|entry| entry.who == Who::Mask).all(may);
        let me = &self.identity;
        if let Some(entry) = list.iter().find(|entry| entry.who == Who::User(me.uid)) {
            return masked(entry);
        }
        let is_mine = |entry: &&Entry| match entry.who {
            Who::OwningGroup => me.groups.contains(&status.gid),
            Who::Group(gid) => me.groups.contains(&gid),
            _ => false,
        };
        let mut groups = list.iter().filter(is_mine).peekable();
        if groups.peek().is_some() {
            return groups.any(masked);
        }
        list.iter().any(|entry| entry.who == Who::Other && may(entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fd::status::{Device, FileKind};

    fn who(uid: u32, groups: &[u32], overrides: bool) -> Credentials {
        Credentials {
            identity: Identity { uid, groups: groups.to_vec() },
            overrides,
            users: IdMap::parse(b"0 0 4294967295"),
            groups: IdMap::parse(b"0 0 4294967295"),
            overflow: (65_534, 65_534),
        }
    }

    fn node(mode: u32, uid: u32, gid: u32) -> Status {
        let kind = FileKind::Character(Device { major: 252, minor: 0 });
        Status { kind, mode: mode | 0o020_000, uid, gid, inode: 1, size: 0 }
    }

    fn list(entries: &[(Who, u16)]) -> Vec<Entry> {
        entries.iter().map(|(who, permissions)| Entry { who: *who, permissions: *permissions }).collect()
    }

    #[test]
    fn the_first_class_that_applies_decides() {
        let user = who(1000, &[1000, 44], false);
        for (mode, uid, gid, expected) in [
            (0o600, 0, 0, false),
            (0o660, 0, 44, true),
            (0o666, 0, 0, true),
            (0o440, 0, 44, true),
            (0o600, 1000, 0, true),
            // The owner is not among the others, nor is the group.
            (0o066, 1000, 0, false),
            (0o606, 0, 44, false),
        ] {
            assert_eq!(user.may_read(&node(mode, uid, gid), &[]), expected, "{mode:o} {uid}:{gid}");
        }
    }

    #[test]
    fn root_is_nobody_without_the_capability() {
        assert!(who(0, &[0], true).may_read(&node(0, 1000, 1000), &[]));
        assert!(!who(0, &[0], false).may_read(&node(0o600, 1000, 1000), &[]));
        assert!(!who(0, &[0], false).may_read(&node(0o040, 0, 0), &[]));
        assert!(who(0, &[0], false).may_read(&node(0o400, 0, 0), &[]));
        assert!(who(1000, &[1000], true).may_read(&node(0, 0, 0), &[]));
    }

    #[test]
    fn a_capability_ends_at_the_user_namespace() {
        let mut rootless = who(0, &[0], true);
        rootless.users = IdMap::parse(b"0 1000 1\n1 100000 65536\n");
        rootless.groups = rootless.users.clone();
        assert!(!rootless.may_read(&node(0o600, 65_534, 65_534), &[]));
        assert!(!rootless.may_read(&node(0o060, 1, 65_534), &[]));
        assert!(rootless.may_read(&node(0o600, 1, 1), &[]));
        assert!(rootless.may_read(&node(0o666, 65_534, 65_534), &[]));
    }

    #[test]
    fn a_named_user_is_decided_by_that_entry_alone() {
        let denies =
            list(&[(Who::Owner, 6), (Who::User(1000), 0), (Who::OwningGroup, 6), (Who::Mask, 6), (Who::Other, 6)]);
        let node = node(0o666, 0, 44);
        assert!(!who(1000, &[44], false).may_read(&node, &denies));
        assert!(who(1001, &[44], false).may_read(&node, &denies));
        assert!(who(1001, &[1001], false).may_read(&node, &denies));
        assert!(who(1000, &[44], true).may_read(&node, &denies));
    }

    #[test]
    fn the_group_bits_of_a_file_with_a_list_are_its_mask() {
        let grants = list(&[
            (Who::Owner, 6),
            (Who::User(1000), 6),
            (Who::OwningGroup, 0),
            (Who::Group(105), 4),
            (Who::Mask, 6),
            (Who::Other, 0),
        ]);
        let node = node(0o660, 0, 44);
        assert!(who(1000, &[1000], false).may_read(&node, &grants));
        assert!(!who(1001, &[44], false).may_read(&node, &grants));
        assert!(who(1001, &[44, 105], false).may_read(&node, &grants));
        let masked: Vec<Entry> = grants
            .iter()
            .map(|entry| if entry.who == Who::Mask { Entry { permissions: 2, ..*entry } } else { *entry })
            .collect();
        assert!(!who(1000, &[1000], false).may_read(&self::node(0o620, 0, 44), &masked));
        // An empty mask: the list is not looked at, and the others' bits count.
        assert!(who(1000, &[1000], false).may_read(&self::node(0o604, 0, 44), &masked));
    }
}
