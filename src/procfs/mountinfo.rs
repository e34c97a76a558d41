//! `/proc/PID/mountinfo` (`show_mountinfo`, proc_pid_mountinfo(5)).

/// How `/proc` hides processes of others (`has_pid_permissions` in `fs/proc/base.c`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidepid {
    /// The value of `hidepid`, a word or before 5.8 a number.
    pub value: String,
    /// The group that sees everything all the same.
    pub gid: u32,
}

impl Hidepid {
    /// Whether the hidden ones have no directory, so that they cannot even be counted.
    #[must_use]
    pub fn is_invisible(&self) -> bool {
        !matches!(self.value.as_str(), "1" | "noaccess")
    }

    /// Whether members of `groups`, without `CAP_SYS_PTRACE`, are kept from seeing others. `ptraceable` knows no group.
    #[must_use]
    pub fn hides_from(&self, groups: &[u32]) -> bool {
        matches!(self.value.as_str(), "4" | "ptraceable") || !groups.contains(&self.gid)
    }
}

/// How the last mount on `/proc` hides processes of others, if it does.
#[must_use]
pub fn hidepid(bytes: &[u8]) -> Option<Hidepid> {
    let text = String::from_utf8_lossy(bytes);
    let proc = text.lines().rfind(|line| line.split(' ').nth(4) == Some("/proc"))?;
    let options = proc.split(" - ").nth(1)?.split(' ').nth(2)?;
    let option = |name: &str| options.split(',').find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
    let value = option("hidepid").filter(|value| !matches!(*value, "0" | "off"))?;
    let gid = option("gid").and_then(|gid| gid.parse().ok()).unwrap_or(0);
    Some(Hidepid { value: value.to_owned(), gid })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let _ = hidepid(&bytes);
        }
    }
}
