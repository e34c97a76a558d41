use crate::sys::mem::mapping::{Mapping, MappingAccess};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::sync::Arc;

/// The end of a process is tested in one of its own: the test program again, with one test to run and this variable set.
const CHILD: &str = "DMAHEAP_TEST_CHILD";

fn in_a_process(test: &str, body: fn()) -> Option<Output> {
    if std::env::var_os(CHILD).is_some() {
        body();
        return None;
    }
    let program = std::env::current_exe().unwrap();
    let name = format!("sys::mem::fault::tests::{test}");
    let options = ["--exact", &name, "--test-threads=1", "--nocapture"];
    let output = Command::new(program).args(options).env(CHILD, "1").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("running 1 test"), "{output:?}");
    Some(output)
}

/// Maps four pages, of which only the first two are there.
fn truncated() -> Mapping {
    let file = tempfile::tempfile().unwrap();
    file.set_len(4 * PAGE).unwrap();
    let mapping = Mapping::new(file.as_fd(), 0, 4 * PAGE, MappingAccess::ReadWrite).unwrap();
    file.set_len(2 * PAGE).unwrap();
    mapping
}

/// At least the size of any page.
const PAGE: u64 = 64 * 1024;

#[test]
fn the_first_fault_of_many_threads_is_reported_and_ends_the_process() {
    let body = || {
        let mapping = truncated().reporting(Arc::new(|fault| {
            writeln!(std::io::stdout(), "{fault:?}").unwrap();
            42
        }));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| mapping.fill(0, mapping.length(), 7));
            }
        });
    };
    let Some(output) = in_a_process("the_first_fault_of_many_threads_is_reported_and_ends_the_process", body) else {
        return;
    };
    assert_eq!(output.status.code(), Some(42));
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text.matches("MemoryFault { at: 131072, cause: NoPage }").count(), 1, "{text}");
}

#[test]
fn a_fault_that_nobody_reports_kills_as_ever() {
    let body = || {
        // The handler is there, but for another mapping.
        truncated().reporting(Arc::new(|_| 42)).fill(0, 1, 7);
        truncated().fill(0, 3 * PAGE as usize, 7);
    };
    if let Some(output) = in_a_process("a_fault_that_nobody_reports_kills_as_ever", body) {
        assert_eq!(output.status.signal(), Some(libc::SIGBUS));
    }
}
