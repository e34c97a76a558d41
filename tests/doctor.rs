//! `dmaheap doctor`: each illness has its one right answer.

use crate::support::{Board, Outcome, Run, bare, script};
use serde_json::Value;
use std::process::Command;

const USER: u32 = 1000;

/// The findings of that verdict.
#[track_caller]
fn findings(outcome: &Outcome, verdict: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.transcript()));
    document["rows"].as_array().unwrap().iter().filter(|row| row["verdict"] == verdict).cloned().collect()
}

/// The one problem: check, evidence, help.
#[track_caller]
fn problem(outcome: &Outcome) -> [String; 3] {
    let problems = findings(outcome, "problem");
    assert_eq!((problems.len(), outcome.status), (1, 1), "{}", outcome.transcript());
    ["check", "evidence", "help"].map(|key| problems[0][key].as_str().unwrap_or_default().to_owned())
}

#[track_caller]
fn no_problem(outcome: &Outcome) {
    assert_eq!(findings(outcome, "problem"), [] as [Value; 0]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
}

#[track_caller]
fn sh(text: &str) {
    assert!(Command::new("/bin/sh").args(["-c", text]).status().expect("a shell").success(), "{text}");
}

fn doctor() -> Run {
    bare(["doctor", "--json"])
}

/// A board on which nothing is wrong.
fn healthy() -> Board {
    Board::new()
        .file("proc/sys/kernel/osrelease", "6.12.9-board\n")
        .file("proc/devices", "Character devices:\n252 dma_heap\n\nBlock devices:\n")
        .file("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 900000 kB\nCmaTotal: 65536 kB\nCmaFree: 32768 kB\n")
        .file("proc/cmdline", "console=ttyS0 cma=64M\n")
        .file("proc/sys/vm/panic_on_oom", "0\n")
        .file(
            "boot/config-6.12.9-board",
            "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=y\n# CONFIG_UDMABUF is not set\n",
        )
}

#[test]
fn the_configuration_is_read_where_it_is() {
    let board = healthy().file("sys/class/dma_heap/system/dev", "252:0\n");
    let outcome = board.run("doctor", &["-n", "-o", "VERDICT,OBJECT,EVIDENCE"]);
    for line in [
        "ok       CONFIG_DMABUF_HEAPS         y, says /boot/config-6.12.9-board",
        "ok       CONFIG_UDMABUF              not set, says /boot/config-6.12.9-board",
        "64MiB; from cma=64M on the command line",
        "900000 kB",
    ] {
        let wanted = line != "900000 kB";
        assert_eq!(outcome.stdout.contains(line), wanted, "{line} in\n{}", outcome.stdout);
    }
}

#[test]
fn a_class_without_a_node_names_the_command_that_makes_it() {
    let outcome = healthy().file("sys/class/dma_heap/system/dev", "252:0\n").run("doctor", &["--json"]);
    let [check, evidence, help] = problem(&outcome);
    assert_eq!((check.as_str(), evidence.as_str()), ("node", "the class has system (252:0), /dev has no node for it"));
    assert!(help.contains("mknod /dev/dma_heap/system c 252 0"), "{help}");
    assert_eq!(outcome.stderr, format!("dmaheap: problem: node /dev/dma_heap/system\nhint: {help}\n"));
}

#[test]
fn a_kernel_without_heaps_is_the_one_problem() {
    let outcome = Board::new()
        .file("proc/sys/kernel/osrelease", "6.1.0-40-cloud-amd64\n")
        .file("lib/modules/6.1.0-40-cloud-amd64/config", "# CONFIG_DMABUF_HEAPS is not set\n")
        .file("sys/class/misc/.keep", "")
        .run("doctor", &["--json"]);
    let [check, evidence, help] = problem(&outcome);
    assert_eq!(check, "config");
    assert_eq!(evidence, "not set, says /lib/modules/6.1.0-40-cloud-amd64/config");
    assert!(help.contains("CONFIG_DMABUF_HEAPS=y"), "{help}");
}

#[test]
fn a_heap_that_is_a_module_is_loaded_by_name() {
    let board =
        || Board::new().file("proc/sys/kernel/osrelease", "7.2.0\n").file("sys/class/dma_heap/.keep/dev", "252:9\n");
    let board = board().file("boot/config-7.2.0", "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=m\n");
    std::fs::remove_dir_all(board.path().join("sys/class/dma_heap/.keep")).unwrap();
    let outcome = board.run("doctor", &["--json"]);
    let helps: Vec<Value> = findings(&outcome, "problem").into_iter().map(|row| row["help"].clone()).collect();
    assert!(helps.contains(&Value::from("modprobe system_heap")), "{helps:?}");
}

#[test]
fn a_link_that_leads_nowhere_is_a_problem_and_twins_are_none() {
    let outcome = healthy()
        .file("sys/class/dma_heap/reserved/dev", "252:0\n")
        .link("dev/dma_heap/linux,cma", "nowhere")
        .run("doctor", &["--json", "--heap", "linux,cma"]);
    let [check, evidence, help] = problem(&outcome);
    assert_eq!((check.as_str(), help.as_str()), ("node", "rm /dev/dma_heap/linux,cma"));
    assert_eq!(evidence, "a symbolic link to nowhere, which is not there");
}

#[test]
fn a_heap_that_is_not_there_is_an_error_of_its_own() {
    let stderr = healthy().run("doctor", &["--heap", "nowhere"]).failure(1);
    assert!(stderr.starts_with("dmaheap: open heap nowhere: no such heap (ENOENT)\nhint: "), "{stderr}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn root_has_no_problem() {
    let outcome = doctor().run();
    no_problem(&outcome);
    let rows = findings(&outcome, "ok");
    for check in ["access", "node", "leak", "limits", "debugfs", "memory", "oom", "accounting", "sim"] {
        assert!(rows.iter().any(|row| row["check"] == check), "{check}");
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_user_gets_the_line_for_the_device_manager_that_runs() {
    let only = || bare(["doctor", "--json", "--heap", "system"]).by_user(USER).run();
    let [check, evidence, help] = problem(&only());
    assert_eq!((check.as_str(), evidence.as_str()), ("access", "EACCES: 0600 root:root; you are user, in user"));
    assert_eq!(
        help,
        "as root: chgrp video /dev/dma_heap/system; chmod 660 /dev/dma_heap/system; usermod -aG video user"
    );
    sh("touch /etc/mdev.conf");
    let mdev = only();
    sh("rm /etc/mdev.conf; mkdir -p /run/udev; touch /run/udev/control");
    let udev = only();
    sh("rm -r /run/udev");
    assert!(problem(&mdev)[2].contains("dma_heap/.* root:video 660 in /etc/mdev.conf"));
    assert!(
        problem(&udev)[2].contains("SUBSYSTEM==\"dma_heap\", GROUP=\"video\", MODE=\"0660\" in /etc/udev/rules.d/")
    );
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn without_debugfs_that_is_unknown_and_no_problem() {
    let outcome = script("unshare -m sh -c 'umount -l /sys/kernel/debug || exit 99; \"$DMAHEAP\" doctor --json'").run();
    no_problem(&outcome);
    assert!(findings(&outcome, "unknown").iter().any(|row| row["check"] == "debugfs"));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_stale_node_is_found() {
    let dev = std::fs::read_to_string("/sys/class/dma_heap/system/dev").unwrap();
    sh(&format!("mknod /dev/dma_heap/stale c {} 99", dev.split(':').next().unwrap()));
    let outcome = doctor().run();
    sh("rm /dev/dma_heap/stale");
    let [check, evidence, help] = problem(&outcome);
    assert_eq!((check.as_str(), help.as_str()), ("node", "rm /dev/dma_heap/stale"));
    assert!(evidence.starts_with("stale: no driver has "), "{evidence}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_nodev_mount_is_found() {
    let dev = std::fs::read_to_string("/sys/class/dma_heap/system/dev").unwrap().trim().replace(':', " ");
    sh("mkdir -p /tmp/nodev && mount -t tmpfs -o nodev tmpfs /tmp/nodev");
    sh(&format!("mknod -m 666 /tmp/nodev/heap c {dev}"));
    let outcome = bare(["doctor", "--json", "--heap", "/tmp/nodev/heap"]).run();
    sh("umount /tmp/nodev");
    let [check, evidence, help] = problem(&outcome);
    assert_eq!((check.as_str(), help.as_str()), ("access", "mount -o remount,dev on the mount of /tmp/nodev/heap"));
    assert!(evidence.ends_with("it lies on a mount with the option nodev"), "{evidence}");
}

/// The kernel of tests/vm/kernel.config has no cgroups.
mod cgroup {
    use super::{problem, script, sh};

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn a_device_filter_that_forbids_it_is_suspected_and_the_line_is_said() {
        sh("mkdir -p /tmp/devices && mount -t cgroup -o devices none /tmp/devices && mkdir /tmp/devices/jail");
        sh("echo a >/tmp/devices/jail/devices.deny; echo 'c 1:* rwm' >/tmp/devices/jail/devices.allow");
        let outcome =
            script("echo $$ >/tmp/devices/jail/cgroup.procs; exec \"$DMAHEAP\" doctor --json --heap system").run();
        sh("rmdir /tmp/devices/jail; umount /tmp/devices");
        let [check, evidence, help] = problem(&outcome);
        assert_eq!(check, "access");
        assert!(
            evidence.contains("EPERM: ") && evidence.contains("the device filter of the cgroup /jail or"),
            "{evidence}"
        );
        assert!(help.contains("DeviceAllow=/dev/dma_heap/system rw"), "{help}");
    }
}
