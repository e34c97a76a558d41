//! The line that grants access to a node, for the device manager that runs here.

use super::advice::{in_group, once};
use super::caller::Credentials;
use crate::host::Root;
use crate::host::audience::Audience;
use crate::host::cgroup::Cgroup;
use crate::host::class::DIRECTORY;
use crate::host::users::Users;
use crate::quote::quoted;
use crate::sys::fd::status::Status;
use std::path::Path;

/// Groups that distributions give heaps to; the first that exists is taken.
const GROUPS: [&str; 3] = ["video", "render", "dmaheap"];

/// Not 60-dma-heap.rules: a file in /etc replaces the one of that name in /usr/lib/udev/rules.d, and Raspberry Pi OS
/// has one there that makes links as well.
const RULES: &str = "/etc/udev/rules.d/61-dmaheap.rules";

/// The begin of a udev rule, as in packaging/udev.
const RULE_BEGIN: &str = "SUBSYSTEM==\"dma_heap\", ";

/// Who wants to read a node, and what the node says.
pub(super) struct Requester<'a> {
    pub(super) users: &'a Users,
    pub(super) me: &'a Credentials,
    pub(super) status: &'a Status,
    /// Whether the node has an access control list.
    pub(super) has_acl: bool,
}

/// Returns the lines that give `requester`, whom the node's permissions keep out, access to it.
pub(super) fn line(root: &Root, requester: &Requester<'_>, path: &Path) -> String {
    let Requester { users, me, status, has_acl } = requester;
    let (word, uid) = (quoted(path), me.identity.uid);
    let audience = Audience::of(root, &Cgroup::of_this_process(root));
    if me.overrides && me.is_in_namespace {
        outside_namespace(&audience, status, &word)
    } else if uid == 0 && !me.overrides {
        override_permissions(&audience)
    } else if uid == status.uid {
        format!("until the next boot: chmod u+rw {word}")
    } else if *has_acl {
        once(&format!("setfacl -m u:{}:rw {word}", quoted(users.user(uid))))
    } else if status.gid != 0 && status.mode & 0o040 != 0 {
        // Whoever gave the node to a group has chosen who is to use it. That of root is nobody's choice.
        join_group(&audience, requester)
    } else if matches!(audience, Audience::Container | Audience::Rootless) {
        format!(
            "on the host give {word} to a group ({RULE_BEGIN}GROUP=\"video\", MODE=\"0660\" for udev), then start the \
             container with --group-add and its number"
        )
    } else {
        give_to_group(root, &audience, requester, path)
    }
}

fn outside_namespace(audience: &Audience, status: &Status, word: &str) -> String {
    let line = if *audience == Audience::Rootless { in_group(audience, "", status.gid) } else { None };
    line.unwrap_or_else(|| {
        format!("outside the namespace, give {word} to a user or group that is mapped into it, or run rootful")
    })
}

fn override_permissions(audience: &Audience) -> String {
    match audience {
        Audience::Container | Audience::Rootless => "start the container with --cap-add DAC_OVERRIDE".to_owned(),
        Audience::Service(unit) => {
            format!("systemctl edit {}: [Service] CapabilityBoundingSet=CAP_DAC_OVERRIDE", quoted(unit))
        }
        _ => "run with CAP_DAC_OVERRIDE (systemd: CapabilityBoundingSet=; a container: --cap-add DAC_OVERRIDE)"
            .to_owned(),
    }
}

fn join_group(audience: &Audience, Requester { users, me, status, .. }: &Requester<'_>) -> String {
    let (group, uid) = (users.group(status.gid), me.identity.uid);
    if let Some(line) = in_group(audience, &group, status.gid) {
        line
    } else if users.is_member(uid, &group) {
        format!("log in again or run `newgrp {}`: this session is not in the group yet", quoted(&group))
    } else {
        format!("as root: usermod -aG {} {}; then log in again", quoted(&group), quoted(users.user(uid)))
    }
}

/// Returns the lines that give the node to a group of the requester's, or to another, of which they make it a member.
fn give_to_group(root: &Root, audience: &Audience, requester: &Requester<'_>, path: &Path) -> String {
    let Requester { users, me, status, .. } = requester;
    let mine = me.identity.groups.iter().map(|group| users.group(*group)).find(|name| GROUPS.contains(&name.as_str()));
    if let Some(group) = mine {
        return rule(root, path, &group, "", "");
    }
    let existing = GROUPS.iter().find(|group| users.has_group(group));
    let (group, prepare) = existing.map_or(("dmaheap", "groupadd dmaheap; "), |group| (*group, ""));
    let uid = me.identity.uid;
    let join = match in_group(audience, group, status.gid) {
        Some(line) => format!("; {line}"),
        None if users.is_member(uid, group) => "; then log in again".to_owned(),
        None => format!("; usermod -aG {group} {}", quoted(users.user(uid))),
    };
    rule(root, path, group, prepare, &join)
}

/// Returns the lines that make the node the group's, after `prepare` and before `join`, which makes the user a
/// member.
fn rule(root: &Root, path: &Path, group: &str, prepare: &str, join: &str) -> String {
    let word = quoted(path);
    let is_in_class = path.starts_with(DIRECTORY);
    if is_in_class && root.has(Path::new("/run/udev/control")) {
        format!(
            "as root, with the rule of the package's 60-dma-heap.rules: {prepare}echo '{RULE_BEGIN}GROUP=\"{group}\", \
             MODE=\"0660\"' >{RULES}; udevadm control --reload; udevadm trigger -s dma_heap{join}"
        )
    } else if is_in_class && root.has(Path::new("/etc/mdev.conf")) {
        // Not by mdev -s, which gives every other node of /dev what the file says of it, or root alone.
        let now = format!("chgrp {group} {word}; chmod 660 {word}");
        format!("as root: {prepare}echo 'dma_heap/.* root:{group} 660' >>/etc/mdev.conf; {now}{join}")
    } else {
        once(&format!("{prepare}chgrp {group} {word}; chmod 660 {word}{join}"))
    }
}
