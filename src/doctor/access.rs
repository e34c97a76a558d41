//! Whether I may open a heap, and if not what stands in the way.

use super::{Finding, Patient, devices};
use crate::heap::listing::{Access, Entry};
use crate::heap::node::Node;
use crate::heap::open::may_read;
use crate::machine::acl::{self, Who};
use crate::machine::users::Users;
use crate::sys::status::{Identity, Status, identity};
use crate::sys::{Errno, errno_name, xattr};
use std::path::Path;

const CHECK: &str = "access";
/// Groups that distributions give heaps to; the first that exists is taken.
const GROUPS: [&str; 3] = ["video", "render", "dmaheap"];

pub(super) fn check(patient: &Patient<'_>, entry: &Entry) -> Option<Finding> {
    let path = entry.path.display().to_string();
    if entry.access == Access::NotTried {
        return Some(Finding::unknown(CHECK, path, "not tried: these are another machine's files"));
    }
    if !devices::is_a_heap(entry) {
        return None;
    }
    let Access::Denied(errno) = entry.access else { return Some(Finding::ok(CHECK, path, "opened read-only")) };
    let status = entry.status?;
    let users = Users::of(patient.root);
    let me = identity();
    let found = format!("{}: {}", errno_name(errno), describe(&users, &status, &me, &entry.path));
    let finding = Finding::problem(CHECK, &path, found.clone());
    if !matches!(errno, Errno::EACCES | Errno::EPERM) {
        return Some(finding);
    }
    Some(if is_on_nodev_mount(patient, &entry.path) {
        Finding::problem(CHECK, &path, format!("{found}; it lies on a mount with the option nodev"))
            .help(format!("mount -o remount,dev on the mount of {path}"))
    } else if errno == Errno::EPERM {
        Finding::problem(CHECK, &path, format!("{found}; {}", denier(patient))).help(device_filter(patient, &path))
    } else if !is_allowed(patient, &status, &me, &entry.path) {
        finding.help(permit(patient, &users, &me, &path))
    } else {
        Finding::problem(CHECK, &path, format!("{found}, which suffices; {}", denier(patient)))
            .help("look for a denial in `dmesg` or the audit log, and allow this program there")
    })
}

fn describe(users: &Users, status: &Status, me: &Identity, path: &Path) -> String {
    let groups: Vec<String> = me.groups.iter().map(|group| users.group(*group)).collect();
    let list = access_list(path);
    let list = if list.is_empty() { String::new() } else { format!(", ACL of {} entries", list.len()) };
    format!(
        "{:04o} {}:{}{list}; you are {}, in {}",
        status.mode & 0o7777,
        users.user(status.uid),
        users.group(status.gid),
        users.user(me.uid),
        groups.join(" ")
    )
}

fn access_list(path: &Path) -> Vec<acl::Entry> {
    xattr::get(path, c"system.posix_acl_access").map(|bytes| acl::parse(&bytes)).unwrap_or_default()
}

/// Whether mode, capability or access control list allow reading.
fn is_allowed(patient: &Patient<'_>, status: &Status, me: &Identity, path: &Path) -> bool {
    if me.uid == 0 && !overrides_permissions(patient) {
        let plain = Identity { uid: u32::MAX, groups: me.groups.clone() };
        return status.uid == 0 && status.mode & 0o400 != 0 || may_read(status, &plain);
    }
    let list = access_list(path);
    let mask = list.iter().find(|entry| entry.who == Who::Mask).map_or(0o7, |entry| entry.permissions);
    let by_list = list.iter().any(|entry| {
        let is_me = match entry.who {
            Who::User(uid) => uid == me.uid,
            Who::Group(gid) => me.groups.contains(&gid),
            Who::Mask => false,
        };
        is_me && entry.permissions & mask & 0o4 != 0
    });
    by_list || may_read(status, me)
}

/// `CAP_DAC_OVERRIDE` or `CAP_DAC_READ_SEARCH`, which root may have given up. Without /proc it is assumed.
fn overrides_permissions(patient: &Patient<'_>) -> bool {
    let status = patient.root.read(Path::new("/proc/self/status")).unwrap_or_default();
    let text = String::from_utf8_lossy(&status).into_owned();
    let effective = text.lines().find_map(|line| line.strip_prefix("CapEff:")).map(str::trim);
    effective.and_then(|digits| u64::from_str_radix(digits, 16).ok()).is_none_or(|bits| bits & 0b110 != 0)
}

fn is_on_nodev_mount(patient: &Patient<'_>, path: &Path) -> bool {
    Node::look(patient.root, path, None).is_ok_and(|node| node.is_on_nodev_mount())
}

/// Who else may have said no.
fn denier(patient: &Patient<'_>) -> String {
    let read =
        |path: &str| patient.root.read(Path::new(path)).map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    let modules = read("/sys/kernel/security/lsm").map(|modules| format!(" ({modules})")).unwrap_or_default();
    format!("the device filter of the cgroup {} or a security module{modules} denies it", cgroup(patient))
}

/// The cgroup of this process, of the hierarchy that filters devices.
fn cgroup(patient: &Patient<'_>) -> String {
    let text = patient.root.read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let path = |wanted: fn(&str) -> bool| {
        text.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (controllers, path) = rest.split_once(':')?;
            wanted(controllers).then(|| path.to_owned())
        })
    };
    path(|controllers| controllers.split(',').any(|name| name == "devices"))
        .or_else(|| path(str::is_empty))
        .unwrap_or_else(|| "of this process".to_owned())
}

/// The line for whoever runs the cgroup.
fn device_filter(patient: &Patient<'_>, path: &str) -> String {
    if ["/.dockerenv", "/run/.containerenv"].iter().any(|file| patient.root.has(Path::new(file))) {
        return format!("start the container with --device {path}");
    }
    match cgroup(patient).rsplit('/').find(|part| part.ends_with(".service")) {
        Some(unit) => format!("systemctl edit {unit}: [Service] DeviceAllow={path} rw"),
        None => format!(
            "systemd: DeviceAllow={path} rw; a container: --device {path}; cgroup v1: echo 'c MAJ:MIN rw' >devices.allow"
        ),
    }
}

/// The line for the device manager that runs here.
fn permit(patient: &Patient<'_>, users: &Users, me: &Identity, path: &str) -> String {
    let has = |path: &str| patient.root.has(Path::new(path));
    let mine = me.groups.iter().map(|group| users.group(*group)).find(|group| GROUPS.contains(&group.as_str()));
    let existing = GROUPS.iter().find(|group| users.has_group(group)).map(|group| (*group).to_owned());
    let is_member = mine.is_some();
    let (group, prepare) = match mine.or(existing) {
        Some(group) => (group, String::new()),
        None => ("dmaheap".to_owned(), "groupadd dmaheap; ".to_owned()),
    };
    let join = if is_member { String::new() } else { format!("; usermod -aG {group} {}", users.user(me.uid)) };
    let rule = if has("/run/udev/control") {
        format!(
            "SUBSYSTEM==\"dma_heap\", GROUP=\"{group}\", MODE=\"0660\" in /etc/udev/rules.d/60-dma-heap.rules, \
             then udevadm control --reload; udevadm trigger -s dma_heap"
        )
    } else if has("/etc/mdev.conf") {
        format!("dma_heap/.* root:{group} 660 in /etc/mdev.conf, then mdev -s")
    } else {
        format!("chgrp {group} {path}; chmod 660 {path}")
    };
    format!("as root: {prepare}{rule}{join}")
}
