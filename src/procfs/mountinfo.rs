//! `/proc/PID/mountinfo` (`show_mountinfo`, proc_pid_mountinfo(5)).

/// The value of `hidepid` with which `/proc` is mounted, if it hides processes of others.
#[must_use]
pub fn hidepid(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let proc = text.lines().rfind(|line| line.split(' ').nth(4) == Some("/proc"))?;
    let options = proc.split(" - ").nth(1)?.split(' ').nth(2)?;
    let value = options.split(',').find_map(|option| option.strip_prefix("hidepid="))?;
    (!matches!(value, "0" | "off")).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_mount_on_proc_counts() {
        let line = |options: &str| format!("23 28 0:21 / /proc rw,nosuid shared:12 - proc proc {options}\n");
        assert_eq!(hidepid(line("rw").as_bytes()), None);
        assert_eq!(hidepid(line("rw,hidepid=0").as_bytes()), None);
        assert_eq!(hidepid(line("rw,gid=5,hidepid=invisible").as_bytes()).as_deref(), Some("invisible"));
        assert_eq!(hidepid((line("rw,hidepid=2") + &line("rw")).as_bytes()), None);
        assert_eq!(hidepid(b"23 28 0:21 / /sys rw - sysfs sysfs rw,hidepid=2\nbroken\n"), None);
        assert_eq!(hidepid(b""), None);
    }
}
