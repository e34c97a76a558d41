//! What cannot be true under `sim`: permissions, mounts, device nodes of one's own, memory that runs out.
//!
//! These run in the virtual machine only, as root.

use crate::support::{bare, script};
use std::process::Command;

const USER: u32 = 1000;

/// Runs a program of the machine and expects it to succeed.
#[track_caller]
fn sh(text: &str) {
    let status = Command::new("/bin/sh").args(["-c", text]).status().expect("there is a shell");
    assert!(status.success(), "{text}");
}

/// The major number of heaps, from the class.
fn major() -> String {
    let dev = std::fs::read_to_string("/sys/class/dma_heap/system/dev").expect("a system heap");
    dev.split(':').next().unwrap().to_owned()
}

/// A node that exists while this lives.
struct MadeNode(&'static str);

impl MadeNode {
    #[track_caller]
    fn new(path: &'static str, major: &str, minor: &str) -> Self {
        sh(&format!("mknod {path} c {major} {minor}"));
        Self(path)
    }
}

impl Drop for MadeNode {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn denied_user_sees_the_node_and_own_identity() {
    let stderr = bare(["alloc", "-s", "4k"]).by_user(USER).run().failure(1);
    assert_eq!(
        stderr,
        "dmaheap: open heap system: permission denied (EACCES)\n\
         hint: /dev/dma_heap/system: 0600 root:root; you are user (groups: user); \
         as root, until the next boot: chgrp video /dev/dma_heap/system; chmod 660 /dev/dma_heap/system; usermod -aG video user\n"
    );
    let outcome = bare(["list", "-n", "-o", "NAME,MODE,OWNER,ACCESS", "system"]).by_user(USER).run();
    assert_eq!(outcome.success(), "system  crw-------  root:root  EACCES\n");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_group_that_may_read_is_enough() {
    sh("chown root:1000 /dev/dma_heap/system; chmod 440 /dev/dma_heap/system");
    let size = bare(["alloc", "-s", "4k", "-bn", "-o", "SIZE"]).by_user(USER).run();
    let listed = bare(["list", "-n", "-o", "MODE,OWNER,ACCESS", "system"]).by_user(USER).run();
    sh("chown root:root /dev/dma_heap/system; chmod 600 /dev/dma_heap/system");
    assert_eq!(size.success(), "4096\n");
    assert_eq!(listed.success(), "cr--r-----  root:user  ok\n");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_stale_node_is_shown_and_explained() {
    let _node = MadeNode::new("/dev/dma_heap/stale", &major(), "99");
    let outcome = bare(["list", "-n", "-o", "NAME,ACCESS,MAJ:MIN", "stale"]).run();
    assert_eq!(outcome.stdout, format!("stale  ENXIO  {}:99!\n", major()));
    assert_eq!(
        outcome.stderr,
        format!(
            "dmaheap: warning: /dev/dma_heap/stale is {}:99, but /sys/class/dma_heap has no device number\n",
            major()
        )
    );
    let stderr = bare(["alloc", "-s", "4k", "--heap", "stale"]).run().failure(1);
    assert!(
        stderr.starts_with("dmaheap: open heap stale: no such device or address (ENXIO)\nhint: no driver is behind "),
        "{stderr}"
    );
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_node_of_another_driver_among_the_heaps_is_marked_and_not_opened() {
    let _node = MadeNode::new("/dev/dma_heap/null", "1", "3");
    assert_eq!(bare(["list", "-n", "-o", "NAME,ACCESS,MAJ:MIN", "null"]).run().success(), "null  not-a-heap  1:3!\n");
    let stderr = bare(["alloc", "-s", "4k", "--heap", "null"]).run().failure(1);
    assert!(
        stderr.starts_with("dmaheap: open heap null: character device 1:3 is not a DMA heap (their major number is "),
        "{stderr}"
    );
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn second_node_of_a_device_is_a_heap_of_its_own() {
    let minor =
        std::fs::read_to_string("/sys/class/dma_heap/system/dev").unwrap().trim().split(':').nth(1).unwrap().to_owned();
    let _node = MadeNode::new("/dev/dma_heap/other", &major(), &minor);
    sh("ln -s system /dev/dma_heap/link");
    let listed = bare(["list", "-n", "-o", "NAME,ALIAS,ACCESS", "system", "link", "other"]).run();
    let row = bare(["alloc", "-s", "4k", "-n", "-o", "HEAP,EXPORTER", "--heap", "link"]).run();
    sh("rm /dev/dma_heap/link");
    let text = listed.success();
    assert!(text.contains("other   ") && text.contains("link"), "{text}");
    assert_eq!(row.success(), "link  system\n");
}

/// A script in a mount namespace of its own, in which /proc, /sys or both are gone.
fn without(mounts: &str, text: &str) -> crate::support::Run {
    script(&format!("unshare -m sh -c 'umount -l {mounts} || exit 99; {text}'"))
}

/// What is said where this process cannot be made the first victim.
const NO_SCORE: &str = "dmaheap: write /proc/self/oom_score_adj: no such file or directory (ENOENT)\n\
    hint: the OOM killer may choose another process before this one, so only half of the memory budget is used\n";

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn without_proc_the_heap_works_and_the_budget_comes_from_sysinfo() {
    let row = without("/proc", "\"$DMAHEAP\" alloc -s 4k -bn -o HEAP,SIZE,EXPORTER").run();
    assert_eq!((row.stdout.as_str(), row.stderr.as_str(), row.status), ("system  4096  -\n", NO_SCORE, 0));
    let listed = without("/proc", "\"$DMAHEAP\" list -n -o NAME,ACCESS system");
    assert_eq!(listed.run().success(), "system  ok\n");
    let stderr = without("/proc", "\"$DMAHEAP\" alloc -s 64T").run().failure(1);
    assert!(stderr.contains("no /proc/meminfo; free memory according to sysinfo(2)"), "{stderr}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn without_proc_buffers_are_kept_passed_filled_and_checked() {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("inside");
    std::fs::write(
        &inside,
        "\"$DMAHEAP\" fill -f 3 --pattern increment && \"$DMAHEAP\" verify -f 3 --pattern increment -bn -o LENGTH,DIFFERING\n\
         printf xyz | \"$DMAHEAP\" load -f 3 --offset 1 --length 3 && \"$DMAHEAP\" dump -f 3 --length 5 | od -An -tx1\n\
         \"$DMAHEAP\" recv --listen @without -bn -o SIZE,EXPORTER &\n\
         until \"$DMAHEAP\" send @without -f 3 2>/dev/null; do :; done; wait $!; echo $?\n\
         \"$DMAHEAP\" hold -s 8k --for 1ms -bn -o SIZE\n",
    )
    .unwrap();
    let outcome = without("/proc", &format!("\"$DMAHEAP\" exec -s 4k -- sh {}", inside.display())).run();
    assert_eq!(outcome.stdout, "4096\n0\n 00 78 79 7a 04\n4096  -\n0\n8192\n", "{}", outcome.stderr);
    assert_eq!(outcome.status, 0);
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn without_sys_proc_tells_the_major_number() {
    let row = without("/sys", "\"$DMAHEAP\" alloc -s 4k -bn -o HEAP,SIZE");
    assert_eq!(row.run().success(), "system  4096\n");
    let listed = without("/sys", "\"$DMAHEAP\" list -n -o NAME,CLASS,ACCESS system");
    assert_eq!(listed.run().success(), "system  -  ok\n");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn without_both_a_node_is_opened_by_force_only() {
    let stderr = without("/sys /proc", "\"$DMAHEAP\" alloc -s 4k").run().failure(1);
    assert!(stderr.contains("cannot tell whether character device "), "{stderr}");
    assert!(stderr.ends_with("hint: mount /proc or /sys, or use --force if you know that it is a heap\n"), "{stderr}");
    let forced = without("/sys /proc", "\"$DMAHEAP\" alloc -s 4k --force -bn -o SIZE").run();
    assert_eq!((forced.stdout.as_str(), forced.stderr.as_str(), forced.status), ("4096\n", NO_SCORE, 0));
    let listed = without("/sys /proc", "\"$DMAHEAP\" list -n -o NAME,ACCESS system");
    assert_eq!(listed.run().success(), "system  unverified\n");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_class_without_a_node_names_the_command_that_makes_it() {
    sh("mv /dev/dma_heap/system /dev/dma_heap.saved");
    let listed = bare(["list", "-n", "-o", "NAME,ACCESS,CLASS", "system"]).run();
    let outcome = bare(["alloc", "-s", "4k"]).run();
    sh("mv /dev/dma_heap.saved /dev/dma_heap/system");
    let minor = std::fs::read_to_string("/sys/class/dma_heap/system/dev").unwrap().trim().replace(':', " ");
    assert_eq!(
        outcome.failure(1),
        format!(
            "dmaheap: open heap system: no such heap (ENOENT)\n\
             hint: the kernel has this heap, but /dev has no node for it: as root, until the next boot: mkdir -p /dev/dma_heap; \
             mknod -m 600 /dev/dma_heap/system c {minor}\n"
        )
    );
    assert_eq!(listed.success(), format!("system  no-node  {}\n", minor.replace(' ', ":")));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_window_of_no_size_counts_as_eighty_columns() {
    use std::io::Read;
    use std::process::Stdio;
    let pty = nix::pty::openpty(None, None).expect("a terminal");
    let mut child = Command::new(crate::support::binary())
        .args(["list", "--output-all", "system"])
        .stdin(Stdio::null())
        .stdout(Stdio::from(pty.slave))
        .stderr(Stdio::null())
        .env_clear()
        .spawn()
        .expect("the tool starts");
    assert!(child.wait().expect("it ends").success());
    let mut shown = vec![0; 4096];
    let length = std::fs::File::from(pty.master).read(&mut shown).expect("the terminal has lines");
    let shown = String::from_utf8_lossy(&shown[..length]).into_owned();
    assert!(shown.contains("system") && shown.contains("/dev/dma_heap/system\r\n"), "{shown}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn an_allocation_is_few_system_calls_and_little_memory() {
    // What else the table shows by default takes four: lseek, two of fcntl, statx.
    for (options, most) in [("-n -o HEAP", 60), ("", 64)] {
        let text =
            format!("strace -f -o /tmp/trace \"$DMAHEAP\" alloc -s 4M {options}; wc -l </tmp/trace; rm /tmp/trace");
        let text = script(&text).run().success();
        let calls: u32 = text.lines().last().and_then(|line| line.trim().parse().ok()).expect("a count");
        // The first line is the exec itself, the last one is not a call but says how it ended.
        assert!(calls - 2 <= most, "{} system calls: {options}", calls - 2);
    }
    let text = script("/bin/busybox time -v \"$DMAHEAP\" alloc -s 4M 2>&1 >/dev/null | grep Maximum").run().success();
    let shown: u64 = text.rsplit(' ').next().and_then(|word| word.trim().parse().ok()).expect("a size");
    // busybox takes ru_maxrss, which is in KiB, for a number of pages.
    let kibibytes = shown / (crate::sys::system::page_size() / 1024);
    assert!((1..=4096).contains(&kibibytes), "{kibibytes} KiB");
}

/// As where other people's tests run on the same board.
#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn what_others_allocate_in_between_is_no_fault_of_the_kernel() {
    let text = "cd \"$(mktemp -d)\" && touch busy
        for time in 0.3 0.4 0.7 0.7; do
            (while [ -e busy ]; do \"$DMAHEAP\" exec -s 4k -- sleep $time; done) >/dev/null 2>&1 &
        done
        \"$DMAHEAP\" stress -d 1h -j 1 --max-size 256k >/dev/null 2>&1 & stress=$!
        for run in 1 2; do
            \"$DMAHEAP\" probe --format ktap --heap system --case 'buffer_export*' --case 'buffer_sync*' --case 'len_*' >ktap
            echo $? $(grep -c '^not ok' ktap)
        done
        kill $stress; rm -r \"$PWD\"; wait";
    let outcome = script(text).run();
    assert_eq!(outcome.stdout, "0 0\n0 0\n", "{}", outcome.stderr);
}

/// On the kernel with CMA heaps (`tests/vm/run --kernel cma`).
mod cma {
    use crate::support::{bare, rows, script};
    use serde_json::json;

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn a_cma_heap_refuses_what_would_let_the_oom_killer_loose() {
        let outcome = bare(["probe", "-J", "--heap", "reserved", "--unsafe", "--group", "unsafe"]).run();
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
        let rows = rows(&outcome.stdout);
        let word =
            |key: &str| rows.iter().map(|row| row[key].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        assert_eq!(word("case"), ["unsafe_len_most", "unsafe_len_terabyte"]);
        assert_eq!((word("verdict"), word("outcome")), (vec!["ok".to_owned(); 2], vec!["ENOMEM".to_owned(); 2]));
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn memory_that_others_hold_is_no_fault_of_the_kernel() {
        crate::probe::memory_that_others_hold_is_no_fault_of_the_kernel("reserved", &|text| script(text).run());
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn the_area_is_reported_and_the_kind_is_known() {
        let row = &rows(&bare(["list", "--json", "reserved"]).run().success())[0];
        assert_eq!(row["kind"], json!({"value": "cma", "inferred": false}));
        for key in ["cma_total", "cma_free", "cma_largest"] {
            assert!(row[key]["value"].as_u64() > Some(0), "{row}");
            assert_eq!(row[key]["inferred"], false);
        }
        assert_eq!(row["free"], row["cma_free"]["value"]);
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn the_alias_finds_it_and_says_so() {
        let outcome = bare(["alloc", "-v", "--heap", "cma", "-s", "64k", "-bn", "-o", "HEAP,SIZE,EXPORTER"]).run();
        assert_eq!(
            (outcome.stdout.as_str(), outcome.stderr.as_str()),
            ("reserved  65536  reserved\n", "dmaheap: cma resolves to reserved\n")
        );
    }

    #[test]
    #[ignore = "needs the kernel with CMA heaps: tests/vm/run --kernel cma"]
    fn cma_request_that_does_not_fit_is_explained() {
        let row = &rows(&bare(["list", "--json", "reserved"]).run().success())[0];
        let total = row["cma_total"]["value"].as_u64().unwrap();
        let stderr = bare(["alloc", "--heap", "reserved", "-s", &(total + 4096).to_string()]).run().failure(1);
        assert!(
            stderr.contains(" bytes from reserved: cannot allocate memory (ENOMEM)\nhint: CMA area reserved: "),
            "{stderr}"
        );
        assert!(stderr.contains(", largest free run ") && !stderr.contains("unknown"), "{stderr}");
        // One after another until the area is full: the rows before the failure are printed.
        let outcome = bare(["alloc", "--heap", "reserved", "-s", "1M", "-c", "1000", "--json"]).run();
        assert_eq!(outcome.status, 1);
        assert!((1..1000).contains(&rows(&outcome.stdout).len()));
        assert!(
            outcome.stderr.contains("cannot allocate memory (ENOMEM)\nhint: CMA area reserved: "),
            "{}",
            outcome.stderr
        );
    }
}

/// `dmaheap probe` where a machine lacks something.
mod probe {
    use super::{USER, sh, without};
    use crate::support::{bare, rows};

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn without_proc_descriptors_are_found_all_the_same() {
        let text = without("/proc", "\"$DMAHEAP\" probe --heap system").run().success();
        let totals = text.lines().last().unwrap_or_default();
        assert!(totals.contains(" cases: 3") && totals.contains(" ok, 0 failed, 0 known, "), "{text}");
        assert!(text.contains("  skip  buffer_reopen: "), "{text}");
        let hidden = without("/proc", "\"$DMAHEAP\" probe --heap system --case request_write -v").run().success();
        assert!(hidden.contains("ok     request_write  ok+hidden_fd\n"), "{hidden}");
    }

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn an_ordinary_user_probes_the_one_heap_he_may_open() {
        sh("chmod 444 /dev/dma_heap/system");
        let outcome = bare(["probe", "-J"]).by_user(USER).run();
        let strict = bare(["probe", "--strict", "-J", "--group", "len"]).by_user(USER).run();
        sh("chmod 600 /dev/dma_heap/system");
        // The small kernel has another heap.
        let closed = if std::path::Path::new("/dev/dma_heap/reserved").exists() {
            "dmaheap: not probed: reserved (EACCES)\n"
        } else {
            ""
        };
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, closed));
        // A heap that could not be opened was not probed, which a strict run does not pass over.
        assert_eq!((strict.status, strict.stderr.as_str()), (i32::from(!closed.is_empty()), closed));
        let rows = rows(&outcome.stdout);
        assert!(rows.iter().all(|row| row["heap"] == "system"));
        let skipped: Vec<&str> =
            rows.iter().filter(|row| row["verdict"] == "skip").filter_map(|row| row["case"].as_str()).collect();
        for case in ["target_wronly", "target_rdwr", "node_write", "node_unused_minor"] {
            assert!(skipped.contains(&case), "{skipped:?}");
        }
        assert!(rows.iter().all(|row| row["verdict"] == "ok" || row["verdict"] == "skip"));
        assert!(rows.iter().filter(|row| row["verdict"] == "ok").count() > 290);
    }

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn probe_without_access_fails_and_says_why() {
        let outcome = bare(["probe", "--format", "ktap"]).by_user(USER).run();
        assert_eq!(outcome.status, 1);
        assert_eq!(outcome.stdout, "KTAP version 1\n1..0 # SKIP no heap to probe\n");
        assert!(outcome.stderr.contains("dmaheap: not probed: system (EACCES)\n"), "{}", outcome.stderr);
        let stderr = bare(["probe", "--heap", "system"]).by_user(USER).run().failure(1);
        assert!(stderr.starts_with("dmaheap: open heap system: permission denied (EACCES)\nhint: "), "{stderr}");
    }

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn a_hard_limit_that_is_too_low_is_a_reason_to_skip() {
        let text =
            crate::support::script("ulimit -n 256; \"$DMAHEAP\" probe --heap system --group limits").run().success();
        assert!(
            text.contains("  skip  limits_many_buffers: the hard limit of open files is 256, and 1200 are needed\n"),
            "{text}"
        );
        assert!(text.ends_with("5 cases: 3 ok, 0 failed, 0 known, 2 skipped\n"), "{text}");
    }
}
