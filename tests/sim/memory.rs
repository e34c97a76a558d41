//! What buffers have of the machine's memory.

use super::{next_line, script};
use crate::support::binary;
use std::io::BufReader;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

/// Size and memory of a buffer, both in KiB, as a process sees them that is not simulated.
#[track_caller]
fn seen_from_outside(size: &str) -> (u64, u64) {
    let tool = binary();
    let mut child = Command::new(&tool)
        .args(["sim", "--"])
        .arg(&tool)
        .args(["exec", "-s", size, "--", "/bin/sh", "-c", "echo $$; read line"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tool should start");
    let line = next_line(&mut BufReader::new(child.stdout.take().expect("stdout is a pipe")));
    let buffer = std::fs::metadata(format!("/proc/{}/fd/3", line.trim())).expect("the shell has a buffer");
    drop(child.stdin.take());
    assert_eq!(child.wait().expect("it can be waited for").code(), Some(1), "read finds the end");
    (buffer.len() / 1024, buffer.blocks() / 2)
}

/// For /proc/meminfo to count the small ones, of which nobody else keeps count.
#[test]
fn a_small_buffer_has_its_memory_at_once_and_a_large_one_when_it_is_touched() {
    assert_eq!(seen_from_outside("64k"), (64, 64));
    assert_eq!(seen_from_outside("960k"), (960, 960));
    assert_eq!(seen_from_outside("1M"), (1024, 0));
}

/// How much there is in all must be known, so nobody else may use the machine.
#[test]
#[ignore = "needs a machine of its own: tests/vm/run"]
fn system_is_bounded_by_the_machine_however_large_its_buffers_are() {
    // Arguments: percent of what there was at the beginning, and what is said of it.
    const TRY: &str = r#"try() {
            "$DMAHEAP" alloc --force -s $((have * $1 / 100))k >/dev/null 2>&1 && echo "$2" || echo "not $2"
        }
        "#;
    const BEGIN: &str = r#"have=$(sed -n 's/MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
        export have
        try 80 alone; try 110 alone
        "$DMAHEAP" exec -s 1020k -c $((have * 40 / 100 / 1020)) -- sh -c "$SMALL"
        "$DMAHEAP" exec -s $((have * 40 / 100))k -- sh -c "$LARGE"
        try 80 afterwards"#;
    const SMALL: &str = "try 80 'beside small ones'; try 40 'beside small ones'";
    const LARGE: &str = r#"try 80 'beside a large one'; try 40 'beside a large one'
        "$DMAHEAP" fill -f 3 --pattern ones >/dev/null 2>&1 && try 40 'beside a touched one'"#;
    let text = script(
        &["--heap=system"],
        &format!("export SMALL='{}' LARGE='{}'\n{TRY}{BEGIN}", quoted(TRY, SMALL), quoted(TRY, LARGE)),
    );
    let expected = "alone\nnot alone\nnot beside small ones\nbeside small ones\nnot beside a large one\n\
        beside a large one\nbeside a touched one\nafterwards\n";
    assert_eq!((text.stdout.as_str(), text.status), (expected, 0), "{}", text.stderr);
}

/// A script to stand between single quotes.
fn quoted(begin: &str, end: &str) -> String {
    format!("{begin}{end}").replace('\'', r"'\''")
}
