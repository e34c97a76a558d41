//! Who may not open a heap, why, and what helps. `alloc` and `list` say the same.

mod debian;

use super::{doctor, findings, no_problem, problem, sh};
use crate::support::{Outcome, Run, bare, script};
use std::ffi::CStr;

const USER: u32 = 1000;
const NODE: &str = "/dev/dma_heap/system";
const SYSTEM: &CStr = c"/dev/dma_heap/system";

/// What doctor finds in the way, with its help. The hint of alloc and a column of list also say it.
#[track_caller]
fn denied(errno: &str, heap: &str, run: impl Fn(&str) -> Run) -> [String; 2] {
    let [check, evidence, help] = problem(&run(&format!("doctor --json --heap {heap}")).run());
    assert_eq!(check, "access");
    let evidence = evidence.strip_prefix(&format!("{errno}: ")).unwrap_or_else(|| panic!("{evidence}")).to_owned();
    let stderr = run(&format!("alloc -s 4k --heap {heap}")).run().failure(1);
    let path = if heap.starts_with('/') { heap.to_owned() } else { format!("/dev/dma_heap/{heap}") };
    assert!(stderr.ends_with(&format!(" ({errno})\nhint: {path}: {evidence}; {help}\n")), "{stderr}");
    let listed = run(&format!("list -n -o REASON {heap}")).run().success();
    assert_eq!(listed, format!("{evidence}\n"));
    [evidence, help]
}

fn by(uid: u32) -> impl Fn(&str) -> Run {
    move |args| bare(args.split(' ')).by_user(uid)
}

/// The command of a line for this machine.
#[track_caller]
fn command(help: &str) -> &str {
    ["as root: ", "as root, until the next boot: ", "until the next boot: "]
        .iter()
        .find_map(|who| help.strip_prefix(who))
        .unwrap_or_else(|| panic!("{help} is not a command"))
}

/// Does what a line for this machine says. busybox has no usermod(8).
#[track_caller]
fn follow(help: &str) {
    sh(&format!("set -e; usermod() {{ sed -i \"/^$2:/s/\\$/,$3/\" /etc/group; }}; {}", command(help)));
}

#[track_caller]
fn works(run: Run) {
    run.run().success();
}

fn allocated(uid: u32, gid: u32) -> Run {
    bare(["alloc", "-s", "4k", "-n", "-o", "HEAP"]).by_user_in(uid, gid)
}

/// The files by which a container knows itself, for as long as this lives.
struct Surroundings;

impl Surroundings {
    fn new(change: &str) -> Self {
        sh(change);
        Self
    }
}

impl Drop for Surroundings {
    fn drop(&mut self) {
        sh("rm -rf /.dockerenv /run/.containerenv /run/systemd /etc/initrd-release");
    }
}

/// The nodes and /etc as they are at the start, again when this is dropped.
struct Restored {
    /// Commands that give every node of /dev its mode and its owner.
    nodes: String,
}

impl Restored {
    fn new(change: &str) -> Self {
        sh("cp -p /etc/group /tmp/group; cp -p /etc/passwd /tmp/passwd");
        let nodes = nodes();
        sh(change);
        Self { nodes }
    }
}

fn nodes() -> String {
    sh("find /dev -type c -o -type b | sort | xargs stat -c 'chown %u:%g %n; chmod %a %n'")
}

impl Drop for Restored {
    fn drop(&mut self) {
        sh("mv /tmp/group /etc/group; mv /tmp/passwd /etc/passwd; rm -f /etc/mdev.conf; rm -rf /run/udev");
        remove_list(SYSTEM);
        sh(&self.nodes);
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_user_gets_the_line_for_the_device_manager_that_runs() {
    let _restored = Restored::new("true");
    let found = "0600 root:root; you are user (groups: user)";
    let plain = denied("EACCES", "system", by(USER));
    let line = format!("as root, until the next boot: chgrp video {NODE}; chmod 660 {NODE}; usermod -aG video user");
    assert_eq!(plain, [found, &line]);
    follow(&line);
    works(allocated(USER, 44));
    sh(&format!("cp -p /tmp/group /etc/group; chown 0:0 {NODE}; chmod 600 {NODE}; touch /etc/mdev.conf"));
    let mdev = denied("EACCES", "system", by(USER));
    let line = format!(
        "as root: echo 'dma_heap/.* root:video 660' >>/etc/mdev.conf; chgrp video {NODE}; chmod 660 {NODE}; \
         usermod -aG video user"
    );
    assert_eq!(mdev, [found, &line]);
    let given = nodes().replace(&format!("chown 0:0 {NODE}; chmod 600"), &format!("chown 0:44 {NODE}; chmod 660"));
    follow(&line);
    works(allocated(USER, 44));
    assert_eq!(nodes(), given, "no other node was changed");
    // The next boot does it by the rule.
    sh(&format!("chown 0:0 {NODE}; chmod 600 {NODE}"));
    sh("sed -i '1i (null|zero|full|random|urandom|tty|ptmx) root:root 666' /etc/mdev.conf; mdev -s");
    works(allocated(USER, 44));
    sh(&format!("cp -p /tmp/group /etc/group; chown 0:0 {NODE}; chmod 600 {NODE}"));
    sh("mkdir -p /run/udev; touch /run/udev/control");
    let udev = denied("EACCES", "system", by(USER));
    let line = "as root, with the rule of the package's 60-dma-heap.rules: echo 'SUBSYSTEM==\"dma_heap\", GROUP=\"video\", \
                MODE=\"0660\"' >/etc/udev/rules.d/61-dmaheap.rules; udevadm control --reload; udevadm trigger -s dma_heap; \
                usermod -aG video user";
    assert_eq!(udev, [found, line]);
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn hint_keeps_to_the_group_of_the_node() {
    let _restored =
        Restored::new(&format!("echo dmaheap:x:106: >>/etc/group; chown root:106 {NODE}; chmod 660 {NODE}"));
    let found = denied("EACCES", "system", by(USER));
    let help = "as root: usermod -aG dmaheap user; then log in again";
    assert_eq!(found, ["0660 root:dmaheap; you are user (groups: user)", help]);
    sh("sed -i s/^dmaheap.*/dmaheap:x:106:user/ /etc/group");
    let found = denied("EACCES", "system", by(USER));
    let help = "log in again or run `newgrp dmaheap`: this session is not in the group yet";
    assert_eq!(found, ["0660 root:dmaheap; you are user (groups: user)", help]);
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn an_owner_without_a_bit_gives_it_to_himself() {
    let _restored = Restored::new(&format!("chown 1000:1000 {NODE}; chmod 066 {NODE}"));
    let found = denied("EACCES", "system", by(USER));
    let line = format!("until the next boot: chmod u+rw {NODE}");
    assert_eq!(found, ["0066 user:user; you are user (groups: user)", &line]);
    follow(&line);
    works(allocated(USER, USER));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn root_without_the_capability_is_nobody() {
    const HELP: &str =
        "run with CAP_DAC_OVERRIDE (systemd: CapabilityBoundingSet=; a container: --cap-add DAC_OVERRIDE)";
    let bounded = |args: &str| bare(args.split(' ')).without_capabilities(&[1, 2]);
    let _restored = Restored::new(&format!("chown 1000:1000 {NODE}"));
    let found = denied("EACCES", "system", bounded);
    assert_eq!(found, ["0600 user:user; you are root (groups: root), without CAP_DAC_OVERRIDE", HELP]);
    sh(&format!("chown 0:0 {NODE}; chmod 040 {NODE}"));
    let found = denied("EACCES", "system", bounded);
    assert_eq!(found[0], "0040 root:root; you are root (groups: root), without CAP_DAC_OVERRIDE");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_directory_that_may_not_be_searched_is_named() {
    sh("chmod 700 /dev/dma_heap");
    let outcome = bare(["doctor", "--json", "--heap", "system"]).by_user(USER).run();
    let stderr = bare(["alloc", "-s", "4k"]).by_user(USER).run().failure(1);
    let [check, evidence, help] = problem(&outcome);
    follow(&help);
    let opened = bare(["list", "-rn", "-o", "ACCESS", "system"]).by_user(USER).run();
    sh("chmod 755 /dev/dma_heap");
    assert_eq!(opened.stdout, "EACCES\n", "the node's own mode");
    assert_eq!(opened.stderr, "dmaheap: /dev/dma_heap exists but may not be listed (EACCES)\n");
    assert_eq!(check, "node");
    assert_eq!(evidence, "no search permission on the directory /dev/dma_heap (EACCES)");
    assert_eq!(help, "as root, until the next boot: chmod a+x /dev/dma_heap");
    assert!(stderr.ends_with(&format!("\nhint: {NODE}: {evidence}; {help}\n")), "{stderr}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_nodev_mount_is_found() {
    let dev = std::fs::read_to_string("/sys/class/dma_heap/system/dev").unwrap().trim().replace(':', " ");
    sh("mkdir -p /tmp/nodev && mount -t tmpfs -o nodev tmpfs /tmp/nodev");
    sh(&format!("mknod -m 666 /tmp/nodev/heap c {dev}"));
    let found = std::panic::catch_unwind(|| {
        let found = denied("EACCES", "/tmp/nodev/heap", by(0));
        follow(&found[1]);
        works(bare(["alloc", "-s", "4k", "-n", "-o", "HEAP", "--heap", "/tmp/nodev/heap"]));
        found
    });
    sh("umount /tmp/nodev");
    assert_eq!(
        found.unwrap(),
        [
            "0666 root:root; you are root (groups: root); it is on a filesystem mounted nodev",
            "as root, until the next boot: mount -o remount,bind,dev /tmp/nodev"
        ]
    );
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn root_of_a_user_namespace_is_nobody_for_whom_it_does_not_know() {
    let _restored = Restored::new(&format!("chown 1000:1000 {NODE}"));
    let found = denied("EACCES", "system", |args| script(&format!("exec unshare -Ur \"$DMAHEAP\" {args}")));
    assert_eq!(
        found,
        [
            "0600 nobody:nogroup; you are root (groups: root), in a user namespace that does not map the owner, so CAP_DAC_OVERRIDE has no effect",
            &format!("outside the namespace, give {NODE} to a user or group that is mapped into it, or run rootful")
        ]
    );
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_container_is_started_with_the_group_and_the_device() {
    let _restored = Restored::new(&format!("sed -i /^video:/d /etc/group; chown 0:44 {NODE}; chmod 660 {NODE}"));
    let group = |files: &str| {
        let _surroundings = Surroundings::new(files);
        denied("EACCES", "system", by(USER))[1].clone()
    };
    assert_eq!(group("touch /.dockerenv"), "start the container with --group-add 44");
    assert_eq!(group("touch /run/.containerenv"), "start the container with --group-add 44");
    sh("echo video:x:44:user >>/etc/group");
    assert_eq!(group("touch /.dockerenv"), "start the container with --group-add 44", "the group has a name in there");
    assert_eq!(
        group("echo rootless=1 >/run/.containerenv"),
        "start the container with --group-add keep-groups, as a user of the host who is in the node's group"
    );
    sh("mv /dev/dma_heap /dev/gone");
    let lost = std::panic::catch_unwind(|| {
        let missing = |files: &str| {
            let _surroundings = Surroundings::new(files);
            let [check, _, help] = problem(&bare(["doctor", "--json", "--heap", "system"]).run());
            assert_eq!(check, "node");
            help
        };
        assert_eq!(missing("touch /.dockerenv"), format!("start the container with --device {NODE}"));
        assert!(missing("mkdir -p /run/systemd; echo lxc >/run/systemd/container").contains("lxc.mount.entry = "));
        let initramfs = missing("touch /etc/initrd-release");
        assert_eq!(initramfs, "in the init of the initramfs: mount -t devtmpfs devtmpfs /dev");
        let here = missing("true");
        follow(&here);
        works(bare(["alloc", "-s", "4k", "-n", "-o", "HEAP"]));
    });
    sh("rm -rf /dev/dma_heap; mv /dev/gone /dev/dma_heap");
    lost.unwrap();
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn commands_for_this_machine_work() {
    sh("echo 1 >/proc/sys/vm/panic_on_oom");
    let rows = doctor().run();
    let followed = std::panic::catch_unwind(|| follow(&problem(&rows)[2]));
    let after = doctor().run();
    sh("echo 0 >/proc/sys/vm/panic_on_oom");
    followed.unwrap();
    no_problem(&after);
    let without_debugfs = |command: &str| {
        let text = format!("umount -l /sys/kernel/debug || exit 99; {command}; \"$DMAHEAP\" doctor --json");
        script(&format!("unshare -m sh -c '{text}'")).run()
    };
    let row = |outcome: &Outcome, verdict| {
        findings(outcome, verdict).into_iter().find(|row| row["check"] == "debugfs").expect("a row of this verdict")
    };
    let missing = row(&without_debugfs("true"), "unknown");
    row(&without_debugfs(command(missing["help"].as_str().unwrap())), "ok");
}

/// `system.posix_acl_access` as linux/posix_acl_xattr.h has it: tag, permissions, number of each entry.
fn set_list(path: &CStr, entries: &[(u16, u16, u32)]) {
    let mut value = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        value.extend([tag.to_le_bytes(), permissions.to_le_bytes()].concat());
        value.extend(id.to_le_bytes());
    }
    // SAFETY: both names end with NUL, and the value has the length that is given.
    let answer = unsafe {
        libc::setxattr(path.as_ptr(), c"system.posix_acl_access".as_ptr(), value.as_ptr().cast(), value.len(), 0)
    };
    assert_eq!(answer, 0, "{}", std::io::Error::last_os_error());
}

fn remove_list(path: &CStr) {
    // SAFETY: both names end with NUL. Without a list, or without lists at all, there is nothing to do.
    unsafe { libc::removexattr(path.as_ptr(), c"system.posix_acl_access".as_ptr()) };
}
