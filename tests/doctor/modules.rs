//! Heaps that are modules, as they can be from 7.2 on.

use super::boards::rows;
use super::findings;
use crate::support::{Board, Outcome};
use serde_json::Value;

const MEMINFO: &str = "MemTotal: 1048576 kB\nMemAvailable: 900000 kB\nCmaTotal: 65536 kB\nCmaFree: 32768 kB\n";

/// A board whose heaps are modules.
fn board() -> Board {
    Board::new()
        .file("proc/sys/kernel/osrelease", "7.2.0\n")
        .file("boot/config-7.2.0", "CONFIG_DMABUF_HEAPS=y\nCONFIG_DMABUF_HEAPS_SYSTEM=m\nCONFIG_DMABUF_HEAPS_CMA=m\n")
        .file("proc/meminfo", MEMINFO)
}

/// Verdict and evidence of the row about a module.
#[track_caller]
fn module(outcome: &Outcome, name: &str) -> Option<(String, String)> {
    let all = ["ok", "problem", "unknown"].map(|verdict| findings(outcome, verdict));
    let row = all.iter().flatten().find(|row| row["check"] == "module" && row["object"] == name)?;
    Some(["verdict", "evidence"].map(|key| row[key].as_str().unwrap().to_owned()).into())
}

fn is(verdict: &str, evidence: &str) -> Option<(String, String)> {
    Some((verdict.to_owned(), evidence.to_owned()))
}

#[test]
fn unloaded_module_is_loaded_by_name() {
    let board = board().file("sys/class/dma_heap/.keep/dev", "252:9\n");
    std::fs::remove_dir_all(board.path().join("sys/class/dma_heap/.keep")).unwrap();
    let outcome = board.run("doctor", &["--json"]);
    let helps: Vec<Value> = findings(&outcome, "problem").into_iter().map(|row| row["help"].clone()).collect();
    for name in ["system_heap", "cma_heap"] {
        assert!(
            helps.contains(&Value::from(format!("on that machine: as root, until the next boot: modprobe {name}"))),
            "{helps:?}"
        );
        assert_eq!(module(&outcome, name), is("problem", "a module that is not loaded"));
    }
}

#[test]
fn a_heap_of_a_region_proves_that_the_module_is_loaded() {
    let board = board()
        .file("sys/class/dma_heap/video@42000000/dev", "252:0\n")
        .file("proc/device-tree/reserved-memory/video@42000000/reusable", "")
        .file("sys/module/cma_heap/refcnt", "0\n");
    let outcome = board.run("doctor", &["--json"]);
    assert_eq!(module(&outcome, "cma_heap"), is("ok", "loaded; whether any of its buffers exist is unknown"));
}

#[test]
fn without_an_area_there_is_nothing_for_the_module_to_do() {
    let plain = board().file("proc/meminfo", &MEMINFO.replace("65536", "0"));
    let outcome = plain.run("doctor", &["--json"]);
    assert_eq!(module(&outcome, "cma_heap"), is("ok", "there is no CMA area for it to use"));
    let blind = Board::new()
        .file("proc/sys/kernel/osrelease", "7.2.0\n")
        .file("boot/config-7.2.0", "CONFIG_DMABUF_HEAPS_CMA=m\n");
    let outcome = blind.run("doctor", &["--json"]);
    assert_eq!(module(&outcome, "cma_heap"), is("unknown", "cannot tell whether there is a CMA area for it"));
}

#[test]
fn a_question_about_one_heap_is_not_about_the_modules_of_others() {
    let board = board().file("sys/class/dma_heap/system/dev", "252:0\n");
    let outcome = board.run("doctor", &["--json", "--heap", "system"]);
    assert_eq!(module(&outcome, "cma_heap"), None);
    assert_eq!(rows(&outcome, "module").len(), 1);
}

#[test]
fn buffers_that_live_are_counted_with_their_holders_as_far_as_they_are_seen() {
    const BUFINFO: &str = "\nDma-buf Objects:\n\
00004096\t02000002\t00080007\t00000001\tsystem\t00000007\t<none>\n\tAttached Devices:\nTotal 0 devices attached\n\n\
00004096\t02000002\t00080007\t00000001\tsystem\t00000008\t<none>\n\tAttached Devices:\nTotal 0 devices attached\n\n\
\nTotal 2 objects, 8192 bytes\n";
    let held = || {
        board()
            .file("sys/class/dma_heap/system/dev", "252:0\n")
            .link("proc/12/fd/3", "/dmabuf:")
            .file("proc/12/fdinfo/3", "ino:\t7\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\n")
    };
    let outcome = held().run("doctor", &["--json"]);
    assert_eq!(
        module(&outcome, "system_heap"),
        is("ok", "loaded; at least 1 of its buffers exist, held by processes: 12")
    );
    let outcome = held().file("sys/kernel/debug/dma_buf/bufinfo", BUFINFO).run("doctor", &["--json"]);
    assert_eq!(module(&outcome, "system_heap"), is("ok", "loaded; 2 of its buffers exist, held by processes: 12"));
    let outcome = board().file("sys/class/dma_heap/system/dev", "252:0\n").run("doctor", &["--json"]);
    assert_eq!(module(&outcome, "system_heap"), is("ok", "loaded; whether any of its buffers exist is unknown"));
}
