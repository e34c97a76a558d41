//! The line that grants access to a node, for the device manager that runs here.

use super::caller::Credentials;
use crate::host::Root;
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

/// Who wants to read a node, and what the node says.
pub(super) struct Requester<'a> {
    pub(super) users: &'a Users,
    pub(super) me: &'a Credentials,
    pub(super) status: &'a Status,
    /// Whether the node has an access control list.
    pub(super) has_acl: bool,
}

/// What gives the applicant, whom the node's permissions keep out, access to it.
pub(super) fn line(root: &Root, applicant: &Requester<'_>, path: &Path) -> String {
    let Requester { users, me, status, has_acl } = applicant;
    let (word, uid) = (quoted(path), me.identity.uid);
    let user = quoted(users.user(uid));
    if me.overrides && me.is_in_namespace {
        return format!("outside the namespace, give {word} to a user or group that is mapped into it, or run rootful");
    }
    if uid == 0 && !me.overrides {
        return "run with CAP_DAC_OVERRIDE (systemd: CapabilityBoundingSet=; a container: --cap-add DAC_OVERRIDE)"
            .to_owned();
    }
    if uid == status.uid {
        return format!("chmod u+rw {word}");
    }
    if *has_acl {
        return format!("as root: setfacl -m u:{user}:rw {word}");
    }
    // Whoever gave the node to a group has chosen who is to use it. That of root is nobody's choice.
    if status.gid != 0 && status.mode & 0o040 != 0 {
        let group = users.group(status.gid);
        return match users.is_member(uid, &group) {
            true => format!("log in again or run `newgrp {}`: this session is not in the group yet", quoted(group)),
            false => format!("as root: usermod -aG {} {user}; then log in again", quoted(group)),
        };
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
        false if users.is_member(uid, &group) => "; then log in again".to_owned(),
        false => format!("; usermod -aG {group} {user}"),
    };
    format!("as root: {prepare}{}{join}", rule(root, &group, path, &word))
}

/// What makes the node the group's, now and at the next start.
fn rule(root: &Root, group: &str, path: &Path, word: &str) -> String {
    let is_in_class = path.starts_with(DIRECTORY);
    if is_in_class && root.has(Path::new("/run/udev/control")) {
        format!(
            "SUBSYSTEM==\"dma_heap\", GROUP=\"{group}\", MODE=\"0660\" in {RULES}, \
             then udevadm control --reload; udevadm trigger -s dma_heap"
        )
    } else if is_in_class && root.has(Path::new("/etc/mdev.conf")) {
        format!("dma_heap/.* root:{group} 660 in /etc/mdev.conf, then mdev -s")
    } else {
        format!("chgrp {group} {word}; chmod 660 {word}")
    }
}
