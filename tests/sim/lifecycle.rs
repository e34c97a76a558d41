//! Beginning and end: statuses, signals, descendants.

use super::{next_line, script, sim};
use crate::support::{bare, binary};
use std::io::BufReader;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

#[test]
fn the_status_is_the_commands() {
    assert_eq!(sim(&[], &["true"]).status, 0);
    assert_eq!(script(&[], "exit 7").status, 7);
    sim(&[], &["/nonexistent/command"]).failure(127);
    sim(&[], &["/dev/null"]).failure(126);
    assert!(sim(&[], &[""]).failure(127).contains("(ENOENT)"));
}

/// As execvp(3) does, and with it env(1).
#[test]
fn a_file_of_commands_without_an_interpreters_name_is_run_by_the_shell() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = place.path().join("commands");
    std::fs::write(&file, "test -c /dev/dma_heap/system && echo heap; exit 5\n").expect("it can be written");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it is ours");
    let outcome = sim(&[], &[file.to_str().expect("text")]);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.status), ("heap\n", "", 5));
}

/// The kernel throws the statuses of children away where SIGCHLD is ignored.
#[test]
fn a_caller_that_ignores_the_end_of_children_loses_nothing() {
    let run = |command: &[&str]| bare([&["sim", "--"], command].concat()).ignoring_children().run();
    let outcome = run(&["/bin/sh", "-c", "exit 3"]);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.status), ("", "", 3));
    // The command finds it as the caller left it.
    let mask = run(&["grep", "SigIgn", "/proc/self/status"]).success();
    let mask = u64::from_str_radix(mask.trim_start_matches("SigIgn:").trim(), 16).expect("a mask");
    assert_eq!(mask & 1 << 16, 1 << 16, "{mask:#x}");
}

#[test]
fn a_command_that_a_signal_ends_ends_the_simulator_by_it() {
    // 40 is a real-time signal.
    for number in [10, 9, 40] {
        let command = format!("kill -{number} $$");
        let status = Command::new(binary()).args(["sim", "--", "/bin/sh", "-c", &command]).status();
        assert_eq!(status.expect("the tool should start").signal(), Some(number));
    }
}

/// A shell under the simulator that has said `ready`.
pub(super) fn ready(script: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(binary())
        .args(["sim", "--", "/bin/sh", "-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tool should start");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
    assert_eq!(next_line(&mut lines), "ready\n");
    (child, lines)
}

pub(super) fn signal(child: &Child, name: &str) {
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
    // HUP, INT, USR2, PIPE, ALRM, TERM, CONT, TSTP, URG, VTALRM, PROF, WINCH, IO, PWR and two real-time signals.
    for number in [1, 2, 12, 13, 14, 15, 18, 20, 23, 26, 27, 28, 29, 30, 40, 64] {
        if ignored & 1 << (number - 1) != 0 {
            continue;
        }
        let (mut child, _lines) = ready(&format!("trap 'exit 9' {number}; echo ready; while :; do sleep 0.01; done"));
        signal(&child, &format!("-{number}"));
        assert_eq!(child.wait().expect("it can be waited for").code(), Some(9), "{number}");
    }
}

/// Whom it could be passed on to is gone; a descendant that stays must not keep the simulator.
#[test]
fn a_signal_after_the_commands_end_ends_the_simulator() {
    // The descendant has another parent once the command is gone, and ends with what it reads.
    let orphan = "while read pid name state parent rest </proc/self/stat; test $parent != $0; do :; done
        echo orphan; read line <&3";
    let mut child = Command::new(binary())
        .args(["sim", "--", "/bin/sh", "-c", "exec 3<&0; /bin/sh -c \"$0\" $PPID & exit 3", orphan])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tool should start");
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
    assert_eq!(next_line(&mut lines), "orphan\n");
    let input = child.stdin.take();
    signal(&child, "-URG");
    signal(&child, "-TERM");
    assert_eq!(child.wait().expect("it can be waited for").signal(), Some(15));
    drop(input);
}

#[test]
fn descendants_are_served_after_the_command_has_ended() {
    let text = script(&[], "(sleep 0.3; test -c /dev/dma_heap/system && echo served) & exit 5");
    assert_eq!((text.stdout.as_str(), text.status), ("served\n", 5));
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
fn descriptors_that_were_meant_for_dmaheap_are_meant_for_the_command() {
    let of = |process: &str| {
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", &format!("LISTEN_PID={process} exec \"$DMAHEAP\" sim -- sh -c 'test $LISTEN_PID = $$; echo $? $LISTEN_FDS ${{LISTEN_PIDFDID-unset}}; readlink /proc/$$/fd/3' 3</dev/null")])
            .envs([("DMAHEAP", binary().as_os_str()), ("LISTEN_FDS", "1".as_ref()), ("LISTEN_PIDFDID", "7".as_ref())])
            .output()
            .expect("a shell should start");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(of("$$"), "0 1 unset\n/dev/null\n");
    // They are another process's.
    assert_eq!(of("1"), "1 1 7\n/dev/null\n");
}
