//! What stands between this process and a heap, and the line that helps: one answer for `doctor`, `list` and whoever
//! opens a heap.

use super::advice;
use super::caller::{Credentials, READ, SEARCH};
use super::grant::{self, Requester};
use crate::host::Root;
use crate::host::audience::Audience;
use crate::host::cgroup::Cgroup;
use crate::host::parse::mountinfo;
use crate::host::users::Users;
use crate::quote::quoted;
use crate::sys::fd::file;
use crate::sys::fd::status::{self, FileKind, Status};
use crate::sys::{Errno, errno_name};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

/// Why a node cannot be looked at or opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    pub evidence: String,
    /// The command or the line that helps, if there is one. What it holds of others' names is quoted for a shell.
    pub help: Option<String>,
}

impl Denial {
    /// Explains what stands before the node: it could not even be looked at.
    pub(crate) fn before(root: &Root, path: &Path, errno: Errno) -> Self {
        let target = root.read_link(path).ok();
        let point = || Some(format!("make it point to a heap's node: ln -sfn NODE {}", quoted(path)));
        match (errno, target) {
            (Errno::ELOOP, Some(target)) => {
                Self { evidence: format!("a symbolic link to {}, part of a loop", target.display()), help: point() }
            }
            (Errno::ENOENT, Some(target)) => Self {
                evidence: format!("a symbolic link to {}, which does not exist", target.display()),
                help: point(),
            },
            (Errno::EACCES, _) => Self::at_directory(root, path, errno),
            _ => Self { evidence: format!("cannot be examined ({})", errno_name(errno)), help: None },
        }
    }

    /// A directory on the way to `path` may not be searched: the last one that can be looked at.
    fn at_directory(root: &Root, path: &Path, errno: Errno) -> Self {
        let closed = path.ancestors().skip(1).find(|directory| root.look(directory).is_ok());
        let closed = closed.unwrap_or(Path::new("/"));
        let evidence = format!("no search permission on the directory {} (EACCES)", closed.display());
        if !root.is_machine() {
            // Who may search a copy says nothing of its machine.
            return Self { evidence, help: None };
        }
        let (caller, has_acl) = (Credentials::of_this_process(root), status::has_acl(closed));
        let Ok((directory, status)) =
            root.look(closed).and_then(|fd| status::status(fd.as_fd()).map(|status| (fd, status)))
        else {
            return Self { evidence, help: None };
        };
        let mode = status.mode & 0o7777;
        if is_by_permissions(directory.as_fd(), &status, has_acl, &caller, SEARCH, errno) {
            let user = quoted(Users::of(root).user(caller.identity.uid));
            let help = match (caller.identity.uid == status.uid, has_acl) {
                (true, _) => format!("until the next boot: chmod u+x {}", quoted(closed)),
                (false, true) => advice::once(&format!("setfacl -m u:{user}:x {}", quoted(closed))),
                (false, false) => advice::once(&format!("chmod a+x {}", quoted(closed))),
            };
            return Self { evidence, help: Some(help) };
        }
        let other = if has_acl { "its ACL, which getfacl shows, or " } else { "" };
        let evidence = format!("{evidence}; its mode {mode:04o} allows it, but {other}{} denies it", module(root));
        Self { evidence, help: Some(ALLOW.to_owned()) }
    }

    /// At the node, which `node` (`O_PATH`) stands for: opening it was refused. `None` where that was not for want of
    /// permission.
    pub(crate) fn at(root: &Root, path: &Path, node: BorrowedFd<'_>, errno: Errno) -> Option<Self> {
        if !matches!(errno, Errno::EACCES | Errno::EPERM) {
            return None;
        }
        let status = status::status(node).ok()?;
        let (users, me) = (Users::of(root), Credentials::of_this_process(root));
        let has_acl = status::has_acl(path);
        // The kernel asks in this order: the mount, the permissions, then the cgroup and security modules.
        let is_on_nodev_mount = status::is_nodev(node).unwrap_or(false);
        let mut found = describe(&users, &status, has_acl, &me);
        if is_on_nodev_mount {
            return Some(Self {
                evidence: format!("{found}; it is on a filesystem mounted nodev"),
                help: Some(remount(root, path)),
            });
        }
        if !is_by_permissions(node, &status, has_acl, &me, READ, errno) {
            return Some(refused_by_others(root, path, &status, errno, &found));
        }
        if me.overrides && me.is_in_namespace {
            found.push_str(", in a user namespace that does not map the owner, so CAP_DAC_OVERRIDE has no effect");
        }
        let requester = Requester { users: &users, me: &me, status: &status, has_acl };
        Some(Self { evidence: found, help: Some(grant::line(root, &requester, path)) })
    }
}

/// Whether it is mode, owner or list that refuse `wanted`, and nothing else.
fn is_by_permissions(
    object: BorrowedFd<'_>,
    status: &Status,
    has_acl: bool,
    me: &Credentials,
    wanted: u32,
    errno: Errno,
) -> bool {
    let passes = match file::may(object, wanted) {
        Ok(()) => true,
        // By the cgroup; or, if opening has another reason, by a filter of system calls that does not know this one.
        Err(Errno::EPERM) => errno == Errno::EPERM,
        Err(_) => false,
    };
    // A list can deny what the mode grants, but not to the owner.
    !passes && (!me.may(status, wanted) || has_acl && me.identity.uid != status.uid)
}

fn remount(root: &Root, path: &Path) -> String {
    let mounts = root.contents(Path::new("/proc/self/mountinfo")).unwrap_or_default();
    match mountinfo::mount_of(&mounts, path) {
        Some(point) => advice::once(&format!("mount -o remount,bind,dev {}", quoted(point))),
        None => format!("as root: mount -o remount,bind,dev on the mount of {}", quoted(path)),
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
    let device = if let FileKind::Character(device) = status.kind { Some(device) } else { None };
    let name = cgroup.path.as_deref().unwrap_or("of this process");
    Denial {
        evidence: format!("{found}, which allows it; the device filter of the cgroup {name} or {module} denies it"),
        help: Some(advice::filtered(&Audience::of(root, &cgroup), path, device)),
    }
}

/// A security module, with those that are active.
fn module(root: &Root) -> String {
    let modules = root.contents(Path::new("/sys/kernel/security/lsm"));
    let modules = modules.map(|names| format!(" ({})", String::from_utf8_lossy(&names).trim())).unwrap_or_default();
    format!("a security module{modules}")
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
