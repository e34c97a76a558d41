use super::*;
use crate::host::Root;
use crate::sys::Errno;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A machine with these files.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new(files: &[(&str, &str)]) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            let path = machine.path(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        machine
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn limits(&self) -> CgroupLimits {
        let root = Root::at(self.0.path()).unwrap();
        Hierarchies::of(&root).limits(&root)
    }
}

const UNIFIED: (&str, &str) =
    ("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n");

fn lefts(limits: &CgroupLimits) -> Vec<(&str, Option<u64>)> {
    limits.levels.iter().map(|level| (level.path.to_str().unwrap(), level.left())).collect()
}

#[test]
fn every_cgroup_above_counts_and_the_tightest_binds() {
    let machine = Machine::new(&[
        ("proc/self/cgroup", "0::/a/b\n"),
        UNIFIED,
        ("sys/fs/cgroup/a/b/memory.max", "max\n"),
        ("sys/fs/cgroup/a/b/memory.high", "max\n"),
        ("sys/fs/cgroup/a/memory.max", "67108864\n"),
        ("sys/fs/cgroup/a/memory.high", "50331648\n"),
        ("sys/fs/cgroup/a/memory.current", "33554432\n"),
        ("sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file 4194304\nactive_file 4194304\nslab_reclaimable 0\n"),
    ]);
    let limits = machine.limits();
    // 64 - 24 - 1 MiB
    assert_eq!(lefts(&limits), [("/a", Some(39 << 20))]);
    assert_eq!(limits.levels[0].swift(), Some(24 << 20));
    assert!(!limits.is_partial && limits.unread.is_empty() && limits.unmounted.is_none());
    std::fs::write(machine.path("sys/fs/cgroup/a/b/memory.max"), "1048576\n").unwrap();
    let limits = machine.limits();
    assert_eq!(limits.tightest().map(|level| level.path.as_path()), Some(Path::new("/a/b")));
    assert_eq!(limits.tightest().and_then(Level::left), Some((1 << 20) - (256 << 10)));
}

#[test]
fn a_mount_without_a_root_is_one_of_the_root() {
    let mount = "30 23 0:26  /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    let max = ("sys/fs/cgroup/a/memory.max", "1048576\n");
    let limits = Machine::new(&[("proc/self/cgroup", "0::a\n"), ("proc/self/mountinfo", mount), max]).limits();
    assert_eq!(lefts(&limits), [("a", Some((1 << 20) - (256 << 10)))]);
}

#[test]
fn slab_of_later_buffers_is_not_taken_for_reclaimable() {
    let stat = |slab: u64| format!("slab_reclaimable {slab}\n");
    let first = stat(1 << 20);
    let machine = Machine::new(&[
        ("proc/self/cgroup", "0::/job\n"),
        UNIFIED,
        ("sys/fs/cgroup/job/memory.max", "67108864\n"),
        ("sys/fs/cgroup/job/memory.current", "33554432\n"),
        ("sys/fs/cgroup/job/memory.stat", &first),
    ]);
    let root = Root::at(machine.0.path()).unwrap();
    let hierarchies = Hierarchies::of(&root);
    let left = || hierarchies.limits(&root).tightest().and_then(Level::left);
    assert_eq!(left(), Some((64 - 31 - 1) << 20));
    std::fs::write(machine.path("sys/fs/cgroup/job/memory.stat"), stat(9 << 20)).unwrap();
    assert_eq!(left(), Some((64 - 31 - 1) << 20));
    std::fs::write(machine.path("sys/fs/cgroup/job/memory.stat"), stat(0)).unwrap();
    assert_eq!(left(), Some((64 - 32 - 1) << 20));
}

#[test]
fn the_controller_of_version_1_is_found_where_it_is_mounted() {
    let machine = Machine::new(&[
        ("proc/self/cgroup", "5:devices:/x\n4:hugetlb,memory:/job\n0::/\n"),
        (
            "proc/self/mountinfo",
            "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
             35 31 0:32 / /mnt/my\\040memory rw - cgroup cgroup rw,memory\n\
             41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
        ),
        ("mnt/my memory/job/memory.limit_in_bytes", "67108864\n"),
        ("mnt/my memory/job/memory.usage_in_bytes", "67000000\n"),
        ("mnt/my memory/job/memory.stat", "inactive_file 1\ntotal_inactive_file 60000000\ntotal_active_file 5000000\n"),
        ("mnt/my memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ("sys/fs/cgroup/unified/memory.max", "1\n"),
    ]);
    let limits = machine.limits();
    assert_eq!(lefts(&limits), [("/job", Some((64 << 20) - 2_000_000 - (1 << 20)))]);
    assert_eq!(limits.levels[0].limit_name(), "memory.limit_in_bytes");
    assert!(!limits.is_partial);
}

#[test]
fn a_subtree_that_is_mounted_hides_what_is_above() {
    let files = [
        ("proc/self/cgroup", "0::/docker/1/app\n"),
        ("proc/self/mountinfo", "30 23 0:26 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n"),
        ("sys/fs/cgroup/app/memory.max", "max\n"),
        ("sys/fs/cgroup/memory.max", "1073741824\n"),
    ];
    let limits = Machine::new(&files).limits();
    assert_eq!(lefts(&limits), [("/docker/1", Some((1 << 30) - (8 << 20)))]);
    assert!(limits.is_partial);
    // The same cgroup through two mounts: the one that shows more counts.
    let both = format!("{}{}", files[1].1, "31 23 0:26 / /all ro - cgroup2 cgroup2 rw\n");
    let mut more = files.to_vec();
    more[1].1 = &both;
    more.push(("all/docker/memory.max", "4096000\n"));
    more.push(("all/docker/memory.current", "96000\n"));
    let limits = Machine::new(&more).limits();
    assert_eq!(lefts(&limits), [("/docker", Some(4_000_000 - (256 << 10)))]);
    assert!(!limits.is_partial);
}

#[test]
fn the_root_of_a_namespace_has_files_that_the_root_of_all_has_not() {
    let files = [("proc/self/cgroup", "0::/\n"), UNIFIED, ("sys/fs/cgroup/memory.max", "max\n")];
    assert!(Machine::new(&files).limits().is_partial);
    assert_eq!(Machine::new(&files[..2]).limits(), CgroupLimits::default());
}

#[test]
fn a_process_outside_of_its_namespace_reaches_nothing() {
    let limits = Machine::new(&[("proc/self/cgroup", "0::/../other\n"), UNIFIED]).limits();
    assert_eq!(limits.unmounted.as_deref(), Some(Path::new("/../other")));
    // A mount from before the namespace shows it.
    let outer = ("proc/self/mountinfo", "30 23 0:26 /.. /cg rw - cgroup2 cgroup2 rw\n");
    let limits =
        Machine::new(&[("proc/self/cgroup", "0::/../other\n"), outer, ("cg/other/memory.max", "4096\n")]).limits();
    assert_eq!(lefts(&limits), [("/../other", Some(0))]);
}

#[test]
fn missing_limit_is_none_and_unreadable_limit_is_kept() {
    assert_eq!(Machine::new(&[]).limits(), CgroupLimits::default());
    let unmounted = Machine::new(&[("proc/self/cgroup", "0::/job\n"), ("proc/self/mountinfo", "")]).limits();
    assert_eq!(unmounted, CgroupLimits { unmounted: Some("/job".into()), ..CgroupLimits::default() });
    let nonsense = Machine::new(&[
        ("proc/self/cgroup", "0::/job\n"),
        UNIFIED,
        ("sys/fs/cgroup/job/memory.max", "4194304\n"),
        ("sys/fs/cgroup/job/memory.high", "much\n"),
        ("sys/fs/cgroup/job/memory.current", "\u{fffd}"),
    ]);
    let limits = nonsense.limits();
    let unread =
        ["memory.high", "memory.current"].map(|name| (Path::new("/sys/fs/cgroup/job").join(name), Errno::EINVAL));
    assert_eq!(limits.unread, unread);
    // What is used could be all that the limit allows.
    assert_eq!(lefts(&limits), [("/job", Some(0))]);
    std::fs::set_permissions(nonsense.path("sys/fs/cgroup/job/memory.max"), std::fs::Permissions::from_mode(0o000))
        .unwrap();
    let limits = nonsense.limits();
    // Root reads nevertheless.
    if limits.levels.is_empty() {
        assert_eq!(limits.unread, [(PathBuf::from("/sys/fs/cgroup/job/memory.max"), Errno::EACCES)]);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]
    #[test]
    fn left_bytes_never_exceed_the_limit(max in 0..1_u64 << 40, current in 0..1_u64 << 40, cache in 0..1_u64 << 40) {
        let (max_line, current_line) = (format!("{max}\n"), format!("{current}\n"));
        let stat = format!("inactive_file {cache}\n");
        let limits = Machine::new(&[
            ("proc/self/cgroup", "0::/job\n"),
            UNIFIED,
            ("sys/fs/cgroup/job/memory.max", &max_line),
            ("sys/fs/cgroup/job/memory.current", &current_line),
            ("sys/fs/cgroup/job/memory.stat", &stat),
        ])
        .limits();
        let left = limits.tightest().and_then(Level::left).unwrap();
        let level = &limits.levels[0];
        proptest::prop_assert_eq!(left, max.saturating_sub(current.saturating_sub(cache)).saturating_sub(level.reserve()));
        proptest::prop_assert!(left <= max);
    }
}
