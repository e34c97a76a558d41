//! Holders that a real kernel hides, and what is said then.

use super::{counts, seen};
use crate::support::held::Keeper;
use crate::support::{Held, bare, script};
use serde_json::json;

const USER: u32 = 1000;

/// A shell script in a mount namespace of its own with another /proc.
fn with_proc(options: &str, text: &str) -> crate::support::Run {
    script(&format!("unshare -m sh -c 'mount -t proc -o {options} proc /proc || exit 99; {text}'")).among_others()
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_proc_that_hides_processes_is_said_to() {
    let run = |options: &str, who: &str| with_proc(options, &format!("{who} \"$DMAHEAP buffers -v\"")).run();
    let gap = "processes of other users are not even counted\n";
    let user = run("hidepid=invisible", "su user -c");
    assert!(user.stderr.contains(&format!("/proc is mounted with hidepid=invisible: {gap}")), "{}", user.stderr);
    // Whoever is in the group sees everything, and so does root.
    for outcome in [run("hidepid=invisible,gid=1000", "su user -c"), run("hidepid=ptraceable", "sh -c")] {
        assert!(!outcome.stderr.contains("hidepid"), "{}", outcome.stderr);
    }
    let missing = with_proc("hidepid=invisible", "su user -c \"$DMAHEAP buffers --pid 1\"").run().failure(1);
    assert_eq!(
        missing,
        "dmaheap: read process 1: no such process (ESRCH)\n\
         hint: or it belongs to another user and /proc is mounted with hidepid=invisible; run as root\n"
    );
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn root_without_the_capability_is_hidden_from_too() {
    const SYS_PTRACE: &[libc::c_ulong] = &[19];
    let run = with_proc("hidepid=ptraceable", "\"$DMAHEAP\" buffers -v --by total").without_capabilities(SYS_PTRACE);
    let outcome = run.run();
    assert!(outcome.stderr.contains("/proc is mounted with hidepid=ptraceable: "), "{}", outcome.stderr);
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn holders_outside_of_a_pid_namespace_are_not_the_kernel() {
    let held = Held::new(4096);
    let inode = held.inode();
    let text =
        "unshare -m -p -f sh -c 'mount -t proc proc /proc || exit 99; \"$DMAHEAP\" buffers -v --json --by total'";
    let outcome = script(text).among_others().run();
    assert!(
        outcome.stderr.contains("this is a PID namespace: holders outside it are not seen\n"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("1 not seen in any process that could be read"), "{}", outcome.stderr);
    let rows = seen(outcome);
    assert_eq!((&rows[0]["buffers"], &rows[2]["buffers"]), (&json!(1), &json!(null)));
    assert_eq!(counts(&super::row(inode)), super::all([1, 0, 1, 0]));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn waiting_for_a_process_that_may_not_be_read_is_an_error() {
    let stderr = bare(["buffers", "--pid", "1", "--until-count", "0"]).by_user(USER).run().failure(1);
    assert!(stderr.starts_with("dmaheap: read process 1: permission denied (EACCES)\nhint: "), "{stderr}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_process_that_ends_while_it_is_read_is_no_error() {
    let held = Held::inherited(4096);
    let keeper = Keeper::new();
    let text = format!(
        "while :; do /bin/true & done & loop=$!
         for scan in 1 2 3 4 5 6 7 8 9 10; do
             \"$DMAHEAP\" buffers --strict -n -o HOLDERS --pid {} >/tmp/scan 2>/tmp/said || {{ echo failed; cat /tmp/said; }}
             grep -q :cat /tmp/scan || echo lost
         done
         kill $loop",
        keeper.pid()
    );
    let outcome = script(&text).among_others().run();
    drop(held);
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("", 0), "{}", outcome.stderr);
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn only_descriptors_whose_link_says_dma_buf_are_opened_in_fdinfo() {
    let held = Held::new(4096);
    let opened = |text: &str| {
        let text = format!(
            "strace -f -e trace=openat,openat2 -o /tmp/trace {text} >/dev/null 2>&1; grep -c fdinfo /tmp/trace"
        );
        script(&text).among_others().run().stdout.trim().to_owned()
    };
    // Of a buffer that bufinfo has, only the first one is: it proves which file system is that of dma-bufs.
    let _second = held.duplicate();
    assert_eq!(opened("\"$DMAHEAP\" buffers"), "1");
    assert_eq!(opened("unshare -m sh -c 'umount -l /sys/kernel/debug; exec \"$DMAHEAP\" buffers'"), "2");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn shared_table_counts_once() {
    // CLONE_FILES and CLONE_VM without CLONE_THREAD: two processes with one table of descriptors and one memory.
    let held = Held::new(4096);
    let mapping = held.map();
    extern "C" fn stay(_: *mut libc::c_void) -> libc::c_int {
        loop {
            // SAFETY: pause(2) takes nothing and touches no memory.
            unsafe { libc::pause() };
        }
    }
    let mut stack = vec![0_u128; 4 * 1024];
    let flags = libc::CLONE_FILES | libc::CLONE_VM | libc::SIGCHLD;
    // SAFETY: the child runs a function that needs nothing, on a stack of its own which is aligned and outlives it: it
    // is killed and waited for below.
    let child = unsafe { libc::clone(stay, stack.as_mut_ptr_range().end.cast(), flags, std::ptr::null_mut()) };
    let child = nix::unistd::Pid::from_raw(nix::errno::Errno::result(child).expect("a child"));
    let row = super::row(held.inode());
    nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL).expect("it lives");
    nix::sys::wait::waitpid(child, None).expect("it ends");
    assert_eq!(counts(&row), super::all([1, 1, 2, 0]));
    assert_eq!(super::holders(&row).len(), 2);
    drop(mapping);
}
