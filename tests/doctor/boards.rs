//! Files of other machines, each with its own illness.

use super::{findings, no_problem, problem};
use crate::support::{Board, Outcome};
use serde_json::Value;
use std::fs;

/// A board on which nothing is wrong.
pub fn healthy() -> Board {
    Board::new()
        .file("proc/sys/kernel/osrelease", "6.12.9-board\n")
        .file("proc/devices", "Character devices:\n252 dma_heap\n\nBlock devices:\n")
        .file("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 900000 kB\nCmaTotal: 65536 kB\nCmaFree: 32768 kB\n")
        .file("proc/cmdline", "console=ttyS0 cma=64M\n")
        .file("proc/sys/vm/panic_on_oom", "0\n")
        .file("sys/module/kernel/x", "")
        .file(
            "boot/config-6.12.9-board",
            "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=y\n# CONFIG_UDMABUF is not set\n",
        )
}

fn doctor(board: &Board) -> Outcome {
    board.run("doctor", &["--json"])
}

/// Verdict, evidence and help of the rows of one check.
#[track_caller]
pub fn rows(outcome: &Outcome, check: &str) -> Vec<(String, String, Option<String>)> {
    let all = ["ok", "problem", "unknown"].map(|verdict| findings(outcome, verdict));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let of = |row: &Value| (text(&row["verdict"]).unwrap(), text(&row["evidence"]).unwrap(), text(&row["help"]));
    all.iter().flatten().filter(|row| row["check"] == check).map(of).collect()
}

/// The one row of a check.
#[track_caller]
fn row(outcome: &Outcome, check: &str) -> (String, String, Option<String>) {
    let mut rows = rows(outcome, check);
    assert_eq!(rows.len(), 1, "{}", outcome.transcript());
    rows.remove(0)
}

#[track_caller]
fn assert_row(board: &Board, check: &str, verdict: &str, evidence: &str, help: Option<&str>) {
    let (found, why, line) = row(&doctor(board), check);
    assert_eq!((found.as_str(), why.as_str(), line.as_deref()), (verdict, evidence, help));
}

#[test]
fn the_configuration_is_read_where_it_is() {
    let board = healthy().file("sys/class/dma_heap/system/dev", "252:0\n");
    let outcome = board.run("doctor", &["-n", "-o", "VERDICT,OBJECT,EVIDENCE"]);
    for line in [
        "ok       CONFIG_DMABUF_HEAPS         y (/boot/config-6.12.9-board)",
        "ok       CONFIG_UDMABUF              not set (/boot/config-6.12.9-board)",
    ] {
        assert!(outcome.stdout.contains(line), "{line} in\n{}", outcome.stdout);
    }
    assert_eq!(outcome.status, 1);
}

#[test]
fn a_packed_configuration_counts_before_the_others() {
    let board = healthy().bytes("proc/config.gz", &packed("CONFIG_DMABUF_HEAPS=y\nCONFIG_CMA=y\n"));
    let config = rows(&doctor(&board), "config");
    assert_eq!(config[0].1, "y (/proc/config.gz)");
    assert!(config.iter().any(|(_, evidence, _)| evidence == "not set (/proc/config.gz)"));
}

/// A gzip file (RFC 1952) of one stored block (RFC 1951, 3.2.4).
fn packed(text: &str) -> Vec<u8> {
    let crc = text.bytes().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    let length = u16::try_from(text.len()).unwrap();
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1];
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(text.bytes());
    bytes.extend((!crc).to_le_bytes());
    bytes.extend(u32::from(length).to_le_bytes());
    bytes
}

#[test]
fn without_any_configuration_what_exists_tells() {
    let board = Board::new()
        .file("proc/sys/kernel/osrelease", "6.12.9\n")
        .file("sys/class/dma_heap/system/dev", "252:0\n")
        .file("sys/class/misc/udmabuf/dev", "10:1\n");
    let config = rows(&doctor(&board), "config");
    let evidence: Vec<&str> = config.iter().map(|(_, evidence, _)| evidence.as_str()).collect();
    assert_eq!(
        evidence,
        [
            "set: /sys/class/dma_heap exists",
            "set: /sys/class/dma_heap/system exists",
            "set: /sys/class/misc/udmabuf exists",
            "kernel configuration not readable",
            "kernel configuration not readable",
            "kernel configuration not readable",
            "kernel configuration not readable",
            "kernel configuration not readable",
        ]
    );
}

#[test]
fn a_class_without_a_node_names_the_command_that_makes_it() {
    let outcome = doctor(&healthy().file("sys/class/dma_heap/system/dev", "252:0\n"));
    let [check, evidence, help] = problem(&outcome);
    assert_eq!(
        (check.as_str(), evidence.as_str()),
        ("node", "system is registered (252:0), but /dev has no node for it")
    );
    assert_eq!(
        help,
        "on that machine: as root, until the next boot: mount -t devtmpfs devtmpfs /dev, or mkdir -p /dev/dma_heap; mknod -m 600 \
         /dev/dma_heap/system c 252 0"
    );
    assert_eq!(outcome.stderr, format!("dmaheap: problem: node /dev/dma_heap/system\nhint: {help}\n"));
}

#[test]
fn a_kernel_without_heaps_is_the_one_problem() {
    let outcome = doctor(
        &Board::new()
            .file("proc/sys/kernel/osrelease", "6.1.0-40-cloud-amd64\n")
            .file("lib/modules/6.1.0-40-cloud-amd64/config", "# CONFIG_DMABUF_HEAPS is not set\n")
            .file("sys/class/misc/.keep", ""),
    );
    let [check, evidence, help] = problem(&outcome);
    assert_eq!(check, "config");
    assert_eq!(evidence, "not set (/lib/modules/6.1.0-40-cloud-amd64/config)");
    assert!(help.contains("CONFIG_DMABUF_HEAPS=y"), "{help}");
}

#[test]
fn a_configuration_of_another_kernel_is_no_problem_where_the_class_is() {
    let board = Board::new()
        .file("proc/sys/kernel/osrelease", "6.1.0-40-cloud-amd64\n")
        .file("lib/modules/6.1.0-40-cloud-amd64/config", "# CONFIG_DMABUF_HEAPS is not set\n")
        .file("sys/class/dma_heap/system/dev", "252:0\n");
    let config = rows(&doctor(&board), "config");
    assert_eq!(config[0].0, "ok");
    assert_eq!(config[0].1, "not set (/lib/modules/6.1.0-40-cloud-amd64/config), but /sys/class/dma_heap exists");
}

#[test]
fn a_link_that_leads_nowhere_or_back_is_a_problem() {
    for (target, expected) in [
        ("nowhere", "a symbolic link to nowhere, which does not exist"),
        ("linux,cma", "a symbolic link to linux,cma, part of a loop"),
    ] {
        let board = healthy().file("sys/class/dma_heap/reserved/dev", "252:0\n").link("dev/dma_heap/linux,cma", target);
        let outcome = board.run("doctor", &["--json", "--heap", "linux,cma"]);
        let [check, evidence, help] = problem(&outcome);
        assert_eq!(
            (check.as_str(), help.as_str()),
            ("node", "on that machine: make it point to a heap's node: ln -sfn NODE /dev/dma_heap/linux,cma")
        );
        assert_eq!(evidence, expected);
    }
}

#[test]
fn heaps_that_may_share_an_area_are_named() {
    let board = healthy()
        .file("proc/cmdline", "console=ttyS0\n")
        .file("sys/class/dma_heap/default_cma_region/dev", "252:0\n")
        .file("sys/class/dma_heap/linux,cma@3c000000/dev", "252:1\n")
        .file("sys/class/dma_heap/system/dev", "252:2\n");
    let twins = rows(&doctor(&board), "twins");
    let of =
        |name: &str| ("ok".to_owned(), format!("may share its CMA area with {name} (inferred from the names)"), None);
    assert_eq!(twins, [of("linux,cma@3c000000"), of("default_cma_region")]);
    assert!(rows(&doctor(&healthy()), "twins").is_empty());
}

#[test]
fn only_options_that_the_release_has_are_asked_for() {
    let options = |release: &str| {
        let outcome = doctor(&healthy().file("proc/sys/kernel/osrelease", release));
        let all = ["ok", "unknown"].map(|verdict| findings(&outcome, verdict));
        let of = |row: &Value| row["object"].as_str().unwrap().trim_start_matches("CONFIG_DMABUF_").to_owned();
        all.iter().flatten().filter(|row| row["check"] == "config").map(of).collect::<Vec<_>>()
    };
    for (release, option, has) in [
        ("6.12.9\n", "SYSFS_STATS", true),
        ("7.0.1\n", "SYSFS_STATS", false),
        ("6.12.9\n", "HEAPS_CMA_LEGACY", false),
        ("6.18.1\n", "HEAPS_CMA_LEGACY", true),
        ("6.19.0\n", "HEAPS_CMA_LEGACY", false),
        ("7.1.0\n", "HEAPS_SYSTEM_CC_SHARED", false),
        ("7.2.13+deb14-amd64\n", "HEAPS_SYSTEM_CC_SHARED", true),
    ] {
        assert_eq!(options(release).iter().any(|known| known == option), has, "{release}{option}");
    }
}

#[test]
fn no_hint_contradicts_the_configuration() {
    let help = |config: &str| {
        let board = healthy()
            .file("boot/config-6.12.9-board", &format!("CONFIG_DMABUF_HEAPS=y\n{config}"))
            .file("sys/class/dma_heap/x/y", "")
            .file("proc/device-tree/reserved-memory/linux,cma/reusable", "");
        fs::remove_dir_all(board.path().join("sys/class/dma_heap/x")).unwrap();
        row(&doctor(&board), "heaps").2.unwrap()
    };
    let built_in = help("CONFIG_DMABUF_HEAPS_SYSTEM=y\nCONFIG_DMABUF_HEAPS_CMA=y\n");
    assert_eq!(built_in, "on that machine: see dmesg for why a heap was not registered");
    let missing = help("CONFIG_DMABUF_HEAPS_CMA=m\n");
    assert!(
        missing.contains(
            "use a kernel with CONFIG_DMABUF_HEAPS_SYSTEM=y; or as root, until the next boot: modprobe cma_heap; "
        ),
        "{missing}"
    );
}

#[test]
fn only_heaps_are_counted_as_such() {
    let none = "the kernel has the framework, but no heap is registered";
    let board = healthy().file("sys/class/dma_heap/x/y", "").file("dev/dma_heap/file", "");
    fs::remove_dir_all(board.path().join("sys/class/dma_heap/x")).unwrap();
    assert_eq!(row(&doctor(&board), "heaps").1, none);
    // What was asked about is not on the machine.
    let board = healthy().file("sys/class/dma_heap/system/dev", "252:0\n").file("tmp/file", "");
    let outcome = board.run("doctor", &["--json", "--heap", "/tmp/file"]);
    assert_eq!(row(&outcome, "heaps").1, "1 found");
    let [check, evidence, _] = problem(&outcome);
    assert_eq!((check.as_str(), evidence.as_str()), ("node", "not a DMA heap node"));
    let stderr = board.run("doctor", &["--heap", "/dev/nothing"]).failure(1);
    assert_eq!(stderr, "dmaheap: open heap /dev/nothing: no such heap (ENOENT)\nhint: heaps here: system\n");
}

#[test]
fn a_name_that_others_chose_is_one_word_of_the_line_that_helps() {
    for (name, word) in [
        ("a;rm -rf ~", "'/dev/dma_heap/a;rm -rf ~'"),
        ("it's", r"'/dev/dma_heap/it'\''s'"),
        ("a\nb", r"$'/dev/dma_heap/a\012b'"),
    ] {
        let board = healthy()
            .file("sys/class/dma_heap/system/dev", "252:0\n")
            .link("dev/dma_heap/system", "x")
            .link(&format!("dev/dma_heap/{name}"), "gone");
        let outcome = board.run("doctor", &["--json", "--heap", name]);
        let [_, _, help] = problem(&outcome);
        assert_eq!(help, format!("on that machine: make it point to a heap's node: ln -sfn NODE {word}"));
        assert!(outcome.stderr.ends_with(&format!("\nhint: {help}\n")), "{}", outcome.stderr);
    }
    let outcome = doctor(&healthy().file("sys/class/dma_heap/x y;reboot/dev", "252:7\n"));
    assert!(
        problem(&outcome)[2].ends_with("mknod -m 600 '/dev/dma_heap/x y;reboot' c 252 7"),
        "{}",
        outcome.transcript()
    );
}

#[test]
fn cma_check_says_why_free_memory_may_not_suffice() {
    const WHY: &str = "ENOMEM with memory free means fragmentation or pinned pages";
    const HELP: Option<&str> = Some("on that machine: ask for smaller buffers, allocate early, enlarge cma=");
    let evidence = |figures: &str, from: &str| format!("{figures}; {WHY}; from {from}");
    let plain = healthy();
    let line = "cma=64M on the command line";
    assert_row(&plain, "cma", "ok", &evidence("32MiB of 64MiB free, largest run unknown", line), HELP);
    let tree = healthy()
        .file("proc/device-tree/reserved-memory/linux,cma@3c000000/reusable", "")
        .file("proc/device-tree/reserved-memory/framebuffer@1/no-map", "");
    let both = format!("{line}, device tree linux,cma@3c000000");
    assert_row(&tree, "cma", "ok", &evidence("32MiB of 64MiB free, largest run unknown", &both), HELP);
    let page = crate::sys::system::page_size();
    let pages = |bytes: u64| format!("{}\n", bytes / page);
    let area = healthy()
        .file("sys/kernel/debug/cma/reserved/count", &pages(64 << 20))
        .file("sys/kernel/debug/cma/reserved/used", &pages(16 << 20))
        .file("sys/kernel/debug/cma/reserved/maxchunk", &pages(8 << 20));
    assert_row(&area, "cma", "ok", &evidence("48MiB of 64MiB free, largest run 8MiB", line), HELP);
    let none = Board::new().file("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 900000 kB\n");
    assert_row(&none, "cma", "ok", "no CMA area", None);
}

#[test]
fn a_region_of_the_device_tree_is_a_cma_heap() {
    let board = healthy()
        .file("proc/device-tree/reserved-memory/video@42000000/reusable", "")
        .file("sys/class/dma_heap/video@42000000/dev", "252:3\n");
    assert_eq!(board.run("list", &["-n", "-o", "NAME,KIND"]).success(), "video@42000000  cma?\n");
}

#[test]
fn oom_and_accounting_are_reported() {
    let oom = |value: &str| healthy().file("proc/sys/vm/panic_on_oom", value);
    assert_row(&oom("0\n"), "oom", "ok", "0: the OOM killer kills a process", None);
    for value in ["1", "2"] {
        let evidence = format!("{value}: running out of memory panics the machine, and the system heap checks no size");
        assert_row(
            &oom(value),
            "oom",
            "problem",
            &evidence,
            Some("on that machine: as root, until the next boot: sysctl vm.panic_on_oom=0"),
        );
    }
    let accounting = |value: &str| healthy().file("sys/module/dma_heap/parameters/mem_accounting", value);
    let on = "on: memory of the system heap is charged to the caller's cgroup";
    assert_row(&accounting("Y\n"), "accounting", "ok", on, None);
    let help = Some("on that machine: dma_heap.mem_accounting=1 on the kernel's command line");
    assert_row(&accounting("N\n"), "accounting", "ok", "off: heap memory is charged to no cgroup", help);
    let none = "no such parameter before 7.0: heap memory is charged to no cgroup";
    assert_row(&healthy(), "accounting", "ok", none, None);
}

#[test]
fn check_that_could_not_ask_is_unknown() {
    let outcome = doctor(&Board::new());
    no_problem(&outcome);
    for (check, evidence) in [
        ("kernel", "/proc/sys/kernel/osrelease cannot be read"),
        ("heaps", "neither heap nodes nor /sys/class/dma_heap exist"),
        ("memory", "the amount of memory is unknown"),
        ("cma", "no CMA figures in /proc/meminfo"),
        ("oom", "/proc/sys/vm/panic_on_oom cannot be read"),
        ("accounting", "no /sys/module"),
    ] {
        assert_eq!(row(&outcome, check).0, "unknown", "{check}");
        assert_eq!(row(&outcome, check).1, evidence);
    }
    assert_eq!(row(&outcome, "debugfs").0, "unknown");
}
