//! Clients whose calls the supervisor can never end.

use super::super::sim;
use super::compiled;
use std::os::unix::fs::MetadataExt;

/// Root may have faults of the kernel wait for a program; others only where vm.unprivileged_userfaultfd is 1.
fn may_be_refused() -> bool {
    std::fs::metadata("/proc/self").expect("procfs").uid() != 0
}

#[test]
fn a_page_that_is_never_delivered_keeps_nobody_else_waiting() {
    let program = compiled("stuck");
    for how in ["request", "path", "status"] {
        for threads in ["1", "50"] {
            let text = sim(&[], &[program.to_str().expect("text"), how, threads]).success();
            let refused = may_be_refused() && text == "userfaultfd: EPERM\n";
            assert!(refused || text == format!("{threads} stuck, the others: served\n"), "{how} {threads}: {text}");
        }
    }
}
