//! The cgroup of this process, which may filter the devices that it opens.

use super::Root;
use crate::host::parse::cgroup::{self, Membership};
use std::path::Path;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cgroup {
    /// Path in the hierarchy that filters devices, if that could be read.
    pub path: Option<String>,
}

impl Cgroup {
    pub(crate) fn of_this_process(root: &Root) -> Self {
        let text = root.contents(Path::new("/proc/self/cgroup")).unwrap_or_default();
        Self { path: device_hierarchy(&text) }
    }

    /// The unit that it is of systemd's system manager. What a login or a user's manager started is a session.
    pub(crate) fn service(&self) -> Option<&str> {
        const OF_LOGINS: [&str; 6] = ["user@", "getty@", "serial-getty@", "console-getty", "ssh", "dropbear"];
        let mut units = self.path.as_deref()?.rsplit('/').filter(|part| part.ends_with(".service"));
        let unit = units.next()?;
        std::iter::once(unit)
            .chain(units)
            .all(|unit| !OF_LOGINS.iter().any(|name| unit.starts_with(name)))
            .then_some(unit)
    }
}

/// The path in version 1's hierarchy of `devices`, or in version 2's, which filters with BPF (cgroups(7)). Both may be
/// there; in the root of the first one everything is allowed.
fn device_hierarchy(text: &[u8]) -> Option<String> {
    let memberships = cgroup::memberships(text);
    let path = |is_wanted: fn(&Membership) -> bool| {
        let found = memberships.iter().find(|membership| is_wanted(membership))?;
        Some(found.path.to_string_lossy().into_owned())
    };
    match path(|membership| membership.has("devices")) {
        Some(first) if first != "/" => Some(first),
        first => path(Membership::is_unified).or(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hierarchy_that_filters_devices_counts() {
        let of = |text: &str| device_hierarchy(text.as_bytes());
        assert_eq!(of("4:cpu,devices:/jail\n0::/user.slice\n").as_deref(), Some("/jail"));
        assert_eq!(of("0::/system.slice/cam.service\n").as_deref(), Some("/system.slice/cam.service"));
        assert_eq!(of("4:devices:/\n0::/system.slice/cam.service\n").as_deref(), Some("/system.slice/cam.service"));
        assert_eq!(of("4:devices:/\n").as_deref(), Some("/"));
        assert_eq!(of("4:cpu:/x\nbroken\n"), None);
    }

    #[test]
    fn a_service_is_found_by_its_name() {
        let of = |path: &str| Cgroup { path: Some(path.to_owned()) };
        assert_eq!(of("/system.slice/cam.service").service(), Some("cam.service"));
        assert_eq!(of("/system.slice/cam.service/payload").service(), Some("cam.service"));
        assert_eq!(of("/user.slice").service(), None);
        assert_eq!(of("/user.slice/user-1000.slice/user@1000.service/app.slice/cam.service").service(), None);
        assert_eq!(of("/system.slice/system-serial\\x2dgetty.slice/serial-getty@ttyS0.service").service(), None);
        assert_eq!(of("/system.slice/ssh.service").service(), None);
    }
}
