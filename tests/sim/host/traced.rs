//! strace on either side.

use super::super::sim;
use crate::support::{binary, rows};
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
