//! What stands between this process and a heap, and the line that helps: one answer for `doctor`, `list` and whoever
//! opens a heap.

use super::grant::{self, Requester};
use crate::access::acl::{self, Entry, Who};
use crate::access::caller::Credentials;
use crate::host::Root;
use crate::host::cgroup::Cgroup;
use crate::host::users::Users;
use crate::quote::quoted;
use crate::sys::fd::status::{self, Device, FileKind, Status};
use crate::sys::fd::xattr;
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
            (Errno::ELOOP, Some(target)) => Self {
                evidence: format!("a symbolic link to {}, which leads back to itself", target.display()),
                help: remove(),
            },
            (Errno::ENOENT, Some(target)) => Self {
                evidence: format!("a symbolic link to {}, which is not there", target.display()),
                help: remove(),
            },
            (Errno::EACCES, _) => {
                let closed = path.ancestors().skip(1).find(|directory| root.look(directory).is_ok());
                let closed = closed.unwrap_or(Path::new("/"));
                Self {
                    evidence: format!("the directory {} may not be searched (EACCES)", closed.display()),
                    help: Some(format!("as root: chmod a+x {}", quoted(closed))),
                }
            }
            _ => Self { evidence: format!("cannot be looked at ({})", errno_name(errno)), help: None },
        }
    }

    /// At the node: opening it was refused. `None` where that was not for want of permission.
    #[must_use]
    pub(crate) fn at(root: &Root, path: &Path, node: BorrowedFd<'_>, errno: Errno) -> Option<Self> {
        if !matches!(errno, Errno::EACCES | Errno::EPERM) {
            return None;
        }
        let status = status::status(node).ok()?;
        let list = xattr::get(path, c"system.posix_acl_access").map(|bytes| acl::parse(&bytes)).unwrap_or_default();
        let (users, me) = (Users::of(root), Credentials::of_this_process(root));
        let found = describe(&users, &status, &list, &me);
        // The kernel asks in this order: the mount, the permissions, then the cgroup and security modules.
        if status::is_nodev(node).unwrap_or(false) {
            return Some(Self {
                evidence: format!("{found}; it lies on a mount with the option nodev"),
                help: Some(format!("as root: mount -o remount,dev on the mount of {}", quoted(path))),
            });
        }
        if errno == Errno::EACCES && !me.may_read(&status, &list) {
            let applicant = Requester { users: &users, me: &me, status: &status, has_list: !list.is_empty() };
            return Some(Self { evidence: found, help: Some(grant::line(root, &applicant, path)) });
        }
        Some(refused_by_others(root, path, &status, errno, &found))
    }
}

/// Mode, list and capabilities suffice, and something else has said no. A cgroup's filter of devices answers EPERM
/// (`devcgroup_check_permission`), so EACCES is a security module's.
fn refused_by_others(root: &Root, path: &Path, status: &Status, errno: Errno, found: &str) -> Denial {
    let modules = root.read(Path::new("/sys/kernel/security/lsm"));
    let modules = modules.map(|names| format!(" ({})", String::from_utf8_lossy(&names).trim())).unwrap_or_default();
    if errno == Errno::EACCES {
        return Denial {
            evidence: format!("{found}, which suffices; a security module{modules} denies it"),
            help: Some("look for a denial in `dmesg` or the audit log, and allow this program there".to_owned()),
        };
    }
    let cgroup = Cgroup::of_this_process(root);
    let name = cgroup.path.as_deref().unwrap_or("of this process");
    Denial {
        evidence: format!(
            "{found}, which suffices; the device filter of the cgroup {name} or a security module{modules} denies it"
        ),
        help: Some(device_filter(&cgroup, path, status)),
    }
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

/// The node, and who asks: `0600 root:root; you are user, in user`.
fn describe(users: &Users, status: &Status, list: &[Entry], me: &Credentials) -> String {
    let groups: Vec<String> = me.identity.groups.iter().map(|group| users.group(*group)).collect();
    let mut text = format!("{:04o} {}:{}", status.mode & 0o7777, users.user(status.uid), users.group(status.gid));
    if !list.is_empty() {
        text.push_str(&format!(", ACL {}", show_list(users, list)));
    }
    text.push_str(&format!("; you are {}, in {}", users.user(me.identity.uid), groups.join(" ")));
    if me.overrides && !me.knows_owner(status) {
        text.push_str(", in a user namespace that does not know the owner, so CAP_DAC_OVERRIDE does not count");
    } else if me.identity.uid == 0 && !me.overrides {
        text.push_str(", without CAP_DAC_OVERRIDE");
    }
    text
}

/// What the mode bits do not show, as getfacl(1) writes it.
fn show_list(users: &Users, list: &[Entry]) -> String {
    let one = |entry: &Entry| {
        let who = match entry.who {
            Who::User(uid) => format!("user:{}", users.user(uid)),
            Who::OwningGroup => "group:".to_owned(),
            Who::Group(gid) => format!("group:{}", users.group(gid)),
            Who::Mask => "mask:".to_owned(),
            Who::Owner | Who::Other => return None,
        };
        Some(format!("{who}:{entry}"))
    };
    list.iter().filter_map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_for_whoever_runs_the_cgroup() {
        let kind = FileKind::Character(Device { major: 252, minor: 3 });
        let status = Status { kind, mode: 0o020_600, uid: 0, gid: 0, inode: 1, size: 0 };
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
