//! The cgroup of this process, which may filter the devices that it opens.

use super::Root;
use std::path::Path;

/// Where this process is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cgroup {
    /// Its path in the hierarchy that filters devices, if that could be read.
    pub path: Option<String>,
    /// Whether this is a container of docker or podman.
    pub is_container: bool,
}

impl Cgroup {
    /// Asks the machine.
    #[must_use]
    pub fn of_this_process(root: &Root) -> Self {
        let text = root.read(Path::new("/proc/self/cgroup")).unwrap_or_default();
        let has = |file: &&str| root.has(Path::new(file));
        Self {
            path: device_hierarchy(&String::from_utf8_lossy(&text)),
            is_container: ["/.dockerenv", "/run/.containerenv"].iter().any(has),
        }
    }

    /// The unit of systemd that it is, if it is a service.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.path.as_deref()?.rsplit('/').find(|part| part.ends_with(".service"))
    }
}

/// The path in version 1's hierarchy of `devices`, or in version 2's, which filters with BPF (cgroups(7)). Both may be
/// there; in the root of the first one everything is allowed.
fn device_hierarchy(text: &str) -> Option<String> {
    let path = |is_wanted: fn(&str) -> bool| {
        text.lines().find_map(|line| {
            let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
            is_wanted(controllers).then(|| path.to_owned())
        })
    };
    let first = path(|controllers| controllers.split(',').any(|name| name == "devices"));
    match first {
        Some(first) if first != "/" => Some(first),
        first => path(str::is_empty).or(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hierarchy_that_filters_devices_counts() {
        let of = |text| device_hierarchy(text);
        assert_eq!(of("4:cpu,devices:/jail\n0::/user.slice\n").as_deref(), Some("/jail"));
        assert_eq!(of("0::/system.slice/cam.service\n").as_deref(), Some("/system.slice/cam.service"));
        assert_eq!(of("4:devices:/\n0::/system.slice/cam.service\n").as_deref(), Some("/system.slice/cam.service"));
        assert_eq!(of("4:devices:/\n").as_deref(), Some("/"));
        assert_eq!(of("4:cpu:/x\nbroken\n"), None);
    }

    #[test]
    fn a_service_is_found_by_its_name() {
        let of = |path: &str| Cgroup { path: Some(path.to_owned()), is_container: false };
        assert_eq!(of("/system.slice/cam.service").service(), Some("cam.service"));
        assert_eq!(of("/system.slice/cam.service/payload").service(), Some("cam.service"));
        assert_eq!(of("/user.slice").service(), None);
    }
}
