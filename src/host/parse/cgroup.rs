//! `/proc/PID/cgroup` and the files of a memory cgroup (cgroups(7); Documentation/admin-guide/cgroup-v2.rst and
//! cgroup-v1/memory.rst).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The interface of a hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CgroupVersion {
    /// A hierarchy for each controller, or for some of them.
    One,
    /// One for all; its controllers may also be those of version 1.
    Two,
}

/// A process's place in a hierarchy: a line of `/proc/PID/cgroup`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    /// The controllers of version 1, as `cpu,cpuacct`; empty in version 2.
    pub controllers: Vec<u8>,
    /// The cgroup's path below the root that this process sees.
    pub path: PathBuf,
}

impl Membership {
    /// Whether it is that of version 1's hierarchy with `controller`.
    pub(crate) fn has(&self, controller: &str) -> bool {
        self.controllers.split(|byte| *byte == b',').any(|name| name == controller.as_bytes())
    }

    /// Whether it is that of version 2.
    pub(crate) fn is_unified(&self) -> bool {
        self.controllers.is_empty()
    }
}

/// `PATH_MAX` of linux/limits.h.
const LONGEST_PATH: usize = 4096;

/// Parses `/proc/PID/cgroup`: `4:cpu,memory:/job` or `0::/job`. A path may hold colons. The kernel prints none that is
/// longer than `PATH_MAX` (`proc_cgroup_show`), and one with a million levels could not be gone through.
pub(crate) fn memberships(bytes: &[u8]) -> Vec<Membership> {
    let line = |line: &[u8]| {
        let mut fields = line.splitn(3, |byte| *byte == b':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next().filter(|path| path.len() < LONGEST_PATH)?);
        let path = PathBuf::from(OsString::from_vec(path.to_vec()));
        Some(Membership { controllers: controllers.to_vec(), path })
    };
    bytes.split(|byte| *byte == b'\n').filter_map(line).collect()
}

/// A limit in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// `max`, or more than any machine has.
    Unlimited,
    Bytes(u64),
}

/// Parses `memory.max`, `memory.high` or `memory.limit_in_bytes`; `None` for what is neither a number nor `max`.
///
/// Version 1 writes the number of pages that a `long` can count (`PAGE_COUNTER_MAX`) where there is no limit, in bytes.
pub(crate) fn limit(bytes: &[u8]) -> Option<Limit> {
    const LARGEST_PAGE: u64 = 64 * 1024;
    match bytes.trim_ascii() {
        b"max" => Some(Limit::Unlimited),
        number if !number.is_empty() && number.iter().all(u8::is_ascii_digit) => {
            // More than 64 bits hold is more than any machine has.
            let bytes = std::str::from_utf8(number).ok()?.parse().unwrap_or(u64::MAX);
            Some(if bytes >= i64::MAX as u64 - LARGEST_PAGE { Limit::Unlimited } else { Limit::Bytes(bytes) })
        }
        _ => None,
    }
}

/// Parses `memory.current` or `memory.usage_in_bytes`.
pub(crate) fn usage(bytes: &[u8]) -> Option<u64> {
    super::number(bytes)
}

/// The part of the usage that can be reclaimed without swapping, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reclaimable {
    /// Page cache on the lists of files. Memory of shmem is on those of anonymous memory.
    pub files: u64,
    /// Slab of which the kernel says so: inodes and directory entries. Those that are in use count as well.
    pub slab: u64,
}

/// Parses `memory.stat`. Version 1 says nothing of slab.
pub(crate) fn reclaimable(version: CgroupVersion, bytes: &[u8]) -> Reclaimable {
    let mut found = Reclaimable::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Some(space) = line.iter().position(|byte| *byte == b' ') else { continue };
        let (key, value) = line.split_at(space);
        let sum = match (version, key) {
            // Without `total_` they are of the cgroup alone, while its usage counts those below.
            (CgroupVersion::One, b"total_inactive_file" | b"total_active_file")
            | (CgroupVersion::Two, b"inactive_file" | b"active_file") => &mut found.files,
            (CgroupVersion::Two, b"slab_reclaimable") => &mut found.slab,
            _ => continue,
        };
        *sum = sum.saturating_add(usage(value).unwrap_or(0));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_line_is_a_place_in_a_hierarchy() {
        let found = memberships(b"9:name=systemd:/\n4:cpu,memory:/job:with a colon\n0::/user.slice\nbroken\n3:\n");
        let paths: Vec<&str> = found.iter().map(|membership| membership.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["/", "/job:with a colon", "/user.slice"]);
        let memory: Vec<bool> = found.iter().map(|membership| membership.has("memory")).collect();
        assert_eq!(memory, [false, true, false]);
        assert!(found[2].is_unified() && !found[0].is_unified());
        assert_eq!(memberships(b""), []);
        let long = |length: usize| memberships(format!("0::/{}", "a/".repeat(length)).as_bytes()).len();
        assert_eq!((long(2000), long(2048)), (1, 0));
    }

    #[test]
    fn a_limit_is_a_number_or_none() {
        assert_eq!(limit(b"67108864\n"), Some(Limit::Bytes(64 << 20)));
        assert_eq!(limit(b"0"), Some(Limit::Bytes(0)));
        assert_eq!(limit(b"max\n"), Some(Limit::Unlimited));
        // PAGE_COUNTER_MAX with pages of 4 and of 64 KiB.
        assert_eq!(limit(b"9223372036854771712\n"), Some(Limit::Unlimited));
        assert_eq!(limit(b"9223372036854710272\n"), Some(Limit::Unlimited));
        assert_eq!(limit(b"99999999999999999999999999\n"), Some(Limit::Unlimited));
        for nonsense in [&b""[..], b"\n", b"maximum", b"-1", b"1 2", b"\xff", b"0x10"] {
            assert_eq!(limit(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn page_cache_and_slab_can_be_reclaimed_and_nothing_else() {
        let two = b"anon 1000\nfile 900\nshmem 500\ninactive_file 300\nactive_file 100\nslab_reclaimable 7\nslab 10\n";
        assert_eq!(reclaimable(CgroupVersion::Two, two), Reclaimable { files: 400, slab: 7 });
        let one = b"cache 1\ninactive_file 5\ntotal_inactive_file 300\ntotal_active_file 100\ntotal_rss 9";
        assert_eq!(reclaimable(CgroupVersion::One, one), Reclaimable { files: 400, slab: 0 });
        let nonsense = b"inactive_file many\nactive_file\n active_file 3\nslab_reclaimable 1 2\n";
        assert_eq!(reclaimable(CgroupVersion::Two, nonsense), Reclaimable::default());
        let huge = b"inactive_file 18446744073709551615\nactive_file 5\n";
        assert_eq!(reclaimable(CgroupVersion::Two, huge).files, u64::MAX);
    }

    #[test]
    fn usage_is_a_number() {
        assert_eq!(usage(b"4096\n"), Some(4096));
        assert_eq!(usage(b"18446744073709551616\n"), None);
        assert_eq!(usage(b"max\n"), None);
        for text in [b"+7".as_slice(), b"\x0b7", b"-7", b"7 7", b""] {
            assert_eq!((usage(text), limit(text)), (None, None), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (memberships(&bytes), limit(&bytes), usage(&bytes));
            let _ = (reclaimable(CgroupVersion::One, &bytes), reclaimable(CgroupVersion::Two, &bytes));
        }

        #[test]
        fn every_number_is_read_back(bytes in any::<u64>()) {
            let text = format!("{bytes}\n");
            prop_assert_eq!(usage(text.as_bytes()), Some(bytes));
            prop_assert!(limit(text.as_bytes()).is_some());
            let stat = format!("active_file {bytes}\nanon {bytes}\n");
            prop_assert_eq!(reclaimable(CgroupVersion::Two, stat.as_bytes()).files, bytes);
        }
    }
}
