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

/// Returns the lines that give `applicant`, whom the node's permissions keep out, access to it.
pub(super) fn line(root: &Root, applicant: &Requester<'_>, path: &Path) -> String {
    let Requester { users, me, status, has_acl } = applicant;
    let (word, uid) = (quoted(path), me.identity.uid);
    let user = quoted(users.user(uid));
    let audience = Audience::of(root, &Cgroup::of_this_process(root));
    if me.overrides && me.is_in_namespace {
        if let (Audience::Rootless, Some(line)) = (&audience, in_group(&audience, "", status.gid)) {
            return line;
        }
        return format!("outside the namespace, give {word} to a user or group that is mapped into it, or run rootful");
    }
    if uid == 0 && !me.overrides {
        return match audience {
            Audience::Container | Audience::Rootless => "start the container with --cap-add DAC_OVERRIDE".to_owned(),
            Audience::Service(unit) => {
                format!("systemctl edit {}: [Service] CapabilityBoundingSet=CAP_DAC_OVERRIDE", quoted(unit))
            }
            _ => "run with CAP_DAC_OVERRIDE (systemd: CapabilityBoundingSet=; a container: --cap-add DAC_OVERRIDE)"
                .to_owned(),
        };
    }
    if uid == status.uid {
        return format!("until the next boot: chmod u+rw {word}");
    }
    if *has_acl {
        return once(&format!("setfacl -m u:{user}:rw {word}"));
    }
    // Whoever gave the node to a group has chosen who is to use it. That of root is nobody's choice.
    if status.gid != 0 && status.mode & 0o040 != 0 {
        let group = users.group(status.gid);
        if let Some(line) = in_group(&audience, &group, status.gid) {
            return line;
        }
        return match users.is_member(uid, &group) {
            true => format!("log in again or run `newgrp {}`: this session is not in the group yet", quoted(group)),
            false => format!("as root: usermod -aG {} {user}; then log in again", quoted(group)),
        };
    }
    if matches!(audience, Audience::Container | Audience::Rootless) {
        return format!(
            "on the host give {word} to a group ({RULE_BEGIN}GROUP=\"video\", MODE=\"0660\" for udev), then start the \
             container with --group-add and its number"
        );
    }
    let mine = me.identity.groups.iter().map(|group| users.group(*group)).find(|name| GROUPS.contains(&name.as_str()));
    let existing = || GROUPS.iter().find(|group| users.has_group(group)).map(|group| (*group).to_owned());
    let is_in = mine.is_some();
    let (group, prepare) = match mine.or_else(existing) {
        Some(group) => (group, ""),
        None => ("dmaheap".to_owned(), "groupadd dmaheap; "),
    };
    let join = match is_in {
        true => String::new(),
        false => match in_group(&audience, &group, status.gid) {
            Some(line) => format!("; {line}"),
            None if users.is_member(uid, &group) => "; then log in again".to_owned(),
            None => format!("; usermod -aG {group} {user}"),
        },
    };
    rule(root, path, &group, &word, (prepare, &join))
}

/// Returns the lines that make the node the group's, between what prepares that and what makes the user a member.
fn rule(root: &Root, path: &Path, group: &str, word: &str, (prepare, join): (&str, &str)) -> String {
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
