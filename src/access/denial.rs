//! What stands between this process and a heap, and the line that helps: one answer for `doctor`, `list` and whoever
//! opens a heap.

use super::caller::{Credentials, READ, SEARCH};
use super::grant::{self, Requester};
use crate::host::Root;
use crate::host::cgroup::Cgroup;
use crate::host::users::Users;
use crate::quote::quoted;
use crate::sys::fd::file;
use crate::sys::fd::status::{self, Device, FileKind, Status};
use crate::sys::{Errno, errno_name};
use std::os::fd::BorrowedFd;
use std::path::Path;

/// Why a node cannot be looked at or opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    pub evidence: String,
    /// The command or the line that helps, if there is one. What it holds of others' names is quoted for a shell.
    pub help: Option<String>,
}

impl Denial {
    /// Before the node: it could not even be looked at.
    #[must_use]
    pub(crate) fn before(root: &Root, path: &Path, errno: Errno) -> Self {
        let target = root.read_link(path).ok();
        let remove = || Some(format!("rm {}", quoted(path)));
        match (errno, target) {
            (Errno::ELOOP, Some(target)) => {
                Self { evidence: format!("a symbolic link to {}, part of a loop", target.display()), help: remove() }
            }
            (Errno::ENOENT, Some(target)) => Self {
                evidence: format!("a symbolic link to {}, which does not exist", target.display()),
                help: remove(),
            },
            (Errno::EACCES, _) => Self::at_directory(root, path),
            _ => Self { evidence: format!("cannot be examined ({})", errno_name(errno)), help: None },
        }
    }

    /// A directory on the way to `path` may not be searched: the last one that can be looked at.
    fn at_directory(root: &Root, path: &Path) -> Self {
        let closed = path.ancestors().skip(1).find(|directory| root.look(directory).is_ok());
        let closed = closed.unwrap_or(Path::new("/"));
        let evidence = format!("no search permission on the directory {} (EACCES)", closed.display());
        let caller = Credentials::of_this_process(root);
        match root.status(closed) {
            Ok(status) if caller.may(&status, SEARCH) => {
                let mode = status.mode & 0o7777;
                let other = if status::has_acl(closed) { "its ACL, which getfacl shows, or " } else { "" };
                let evidence =
                    format!("{evidence}; its mode {mode:04o} allows it, but {other}{} denies it", module(root));
                Self { evidence, help: Some(ALLOW.to_owned()) }
            }
            _ => Self { evidence, help: Some(format!("as root: chmod a+x {}", quoted(closed))) },
        }
    }

    /// At the node, which `node` (`O_PATH`) stands for: opening it was refused. `None` where that was not for want of
    /// permission.
    #[must_use]
    pub(crate) fn at(root: &Root, path: &Path, node: BorrowedFd<'_>, errno: Errno) -> Option<Self> {
        if !matches!(errno, Errno::EACCES | Errno::EPERM) {
            return None;
        }
        let status = status::status(node).ok()?;
        let (users, me) = (Users::of(root), Credentials::of_this_process(root));
        let has_acl = status::has_acl(path);
        // The kernel asks in this order: the mount, the permissions, then the cgroup and security modules.
        let is_on_nodev_mount = status::is_nodev(node).unwrap_or(false);
        let passes = match file::may(node, READ) {
            Ok(()) => true,
            // By the cgroup; or, if opening has another reason, by a filter of system calls that does not know this one.
            Err(Errno::EPERM) => errno == Errno::EPERM,
            Err(_) => false,
        };
        // A list can deny what the mode grants, but not to the owner.
        let is_by_permissions = !passes && (!me.may(&status, READ) || has_acl && me.identity.uid != status.uid);
        let mut found = describe(&users, &status, has_acl, &me);
        if is_on_nodev_mount {
            return Some(Self {
                evidence: format!("{found}; it is on a filesystem mounted nodev"),
                help: Some(format!("as root: mount -o remount,dev on the mount of {}", quoted(path))),
            });
        }
        if !is_by_permissions {
            return Some(refused_by_others(root, path, &status, errno, &found));
        }
        if me.overrides && me.is_in_namespace {
            found.push_str(", in a user namespace that does not map the owner, so CAP_DAC_OVERRIDE has no effect");
        }
        let requester = Requester { users: &users, me: &me, status: &status, has_acl };
        Some(Self { evidence: found, help: Some(grant::line(root, &requester, path)) })
    }
}

const ALLOW: &str = "look for a denial in `dmesg` or the audit log, and allow this program in that policy";

/// Permissions suffice, and something else has said no. A cgroup's filter of devices answers EPERM
/// (`devcgroup_check_permission`), so EACCES is a security module's.
fn refused_by_others(root: &Root, path: &Path, status: &Status, errno: Errno, found: &str) -> Denial {
    let module = module(root);
    if errno == Errno::EACCES {
        return Denial {
            evidence: format!("{found}, which allows it; {module} denies it"),
            help: Some(ALLOW.to_owned()),
        };
    }
    let cgroup = Cgroup::of_this_process(root);
    let name = cgroup.path.as_deref().unwrap_or("of this process");
    Denial {
        evidence: format!("{found}, which allows it; the device filter of the cgroup {name} or {module} denies it"),
        help: Some(device_filter(&cgroup, path, status)),
    }
}

/// A security module, with those that are active.
fn module(root: &Root) -> String {
    let modules = root.read(Path::new("/sys/kernel/security/lsm"));
    let modules = modules.map(|names| format!(" ({})", String::from_utf8_lossy(&names).trim())).unwrap_or_default();
    format!("a security module{modules}")
}

/// The line for whoever runs the cgroup.
fn device_filter(cgroup: &Cgroup, path: &Path, status: &Status) -> String {
    let word = quoted(path);
    if cgroup.is_container {
        return format!("start the container with --device {word}");
    }
    if let Some(unit) = cgroup.service() {
        return format!("systemctl edit {}: [Service] DeviceAllow={} rw", quoted(unit), path.display());
    }
    let v1 = match status.kind {
        FileKind::Character(Device { major, minor }) => {
            format!("; cgroup v1: echo 'c {major}:{minor} rw' >devices.allow")
        }
        _ => String::new(),
    };
    format!("systemd: DeviceAllow={} rw; a container: --device {word}{v1}", path.display())
}

/// The node, and who asks: `0600 root:root; you are user (groups: user)`.
fn describe(users: &Users, status: &Status, has_acl: bool, me: &Credentials) -> String {
    let mut groups: Vec<String> = me.identity.groups.iter().map(|group| users.group(*group)).collect();
    groups.dedup();
    let mode = status.mode & 0o7777;
    let acl = if has_acl { " and an ACL, which getfacl shows" } else { "" };
    let capability = if me.identity.uid == 0 && !me.overrides { ", without CAP_DAC_OVERRIDE" } else { "" };
    let (owner, group) = (users.user(status.uid), users.group(status.gid));
    let (user, groups) = (users.user(me.identity.uid), groups.join(" "));
    format!("{mode:04o} {owner}:{group}{acl}; you are {user} (groups: {groups}){capability}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_for_whoever_runs_the_cgroup() {
        let kind = FileKind::Character(Device { major: 252, minor: 3 });
        let status = Status { kind, mode: 0o020_600, ..Status::default() };
        let line = |cgroup: &Cgroup, path: &str| device_filter(cgroup, Path::new(path), &status);
        let of = |path: Option<&str>, is_container| Cgroup { path: path.map(str::to_owned), is_container };
        let system = "/dev/dma_heap/system";
        assert_eq!(
            line(&of(Some("/system.slice/cam.service"), false), system),
            "systemctl edit cam.service: [Service] DeviceAllow=/dev/dma_heap/system rw"
        );
        assert_eq!(
            line(&of(Some("/"), true), "/dev/dma_heap/a b"),
            "start the container with --device '/dev/dma_heap/a b'"
        );
        assert_eq!(
            line(&of(None, false), system),
            "systemd: DeviceAllow=/dev/dma_heap/system rw; a container: --device /dev/dma_heap/system; \
             cgroup v1: echo 'c 252:3 rw' >devices.allow"
        );
    }
}
