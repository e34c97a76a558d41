//! Beginning and end: statuses, signals, descendants.

use super::{script, sim};
use crate::support::binary;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

#[test]
fn the_status_is_the_commands() {
    assert_eq!(sim(&[], &["true"]).status, 0);
    assert_eq!(script(&[], "exit 7").status, 7);
    sim(&[], &["/nonexistent/command"]).failure(127);
    sim(&[], &["/dev/null"]).failure(126);
}

#[test]
fn a_command_that_a_signal_ends_ends_the_simulator_by_it() {
    let status = Command::new(binary())
        .args(["sim", "--", "/bin/sh", "-c", "kill -USR1 $$"])
        .status()
        .expect("the tool should start");
    assert_eq!(status.signal(), Some(10));
}

/// A shell under the simulator that has said `ready`.
fn ready(script: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(binary())
        .args(["sim", "--", "/bin/sh", "-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tool should start");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
    let mut line = String::new();
    lines.read_line(&mut line).expect("the script should say a line");
    assert_eq!(line, "ready\n");
    (child, lines)
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill should start");
    assert!(sent.success());
}

#[test]
fn signals_sent_to_the_simulator_reach_the_command() {
    // What is ignored from the start cannot be trapped by a shell: SIGINT in a job that a script left
    // in the background.
    let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("a mask of signals").trim();
    let ignored = u64::from_str_radix(ignored, 16).expect("a number");
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1), ("USR2", 12)] {
        if ignored & 1 << (number - 1) != 0 {
            continue;
        }
        let (mut child, _lines) = ready(&format!("trap 'exit 9' {name}; echo ready; while :; do sleep 0.01; done"));
        signal(&child, &format!("-{name}"));
        assert_eq!(child.wait().expect("it can be waited for").code(), Some(9), "{name}");
    }
}

#[test]
fn descendants_are_served_after_the_command_has_ended() {
    let text = script(&[], "(sleep 0.3; test -c /dev/dma_heap/system && echo served) & exit 5");
    assert_eq!((text.stdout.as_str(), text.status), ("served\n", 5));
}

#[test]
fn after_the_supervisors_death_looked_at_calls_fail_and_nothing_hangs() {
    let (mut child, mut lines) = ready("echo ready; while test -c /dev/dma_heap/system; do :; done; echo gone");
    signal(&child, "-KILL");
    let mut line = String::new();
    lines.read_line(&mut line).expect("the script goes on");
    assert_eq!(line, "gone\n");
    assert_eq!(child.wait().expect("it can be waited for").signal(), Some(9));
}

#[test]
fn the_private_directory_is_removed() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let status = Command::new(binary())
        .args(["sim", "--", "/bin/sh", "-c", "ls /dev/dma_heap >/dev/null; ls $XDG_RUNTIME_DIR | grep -q dmaheap-sim"])
        .env("XDG_RUNTIME_DIR", place.path())
        .status()
        .expect("the tool should start");
    assert!(status.success());
    assert_eq!(std::fs::read_dir(place.path()).expect("it is there").count(), 0);
}

#[test]
fn a_stopped_command_stops_the_simulator_and_goes_on_with_it() {
    let (mut child, mut lines) = ready("echo ready; kill -STOP $$; echo continued");
    let stat = format!("/proc/{}/stat", child.id());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !std::fs::read_to_string(&stat).expect("it lives").contains(") T ") {
        assert!(std::time::Instant::now() < deadline, "the simulator should stop, too");
        std::thread::yield_now();
    }
    signal(&child, "-CONT");
    let mut line = String::new();
    lines.read_line(&mut line).expect("the script goes on");
    assert_eq!(line, "continued\n");
    assert!(child.wait().expect("it can be waited for").success());
}
