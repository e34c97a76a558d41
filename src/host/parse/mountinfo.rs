//! `/proc/PID/mountinfo` (`show_mountinfo`, proc_pid_mountinfo(5)).

use super::cgroup::CgroupVersion;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// How `/proc` hides processes of others (`has_pid_permissions` in `fs/proc/base.c`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hidepid {
    /// The value of `hidepid`, a word or before 5.8 a number.
    pub value: String,
    /// The group that sees everything nevertheless.
    pub gid: u32,
}

impl Hidepid {
    /// Whether the hidden ones have no directory, so they cannot even be counted.
    pub(crate) fn is_invisible(&self) -> bool {
        !matches!(self.value.as_str(), "1" | "noaccess")
    }

    /// Whether members of `groups`, without `CAP_SYS_PTRACE`, are kept from seeing others. `ptraceable` knows no group.
    pub(crate) fn hides_from(&self, groups: &[u32]) -> bool {
        matches!(self.value.as_str(), "4" | "ptraceable") || !groups.contains(&self.gid)
    }
}

/// Returns how the last mount on `/proc` hides processes of others, if it does.
pub(crate) fn hidepid(bytes: &[u8]) -> Option<Hidepid> {
    let text = String::from_utf8_lossy(bytes);
    let proc = text.lines().rfind(|line| line.split(' ').nth(4) == Some("/proc"))?;
    let options = proc.split(" - ").nth(1)?.split(' ').nth(2)?;
    let option = |name: &str| options.split(',').find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
    let value = option("hidepid").filter(|value| !matches!(*value, "0" | "off"))?;
    let gid = option("gid").and_then(|gid| gid.parse().ok()).unwrap_or(0);
    Some(Hidepid { value: value.to_owned(), gid })
}

/// A mount of a hierarchy of cgroups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CgroupMount {
    pub version: CgroupVersion,
    /// The cgroup that is mounted there: `/` is the root of all, or of a namespace.
    pub root: PathBuf,
    pub point: PathBuf,
}

/// Returns where the hierarchies are mounted that may limit memory: version 1's with the memory controller, and version
/// 2.
pub(crate) fn memory_cgroups(bytes: &[u8]) -> Vec<CgroupMount> {
    bytes.split(|byte| *byte == b'\n').filter_map(memory_cgroup).collect()
}

/// `32 24 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory`
fn memory_cgroup(line: &[u8]) -> Option<CgroupMount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let (root, point) = (fields.nth(3)?, fields.next()?);
    // Optional fields end with a hyphen.
    fields.find(|field| *field == b"-")?;
    let version = match fields.next()? {
        b"cgroup2" => CgroupVersion::Two,
        b"cgroup" if fields.nth(1)?.split(|byte| *byte == b',').any(|option| option == b"memory") => CgroupVersion::One,
        _ => return None,
    };
    Some(CgroupMount { version, root: unescaped(root), point: unescaped(point) })
}

/// Whether the last mount on `point` is a devtmpfs.
pub(crate) fn is_devtmpfs(bytes: &[u8], point: &Path) -> bool {
    let last = bytes.split(|byte| *byte == b'\n').rfind(|line| mount_point(line).is_some_and(|found| found == point));
    last.is_some_and(|line| line.windows(12).any(|part| part == b" - devtmpfs "))
}

/// Returns where the mount is that `path`, an absolute one without links, lies on.
pub(crate) fn mount_of(bytes: &[u8], path: &Path) -> Option<PathBuf> {
    let points = bytes.split(|byte| *byte == b'\n').filter_map(mount_point);
    points.filter(|point| path.starts_with(point)).max_by_key(|point| point.components().count())
}

fn mount_point(line: &[u8]) -> Option<PathBuf> {
    line.split(|byte| *byte == b' ').nth(4).map(unescaped)
}

/// Blanks, tabs, newlines and backslashes are octal numbers there (`mangle_path`).
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, after)) = rest.split_first() {
        let digits =
            after.first_chunk::<3>().filter(|digits| first == b'\\' && digits.iter().all(|b| matches!(b, b'0'..=b'7')));
        let number =
            digits.map(|digits| digits.iter().fold(0_u32, |number, digit| number * 8 + u32::from(digit - b'0')));
        let (byte, used) = match number.and_then(|number| u8::try_from(number).ok()) {
            Some(byte) => (byte, 4),
            None => (first, 1),
        };
        bytes.push(byte);
        rest = rest.get(used..).unwrap_or_default();
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_on_the_deepest_mount_and_the_last_one_counts() {
        let text = b"22 1 0:2 / / rw - ext4 /dev/sda rw\n23 22 0:6 / /dev rw - devtmpfs udev rw\n\
            24 23 0:7 / /dev/a\\040b rw,nodev - tmpfs tmpfs rw\nbroken\n";
        let of = |path: &str| mount_of(text, Path::new(path));
        assert_eq!(of("/dev/a b/heap"), Some("/dev/a b".into()));
        assert_eq!(of("/dev/dma_heap/system"), Some("/dev".into()));
        assert_eq!(of("/device"), Some("/".into()));
        assert_eq!(mount_of(b"", Path::new("/")), None);
        assert!(is_devtmpfs(text, Path::new("/dev")) && !is_devtmpfs(text, Path::new("/")));
        let over = [&text[..], b"25 23 0:8 / /dev rw - tmpfs tmpfs rw\n"].concat();
        assert!(!is_devtmpfs(&over, Path::new("/dev")));
    }
    use std::path::Path;

    #[test]
    fn hierarchies_that_may_limit_memory_are_found() {
        let text = b"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
            32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
            35 31 0:32 /docker/1 /sys/fs/cgroup/my\\040memory ro shared:7 master:2 - cgroup cgroup rw,hugetlb,memory\n\
            41 31 0:38 /.. /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\nbroken\n41 31 0:38 / /x rw cgroup2\n";
        let mount = |version, root: &str, point: &str| CgroupMount { version, root: root.into(), point: point.into() };
        assert_eq!(
            memory_cgroups(text),
            [
                mount(CgroupVersion::One, "/docker/1", "/sys/fs/cgroup/my memory"),
                mount(CgroupVersion::Two, "/..", "/sys/fs/cgroup/unified"),
            ]
        );
    }

    #[test]
    fn only_three_octal_digits_are_a_byte() {
        for (text, path) in
            [("a\\134040b", "a\\040b"), ("\\04", "\\04"), ("\\777", "\\777"), ("\\", "\\"), ("\\08x", "\\08x")]
        {
            assert_eq!(unescaped(text.as_bytes()), Path::new(path), "{text}");
        }
    }

    #[test]
    fn the_last_mount_on_proc_counts() {
        let line = |options: &str| format!("23 28 0:21 / /proc rw,nosuid shared:12 - proc proc {options}\n");
        assert_eq!(hidepid(line("rw").as_bytes()), None);
        assert_eq!(hidepid(line("rw,hidepid=0").as_bytes()), None);
        let invisible = hidepid(line("rw,gid=5,hidepid=invisible").as_bytes()).unwrap();
        assert_eq!((invisible.value.as_str(), invisible.gid, invisible.is_invisible()), ("invisible", 5, true));
        assert!(invisible.hides_from(&[0, 1000]) && !invisible.hides_from(&[1000, 5]));
        let ptraceable = hidepid(line("rw,gid=5,hidepid=ptraceable").as_bytes()).unwrap();
        assert!(ptraceable.hides_from(&[5]));
        let numbered = hidepid(line("rw,hidepid=1").as_bytes()).unwrap();
        assert!(!numbered.is_invisible() && numbered.hides_from(&[1000]) && !numbered.hides_from(&[0]));
        assert_eq!(hidepid((line("rw,hidepid=2") + &line("rw")).as_bytes()), None);
        assert_eq!(hidepid(b"23 28 0:21 / /sys rw - sysfs sysfs rw,hidepid=2\nbroken\n"), None);
        assert_eq!(hidepid(b""), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = (hidepid(&bytes), memory_cgroups(&bytes));
        }
    }
}
