//! Who runs this process, and so whose configuration decides what it may open.

use super::Root;
use super::cgroup::Cgroup;
use std::path::Path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// A container of docker or podman.
    Container,
    /// A container that a user runs with podman.
    Rootless,
    /// A container of LXC, which has an init and logins of its own.
    Lxc,
    /// Before the root file system is mounted.
    Initramfs,
    /// A unit of systemd's system manager.
    Service(String),
    /// A login session, and whatever shows nothing else.
    Session,
}

impl Audience {
    /// `cgroup` is that of this process. Where files are another machine's they do not say who will run there.
    pub(crate) fn of(root: &Root, cgroup: &Cgroup) -> Self {
        if !root.is_machine() {
            return Self::Session;
        }
        let has = |path: &str| root.has(Path::new(path));
        // These decide which advice comes first.
        let text = |path: &str| Some(String::from_utf8_lossy(&root.contents(Path::new(path))?).into_owned());
        // systemd writes it (the container interface); elsewhere the manager informs the container's first process, whose
        // environment only root may read.
        let first = || Some(String::from_utf8_lossy(&root.read(Path::new("/proc/1/environ")).ok()?).into_owned());
        let environment = || first()?.split('\0').find_map(|one| one.strip_prefix("container=").map(str::to_owned));
        let manager = text("/run/systemd/container").or_else(environment).unwrap_or_default();
        match (manager.trim(), text("/run/.containerenv")) {
            ("lxc" | "lxc-libvirt", _) => Self::Lxc,
            (_, Some(podman)) if podman.contains("rootless=1") => Self::Rootless,
            ("docker" | "podman" | "oci", _) | (_, Some(_)) => Self::Container,
            _ if has("/.dockerenv") => Self::Container,
            _ if has("/etc/initrd-release") => Self::Initramfs,
            _ => cgroup.service().map_or(Self::Session, |unit| Self::Service(unit.to_owned())),
        }
    }
}
