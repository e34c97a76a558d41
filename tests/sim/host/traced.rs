//! strace on either side.

use super::super::sim;
use crate::support::binary;
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
