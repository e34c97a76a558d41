//! Who asks, as the kernel sees it.

use crate::host::Root;
use crate::sys::fd::status::Status;
use crate::sys::process::capability::{Capability, Effective};
use crate::sys::process::credentials::UserIds;
use std::path::Path;

/// Bits of access(2).
pub(super) const READ: u32 = 4;
pub(super) const SEARCH: u32 = 1;

#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) identity: UserIds,
    /// Whether it has `CAP_DAC_OVERRIDE` or `CAP_DAC_READ_SEARCH`, to which permission bits do not matter.
    pub(super) overrides: bool,
    /// Whether it is in a user namespace, where capabilities do not count for files of users outside of it.
    pub(super) is_in_namespace: bool,
}

impl Credentials {
    pub(super) fn of_this_process(root: &Root) -> Self {
        /// The first user namespace maps every number to itself (user_namespaces(7)).
        const FIRST: [&str; 3] = ["0", "0", "4294967295"];
        let identity = UserIds::of_this_process();
        let map = root.contents(Path::new("/proc/self/uid_map"));
        let is_first = |map: &[u8]| String::from_utf8_lossy(map).split_ascii_whitespace().eq(FIRST);
        let overrides = match Effective::of_this_process() {
            Ok(capabilities) => {
                [Capability::DacOverride, Capability::DacReadSearch].iter().any(|one| capabilities.has(*one))
            }
            Err(_) => identity.uid == 0,
        };
        Self { identity, overrides, is_in_namespace: map.is_some_and(|map| !is_first(&map)) }
    }

    /// Whether mode and capabilities suffice: the bits of the first class that the caller belongs to count.
    pub(super) fn may(&self, status: &Status, wanted: u32) -> bool {
        let shift = match &self.identity {
            me if me.uid == status.uid => 6,
            me if me.groups.contains(&status.gid) => 3,
            _ => 0,
        };
        status.mode >> shift & wanted == wanted || self.overrides && !self.is_in_namespace
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fd::status::{Device, FileKind};

    #[test]
    fn the_first_class_that_applies_decides() {
        let caller = |uid, overrides, is_in_namespace| Credentials {
            identity: UserIds { uid, groups: vec![uid, 44] },
            overrides,
            is_in_namespace,
        };
        let user = caller(1000, false, false);
        for (mode, uid, gid, expected) in [
            (0o600, 0, 0, false),
            (0o660, 0, 44, true),
            (0o666, 0, 0, true),
            (0o600, 1000, 0, true),
            // The owner is not among the others, nor is the group.
            (0o066, 1000, 0, false),
            (0o606, 0, 44, false),
        ] {
            let kind = FileKind::Character(Device { major: 252, minor: 0 });
            let status = Status { kind, mode: mode | 0o020_000, uid, gid, ..Status::default() };
            assert_eq!(user.may(&status, READ), expected, "{mode:o} {uid}:{gid}");
            assert!(caller(1000, true, false).may(&status, READ));
            assert_eq!(caller(1000, true, true).may(&status, READ), expected);
        }
    }
}
