//! strace on either side.

use super::super::sim;
use crate::support::{binary, rows};
use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn strace_works_inside() {
    let outcome = sim(&[], &["strace", "-e", "trace=ioctl", super::caller().to_str().expect("text"), "cycles", "1"]);
    assert_eq!(outcome.status, 0);
    assert!(outcome.stderr.contains(") = 0"), "{}", outcome.stderr);
}

#[test]
fn strace_works_around() {
    let log = tempfile::NamedTempFile::new().expect("a temporary file");
    let status = Command::new("strace")
        .args(["-f", "-o"])
        .arg(log.path())
        .arg(binary())
        .args(["sim", "--"])
        .arg(super::caller())
        .args(["forks", "10"])
        .output()
        .expect("strace should be installed")
        .status;
    assert!(status.success());
}

#[test]
fn busybox_sees_the_same() {
    Command::new("busybox").output().expect("busybox should be installed");
    let text = sim(&[], &["busybox", "ls", "-l", "/dev/dma_heap"]).success();
    assert!(text.lines().filter(|line| line.starts_with("crw-rw-rw-")).count() == 2, "{text}");
}

/// `dmaheap ARGS` where every call about the node is refused, as by a module that lets nobody search its directory.
fn denied(args: &[&str]) -> crate::support::Outcome {
    let refuse = ["-f", "-o", "/dev/null", "-P", "/dev/dma_heap/system", "-e", "inject=%file:error=EACCES"];
    let tool = binary();
    sim(&["--heap=system"], &[&["strace"], &refuse[..], &[tool.to_str().expect("text")], args].concat())
}

#[test]
fn a_directory_whose_mode_allows_what_is_refused_is_no_matter_for_chmod() {
    let evidence =
        "no search permission on the directory /dev/dma_heap (EACCES); its mode 0755 allows it, but a security module";
    let help = "look for a denial in `dmesg` or the audit log, and allow this program in that policy";
    let stderr = denied(&["alloc", "-s", "4k"]).failure(1);
    let start = "dmaheap: open heap system: permission denied (EACCES)\nhint: /dev/dma_heap/system: ";
    assert!(stderr.starts_with(&format!("{start}{evidence}")), "{stderr}");
    assert!(stderr.ends_with(&format!(" denies it; {help}\n")) && !stderr.contains("chmod"), "{stderr}");
    let outcome = denied(&["doctor", "--json", "--heap", "system"]);
    let problems: Vec<_> = rows(&outcome.stdout).into_iter().filter(|row| row["verdict"] == "problem").collect();
    assert_eq!((outcome.status, problems.len()), (1, 1), "{}", outcome.transcript());
    assert_eq!((&problems[0]["check"], &problems[0]["help"]), (&"node".into(), &help.into()));
    assert!(problems[0]["evidence"].as_str().is_some_and(|found| found.starts_with(evidence)), "{problems:?}");
}

/// Each path that alloc asks about is made unreadable in turn.
#[test]
fn what_alloc_cannot_read_is_not_absent() {
    // The mark of the simulator, and the descriptor of a node that is opened again, are not of the machine.
    let is_of_the_machine = |path: &&str| !path.ends_with("/.dmaheap-sim") && !path.starts_with("/proc/self/fd/");
    let places = ["/dev/dma_heap", "/proc/", "/sys/"];
    let (tool, log) = (binary(), tempfile::NamedTempFile::new().expect("a temporary file"));
    let (tool, log) = (tool.to_str().expect("text"), log.path().to_str().expect("text"));
    for heap in ["system", "cma"] {
        let alloc = [tool, "alloc", "-s", "4k", "--heap", heap, "-o", "HEAP,SIZE"];
        let traced = |options: &[&str]| {
            let strace = ["strace", "-f", "-o", log, "-e", "quiet=path-resolution"];
            sim(&["--heap=system", "--heap=camera=cma:8M"], &[&strace[..], options, &alloc].concat()).transcript()
        };
        let whole = traced(&["-e", "trace=%file"]);
        let calls = std::fs::read_to_string(log).expect("a log");
        let asked: BTreeSet<&str> =
            calls.split('"').filter(|path| places.iter().any(|place| path.starts_with(place))).collect();
        let mut needed = 0;
        for path in asked.into_iter().filter(is_of_the_machine) {
            let without = |errno: &str| traced(&["-P", path, "-e", &format!("inject=%file:error={errno}")]);
            let absent = without("ENOENT");
            for errno in ["EACCES", "ELOOP"] {
                let found = without(errno);
                assert!(found != absent || absent == whole, "{errno} of {path} is as if it were not there: {found}");
            }
            needed += usize::from(absent != whole);
        }
        assert!(needed > 2, "{heap}: {needed} paths");
    }
}
