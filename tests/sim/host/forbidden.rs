//! Kernels that are too old and containers that are too strict, as a seccomp filter makes them appear.

use super::super::refusals::assert_refused;
use super::compiled;
use crate::support::{Ground, binary};

/// `dmaheap sim` where `call` with `flags` in its second argument ends in `errno`.
#[track_caller]
fn assert_that_without(call: &str, flags: &str, errno: &str, reason: &str) {
    let program = compiled("forbid");
    let tool = binary();
    let tool = tool.to_str().expect("the tool's path is text");
    let run = |end: &[&str]| {
        let args = [&[call, flags, errno, tool], end].concat();
        // Without a simulator around it, whatever the ground.
        Ground::Kernel.run(&[], &program, args).run()
    };
    let mut outcome = run(&["sim", "--", "echo", "started"]);
    // That it is a filter is said as well, which an old kernel has not.
    for unless in ["", ", or this kernel lacks"] {
        let named = format!("hint: a filter of system calls (seccomp) denies this process{unless}: {call} ({errno})\n");
        outcome.stderr = outcome.stderr.replace(&named, "");
    }
    assert_refused(outcome, reason);
    // What needs no simulator goes on.
    assert_eq!(run(&["sim", "--help"]).status, 0);
}

#[test]
fn before_linux_5_19() {
    let reason = "this kernel does not know SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (EINVAL)";
    assert_that_without("seccomp", "32", "EINVAL", reason);
}

#[test]
fn without_landlock() {
    let reason = "this kernel has no Landlock, which stands in for opened heaps";
    assert_that_without("landlock_create_ruleset", "0", "ENOSYS", reason);
    assert_that_without("landlock_create_ruleset", "0", "EOPNOTSUPP", reason);
}

#[test]
fn forbidden_filters_are_reported() {
    assert_that_without("seccomp", "0", "EPERM", "this environment does not allow seccomp filters (EPERM)");
}

#[test]
fn unreadable_children_are_reported() {
    let forbidden = "this system does not let a process trace its own children (EPERM)";
    assert_that_without("process_vm_readv", "0", "EPERM", forbidden);
    assert_that_without("kcmp", "0", "EPERM", forbidden);
    let unknown = "this kernel cannot read another process's memory or compare its descriptors (ENOSYS)";
    assert_that_without("process_vm_readv", "0", "ENOSYS", unknown);
    assert_that_without("kcmp", "0", "ENOSYS", unknown);
}
