//! A filter that refuses a system call is not a fact about the machine: the message names the call and the errno, and the tool
//! never ends without a word.

use super::compiled;
use crate::support::{Ground, Outcome, binary};
use crate::sys::process::filter;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Calls that the program needs before its first line runs, and those with which it says something and ends.
const EXCEPTED: [(&str, libc::c_long); 19] = [
    ("arch_prctl", libc::SYS_arch_prctl),
    ("brk", libc::SYS_brk),
    ("execve", libc::SYS_execve),
    ("exit", libc::SYS_exit),
    ("exit_group", libc::SYS_exit_group),
    ("futex", libc::SYS_futex),
    ("getegid", libc::SYS_getegid),
    ("getgid", libc::SYS_getgid),
    ("getpgrp", libc::SYS_getpgrp),
    ("getppid", libc::SYS_getppid),
    ("gettid", libc::SYS_gettid),
    ("getuid", libc::SYS_getuid),
    ("mmap", libc::SYS_mmap),
    ("mprotect", libc::SYS_mprotect),
    ("poll", libc::SYS_poll),
    ("rt_sigaction", libc::SYS_rt_sigaction),
    ("rt_sigreturn", libc::SYS_rt_sigreturn),
    ("sigaltstack", libc::SYS_sigaltstack),
    ("write", libc::SYS_write),
];

/// A call that the program cannot try, since it has no arguments and changes what it is about.
const NOT_ASKED: &[(&str, libc::c_long)] = &[("setsid", libc::SYS_setsid)];

/// What filters answer.
const ERRNOS: [(i32, &str); 2] = [(libc::EPERM, "EPERM"), (libc::ENOSYS, "ENOSYS")];

/// More than the highest number of a call.
const CALLS: libc::c_long = 480;

/// How a verb is run while the errno is the answer to some calls.
type Filtered<'a> = &'a dyn Fn(i32, &[libc::c_long]) -> Outcome;

/// What does not change from one run to the next.
fn lasting(outcome: &Outcome) -> (i32, String, String) {
    let without_numbers =
        |text: &str| text.chars().filter(|letter| !letter.is_ascii_digit() && *letter != '.').collect();
    (outcome.status, without_numbers(&outcome.stdout), without_numbers(&outcome.stderr))
}

/// The calls without which the verb does something else.
fn needed(run: Filtered<'_>, errno: i32, calls: &[libc::c_long], whole: &Outcome) -> Vec<libc::c_long> {
    if lasting(&run(errno, calls)) == lasting(whole) {
        return Vec::new();
    }
    if calls.len() == 1 {
        return calls.to_vec();
    }
    let (first, second) = calls.split_at(calls.len() / 2);
    [needed(run, errno, first, whole), needed(run, errno, second, whole)].concat()
}

/// Whether a line says that the call was refused with the errno.
fn names(line: &str, call: &str, errno: &str) -> bool {
    line.contains(&format!("{call} ({errno})"))
        || line.contains(&format!("({call})")) && line.contains(&format!("({errno})"))
}

/// `failed` are the statuses of failures of the tool's own.
#[track_caller]
fn each_call_is_named(failed: &[i32], errnos: &[(i32, &str)], run: Filtered<'_>) {
    let is_excepted = |call: &libc::c_long| EXCEPTED.iter().any(|(_, number)| number == call);
    let calls: Vec<libc::c_long> = (0..CALLS).filter(|call| !is_excepted(call)).collect();
    let whole = run(libc::EPERM, &[]);
    let mut wrong = Vec::new();
    let mut known: Vec<libc::c_long> = Vec::new();
    for &(errno, name_of_errno) in errnos {
        // Of the rest hardly one matters with another errno.
        let rest: Vec<libc::c_long> = calls.iter().copied().filter(|call| !known.contains(call)).collect();
        known.extend(needed(run, errno, &rest, &whole));
        assert!(!known.is_empty(), "some call is needed");
        for &call in &known {
            let outcome = run(errno, &[call]);
            if lasting(&outcome) == lasting(&whole) {
                continue;
            }
            let name =
                filter::CALLS.iter().chain(NOT_ASKED).find(|(_, number)| *number == call).map_or("?", |(name, _)| name);
            // Only what is said of how much could be read may differ, where the answer does not.
            let is_answer = (outcome.status, &outcome.stdout) == (whole.status, &whole.stdout);
            let is_named = outcome.transcript().lines().any(|line| names(line, name, name_of_errno))
                || is_answer && outcome.stderr.contains(name_of_errno);
            let is_failure = failed.contains(&outcome.status) || outcome.status == whole.status;
            // The loader of an executable that is not static needs calls of its own, and speaks for itself.
            let is_loaders = outcome.status == 127 && outcome.stderr.contains("error while loading shared libraries");
            if !(is_named && is_failure || is_loaders) {
                wrong.push(format!("call {call} {name}, {name_of_errno}:\n{}", outcome.transcript()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} calls:\n{}", wrong.len(), wrong.join("\n"));
}

/// `dmaheap ARGS`, under the simulator or as it is.
fn refused<'a>(is_simulated: bool, args: &'a [&'a str]) -> impl Fn(i32, &[libc::c_long]) -> Outcome + 'a {
    move |errno, calls| {
        let calls: Vec<String> = calls.iter().map(ToString::to_string).collect();
        let (errno, calls, tool) = (errno.to_string(), calls.join(","), binary());
        // One that hangs ends with 124.
        let mut command =
            vec!["timeout", "-k", "1", "20", refuse().to_str().unwrap(), &errno, &calls, tool.to_str().unwrap()];
        command.extend(args);
        if is_simulated {
            return super::super::sim(&[], &command);
        }
        Ground::Kernel.run(&[], Path::new(command[0]), &command[1..]).run()
    }
}

fn refuse() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| compiled("refuse"))
}

#[test]
fn without_a_heap() {
    let parent = std::process::id().to_string();
    for verb in [
        &["list"] as &[&str],
        &["buffers", "-v"],
        &["alloc", "-s", "4k"],
        &["limits"],
        &["probe"],
        &["stress", "-d", "1ms"],
        &["send", "-s", "4k", "/nonexistent/socket"],
        &["doctor"],
        &["import"],
        &["info", "-p", &parent, "-f", "0"],
        &["recv", "--timeout", "100ms", "/nonexistent/socket"],
    ] {
        each_call_is_named(&[1], &ERRNOS, &refused(false, verb));
    }
    each_call_is_named(
        &[125],
        &ERRNOS,
        &refused(false, &["sim", "--", binary().to_str().unwrap(), "list", "-o", "NAME"]),
    );
}

#[test]
fn with_simulated_heaps() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (junit, saved) = (path("junit.xml"), path("saved"));
    for verb in [
        &["list", "-o", "NAME,KIND,ACCESS"] as &[&str],
        &["alloc", "-s", "64k", "--fill", "zero", "-o", "HEAP,SIZE"],
        &["hold", "-s", "4k", "--for", "1ms", "-o", "HEAP,SIZE"],
        &["doctor"],
        &["bench", "-s", "4k", "-i", "3", "-o", "HEAP,STEP"],
        &["stress", "-i", "3", "--max-size", "4k", "-o", "REPORT"],
        &["probe", "--case", "len_zero"],
        &["probe", "--case", "len_zero", "--junit", &junit],
        &["bench", "-s", "4k", "-i", "3", "-o", "HEAP,STEP", "--save", &saved],
        &["limits", "--timeout", "1s", "-s", "1M", "-o", "HEAP"],
    ] {
        each_call_is_named(&[1], &ERRNOS, &refused(true, verb));
    }
    each_call_is_named(&[125], &ERRNOS, &refused(true, &["exec", "-s", "4k", "--", "printenv", "DMAHEAP_SIZES"]));
    let tool = binary();
    for verb in [
        &["fill", "-f", "3", "--pattern", "zero"] as &[&str],
        &["verify", "-f", "3", "--pattern", "zero"],
        &["dump", "-f", "3", "--length", "16", "--hex"],
        &["load", "-f", "3", "/dev/null"],
        &["info", "-f", "3", "-o", "SIZE,FLAGS"],
        &["fence", "-f", "3", "--wait"],
    ] {
        let run = [&["exec", "-s", "4k", "--", tool.to_str().unwrap()], verb].concat();
        each_call_is_named(&[1, 125], &ERRNOS, &refused(true, &run));
    }
}

/// Runs `last`, with the filter, beside `first`, both of which use the socket `$s`; `ready` waits until `first` listens.
fn beside<'a>(first: &'a str, ready: &'a str, last: &'a str) -> impl Fn(i32, &[libc::c_long]) -> Outcome + 'a {
    move |errno, calls| {
        let calls: Vec<String> = calls.iter().map(ToString::to_string).collect();
        let text = format!(
            "refuse=$0 errno=$1 calls=$2 tool=$3 s=@dmaheap-filtered-$$
             \"$tool\" {first} >/dev/null 2>&1 & first=$!
             {ready}
             timeout -k 1 20 \"$refuse\" \"$errno\" \"$calls\" \"$tool\" {last}; status=$?
             kill $first 2>/dev/null; wait $first 2>/dev/null; exit $status"
        );
        let (errno, calls, tool) = (errno.to_string(), calls.join(","), binary());
        super::super::sim(&[], &["sh", "-c", &text, refuse().to_str().unwrap(), &errno, &calls, tool.to_str().unwrap()])
    }
}

#[test]
fn with_a_peer() {
    let listens = "until grep -q \"$s\" /proc/net/unix; do sleep 0.01; done";
    let receives = beside("hold -s 4k --listen $s --for 30s", listens, "recv $s -n -o SIZE");
    each_call_is_named(&[1], &ERRNOS, &receives);
    let sends = beside("recv --listen $s --timeout 30s", listens, "send -s 4k $s");
    each_call_is_named(&[1], &ERRNOS, &sends);
}

#[test]
fn with_the_files_of_another_machine() {
    let board = crate::unreadable::board();
    let sysroot = board.path().to_str().unwrap();
    for verb in [&["list"][..], &["doctor"], &["buffers", "-v"]] {
        each_call_is_named(&[1], &ERRNOS, &refused(false, &[verb, &["--sysroot", sysroot]].concat()));
    }
}

#[test]
fn the_manual_lists_what_is_excepted() {
    let names: Vec<&str> = EXCEPTED.iter().map(|(name, _)| *name).collect();
    let manual = include_str!("../../../src/cmd/generate/dmaheap.md").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(manual.contains(&names.join(", ")), "{names:?}");
}
