//! The line that helps, for whoever runs this process: a session, a service, a container.

use crate::host::audience::Audience;
use crate::host::cgroup::Cgroup;
use crate::host::{Root, parse::mountinfo};
use crate::quote::quoted;
use crate::sys::fd::status::Device;
use std::path::Path;

/// A command for root of which nothing is left when the machine starts again.
pub(crate) fn once(command: &str) -> String {
    format!("as root, until the next boot: {command}")
}

/// Returns the lines that make the node of a heap that the kernel has.
pub(crate) fn missing_node(root: &Root, path: &Path, device: Device) -> String {
    let word = quoted(path);
    let directory = quoted(path.parent().unwrap_or(Path::new("/")));
    let Device { major, minor } = device;
    let make = format!("mkdir -p {directory}; mknod -m 600 {word} c {major} {minor}");
    let mounts = root.contents(Path::new("/proc/self/mountinfo")).unwrap_or_default();
    let make = if mountinfo::is_devtmpfs(&mounts, Path::new("/dev")) {
        make
    } else {
        format!("mount -t devtmpfs devtmpfs /dev, or {make}")
    };
    outside(root, path, Some(device), once(&make))
}

/// Returns the advice where no heap, no node and no class is seen.
pub(crate) fn nothing_seen(root: &Root) -> String {
    let mount = once("mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev");
    outside(root, Path::new("/dev/dma_heap/system"), None, mount)
}

/// Returns what whoever started this process can do about a node that is not in its /dev, or `inside`, what can be done
/// in here.
fn outside(root: &Root, path: &Path, device: Option<Device>, inside: String) -> String {
    match Audience::of(root, &Cgroup::of_this_process(root)) {
        Audience::Service(unit) => {
            format!(
                "systemctl edit {}: [Service] PrivateDevices=no; if others have no node either, {inside}",
                quoted(unit)
            )
        }
        Audience::Initramfs => "in the init of the initramfs: mount -t devtmpfs devtmpfs /dev".to_owned(),
        Audience::Session => inside,
        audience => filtered(&audience, path, device),
    }
}

/// Returns the lines that let a filter of devices pass it.
pub(super) fn filtered(audience: &Audience, path: &Path, device: Option<Device>) -> String {
    let word = quoted(path);
    match audience {
        Audience::Container => format!("start the container with --device {word}"),
        Audience::Rootless => {
            format!("start the container with --device {word}, as a user of the host who may open it")
        }
        Audience::Lxc => {
            let major = device.map_or_else(|| "MAJOR".to_owned(), |device| device.major.to_string());
            format!(
                "in the container's configuration on the host: lxc.cgroup2.devices.allow = c {major}:* rwm and \
                 lxc.mount.entry = /dev/dma_heap dev/dma_heap none bind,create=dir"
            )
        }
        Audience::Service(unit) => format!("systemctl edit {}: [Service] DeviceAllow=char-dma_heap rw", quoted(unit)),
        Audience::Session | Audience::Initramfs => {
            let v1 = device
                .map(|Device { major, minor }| format!("; cgroup v1: echo 'c {major}:{minor} rw' >devices.allow"));
            let v1 = v1.unwrap_or_default();
            format!("systemd: DeviceAllow=char-dma_heap rw; a container: --device {word}{v1}")
        }
    }
}

/// Returns the line that makes the process a member of the node's group, where its user cannot.
pub(super) fn in_group(audience: &Audience, group: &str, gid: u32) -> Option<String> {
    Some(match audience {
        Audience::Container => format!("start the container with --group-add {gid}"),
        // The numbers of the host's groups mean others in there.
        Audience::Rootless => {
            "start the container with --group-add keep-groups, as a user of the host who is in the node's group"
                .to_owned()
        }
        Audience::Service(unit) => {
            format!("systemctl edit {}: [Service] SupplementaryGroups={}", quoted(unit), quoted(group))
        }
        Audience::Lxc | Audience::Initramfs | Audience::Session => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: Option<Device> = Some(Device { major: 252, minor: 3 });

    #[test]
    fn each_audience_gets_its_own_line() {
        let service = Audience::Service("cam@1.service".to_owned());
        let system = Path::new("/dev/dma_heap/system");
        for (audience, filter, group) in [
            (
                &Audience::Container,
                "start the container with --device /dev/dma_heap/system",
                Some("start the container with --group-add 44"),
            ),
            (
                &Audience::Rootless,
                "start the container with --device /dev/dma_heap/system, as a user of the host who may open it",
                Some(
                    "start the container with --group-add keep-groups, as a user of the host who is in the node's group",
                ),
            ),
            (
                &Audience::Lxc,
                "in the container's configuration on the host: lxc.cgroup2.devices.allow = c 252:* rwm and \
                 lxc.mount.entry = /dev/dma_heap dev/dma_heap none bind,create=dir",
                None,
            ),
            (
                &service,
                "systemctl edit cam@1.service: [Service] DeviceAllow=char-dma_heap rw",
                Some("systemctl edit cam@1.service: [Service] SupplementaryGroups=video"),
            ),
            (
                &Audience::Session,
                "systemd: DeviceAllow=char-dma_heap rw; a container: --device /dev/dma_heap/system; \
                 cgroup v1: echo 'c 252:3 rw' >devices.allow",
                None,
            ),
        ] {
            assert_eq!(filtered(audience, system, DEVICE), filter);
            assert_eq!(in_group(audience, "video", 44).as_deref(), group);
        }
        let spaced = filtered(&Audience::Container, Path::new("/dev/dma_heap/a b"), DEVICE);
        assert_eq!(spaced, "start the container with --device '/dev/dma_heap/a b'");
    }
}
