use super::*;
use crate::sys::mem::mapping::{Access, Mapping};
use crate::sys::system::page_size;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

/// Dispositions and the end by a signal are of a process, so each of these has one of its own: the
/// test program again, with one test to run and this variable set.
const CHILD: &str = "DMAHEAP_TEST_CHILD";

fn in_a_process(test: &str, body: fn()) -> Option<std::process::ExitStatus> {
    if std::env::var_os(CHILD).is_some() {
        body();
        return None;
    }
    let program = std::env::current_exe().unwrap();
    let name = format!("sys::mem::fault::tests::{test}");
    let output = Command::new(program).args(["--exact", &name, "--test-threads=1"]).env(CHILD, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("running 1 test"), "{said}");
    Some(output.status)
}

fn disposition() -> (usize, i32) {
    let mut now = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: with a null new action the call only writes `now`, of which all zeroes are valid as well.
    let now = unsafe {
        libc::sigaction(libc::SIGBUS, ptr::null(), now.as_mut_ptr());
        now.assume_init()
    };
    (now.sa_sigaction, now.sa_flags)
}

#[test]
fn the_disposition_of_before_comes_back_with_the_last_watch() {
    let body = || {
        let before = disposition();
        let first = Watch::new().unwrap();
        let ours = disposition();
        assert_ne!(ours, before);
        let second = Watch::new().unwrap();
        drop(first);
        assert_eq!(disposition(), ours);
        drop(second);
        assert_eq!(disposition(), before);
    };
    if let Some(status) = in_a_process("the_disposition_of_before_comes_back_with_the_last_watch", body) {
        assert_eq!(status.code(), Some(0));
    }
}

#[test]
fn a_blocked_sigbus_is_open_while_one_watches_and_blocked_again_after() {
    let body = || {
        block_sigbus(libc::SIG_BLOCK);
        let file = tempfile::tempfile().unwrap();
        file.set_len(page_size()).unwrap();
        let mapping = Mapping::new(file.as_fd(), 0, page_size(), Access::Read).unwrap();
        file.set_len(0).unwrap();
        // With the signal blocked the kernel would end the process here.
        assert!(mapping.read(0, &mut [0]).is_err());
        drop(mapping);
        assert!(block_sigbus(libc::SIG_BLOCK));
    };
    if let Some(status) = in_a_process("a_blocked_sigbus_is_open_while_one_watches_and_blocked_again_after", body) {
        assert_eq!(status.code(), Some(0));
    }
}

#[test]
fn a_fault_of_other_memory_kills_as_ever() {
    let body = || {
        let file = tempfile::tempfile().unwrap();
        file.set_len(page_size()).unwrap();
        let mapping = Mapping::new(file.as_fd(), 0, page_size(), Access::Read).unwrap();
        file.set_len(0).unwrap();
        // Not the memory that is said to be accessed.
        let elsewhere = Region::new(page() * 3, page(), page());
        let _ = guarded(&elsewhere, || mapping.touch());
        unreachable!("the process has ended");
    };
    if let Some(status) = in_a_process("a_fault_of_other_memory_kills_as_ever", body) {
        assert_eq!(status.signal(), Some(libc::SIGBUS));
    }
}

fn page() -> usize {
    usize::try_from(page_size()).unwrap()
}
