//! What the verbs on bytes refuse, each with message and status.

use super::with_buffer;
use crate::support::{bare, script};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::fs::File;

/// The error of `dmaheap ARGS` with a buffer of 64 KiB as descriptor 3.
#[track_caller]
fn refused(options: &[&str], args: &str) -> String {
    with_buffer(options, &format!("exec \"$DMAHEAP\" {args}")).run().failure(1)
}

#[test]
fn other_fd_type_is_refused_and_named() {
    let closed = "use fd 9: it is not open in this process (EBADF)\nhint: let the caller pass it on: `dmaheap exec`, or `3<&5` in a shell; sudo and ssh close descriptors\n";
    for (verb, options) in
        [("fill", "--pattern zero"), ("verify", "--pattern zero"), ("load", "/dev/zero"), ("dump", "")]
    {
        let error = |text: &str, redirection: &str| {
            let stderr = script(&format!("exec \"$DMAHEAP\" {verb} {text} {options} {redirection}")).run().failure(1);
            stderr.strip_prefix("dmaheap: ").expect("the tool's name").to_owned()
        };
        assert_eq!(error("-f 9", "9<&-"), closed);
        assert_eq!(error("-f 0", ""), "access fd 0: a pipe (file system 0x50495045), not a dma-buf\n");
        assert!(error("-f 4", "4</").starts_with("access fd 4: a directory (file system 0x"));
        assert!(error("-f 4 --sync none", "4</").starts_with("access fd 4: a directory (file system 0x"));
        let node = error("-f 4", "4</dev/dma_heap/system");
        assert!(node.starts_with("access fd 4: the node ") && node.contains(" of a heap (file system 0x"), "{node}");
        assert!(
            node.ends_with("not a dma-buf\nhint: allocate a buffer from the heap with dmaheap exec, hold or alloc\n")
        );
    }
}

#[test]
fn a_range_has_to_lie_inside() {
    for (range, message) in [
        ("--offset 64k", "offset 65536 is at or beyond the end; the buffer has 65536 bytes\n"),
        (
            "--offset 65535 --length 2",
            "range ends at 65537, the buffer at 65536\nhint: only 1 bytes follow offset 65535\n",
        ),
        (
            "--length 0xffffffffffffffff",
            "range ends at 18446744073709551615, the buffer at 65536\nhint: only 65536 bytes follow offset 0\n",
        ),
        ("--access-width 64 --offset 4", "offset 4 is not a multiple of 8, as aligned 64-bit accesses require\n"),
    ] {
        for verb in ["fill --pattern random", "verify --pattern random", "dump", "load /dev/zero"] {
            assert_eq!(refused(&[], &format!("{verb} -f 3 {range}")), format!("dmaheap: access fd 3: {message}"));
        }
    }
}

#[test]
fn options_that_are_none_are_explained() {
    for (args, message) in [
        (
            &["--length", "0"][..],
            "the length must be greater than zero; omit --length to take everything after the offset",
        ),
        (&["--length=-1"], "a size cannot be negative"),
        (
            &["--offset", "here"],
            "not a number; expected bytes (4096, 0x1000) or a unit: 64K, 4M, 1G, 4KiB, 1p for a page",
        ),
        (&["--offset", "99999999999999999999"], "does not fit in 64 bits"),
        (&["--sync", "maybe"], "expected none, start, end or both"),
        (&["--access-width", "24"], "unsupported access width; expected 8, 16, 32 or 64"),
        (&["--jobs", "0"], "'0' is not a number of jobs; expected 1 to 64"),
        (&["--seed", "-1"], "'-1' is not a 64-bit number; expected 42 or 0x2a"),
        (&["--seed", "1"], "--seed: the pattern zero takes no seed"),
        (&["--pid", "0"], "a process ID is at least 1"),
        (&["--pid", "x"], "not a process ID"),
        (&["--progress", "maybe"], "invalid value 'maybe'"),
    ] {
        let stderr = bare([&["fill", "-f", "3", "--pattern", "zero"], args].concat()).run().failure(2);
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
    for (args, message) in [
        (&["fill", "-f", "3"][..], "missing --pattern <PATTERN>"),
        (&["fill", "--pattern", "zero"], "missing --fd <N> or --from-socket <SOCKET>"),
        (&["fill", "-f", "-1", "--pattern", "zero"], "a file descriptor cannot be negative"),
        (&["fill", "-f", "3x", "--pattern", "zero"], "not a file descriptor number"),
        (&["fill", "-f", "3", "--pattern", "byte=256"], "byte: 256 does not fit in 8 bits"),
        (&["fill", "-f", "3", "--pattern", "nope"], "unknown pattern 'nope' (patterns: zero, ones, "),
        (
            &["verify", "-f", "3", "--pattern", "zero", "--extents", "-1"],
            "'-1' is not a number of extents; expected 0 to 4096",
        ),
        (
            &["verify", "-f", "3", "--pattern", "zero", "--extents", "4097"],
            "'4097' is not a number of extents; expected 0 to 4096",
        ),
        (&["dump", "--from-socket", "@x", "--index", "0"], "'0' is not an index; buffers are counted from 1"),
        (&["dump", "--from-socket", "@x", "--index", "x"], "'x' is not an index; buffers are counted from 1"),
        (&["verify", "-f", "3", "--pattern", "zero", "-o", "X"], "unknown column 'X' (columns: PATTERN SEED "),
        (&["alloc", "-s", "4k", "--verify"], "--fill"),
        (&["alloc", "-s", "4k", "--seed", "1"], "--fill"),
        (&["alloc", "-s", "4k", "--fill", "ones", "--seed", "1"], "--seed: the pattern ones takes no seed"),
    ] {
        let stderr = bare(args).run().failure(2);
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
}

#[test]
fn the_access_mode_of_the_descriptor_counts() {
    let not_writable = "dmaheap: map fd 3: its descriptor is not open for reading and writing, so it cannot be written (EACCES)\n\
         hint: allocate with --access rw: a writable mapping also needs read access\n";
    let not_readable = "dmaheap: map fd 3: its descriptor is write-only, so it cannot be read (EACCES)\n\
         hint: allocate with --access rw or ro: a mapping always needs read access\n";
    for verb in ["fill -f 3 --pattern zero", "fill -f 3 --pattern random", "load -f 3 /dev/zero"] {
        assert_eq!(refused(&["--access", "ro"], verb), not_writable);
        assert_eq!(refused(&["--access", "wo"], verb), not_writable);
    }
    for verb in ["verify -f 3 --pattern zero", "dump -f 3"] {
        assert_eq!(refused(&["--access", "wo"], verb), not_readable);
        let outcome = with_buffer(&["--access", "ro"], &format!("exec \"$DMAHEAP\" {verb} >/dev/null")).run();
        assert_eq!(outcome.status, 0, "{}", outcome.transcript());
    }
}

#[test]
fn a_buffer_that_cannot_be_read_destroys_no_file() {
    let body = "echo kept >/tmp/$$; \"$DMAHEAP\" dump -f 3 /tmp/$$ 2>/dev/null; cat /tmp/$$; rm /tmp/$$";
    assert_eq!(with_buffer(&["--access", "wo"], body).run().success(), "kept\n");
}

#[test]
fn input_of_another_length_is_an_error() {
    let body = |input: &str, args: &str| {
        format!(
            "printf '%0100d' 0 >/tmp/$$.short; {input} \"$DMAHEAP\" load -f 3 {args}; status=$?; rm /tmp/$$.short; exit $status"
        )
    };
    for (input, args, message) in [
        (
            "cd /tmp;",
            "$$.short",
            "is 100 bytes long, the range 65536\nhint: --length 100 loads the whole file and leaves the rest of the buffer unchanged\n",
        ),
        ("cd /tmp;", "--length 50 --offset 65500 $$.short", "range ends at 65550, the buffer at 65536"),
        (
            "cd /tmp;",
            "--offset 65500 $$.short",
            "is 100 bytes long, the range only 36\nhint: --length 36 loads only the beginning of the file\n",
        ),
        (
            "cat /tmp/$$.short |",
            "",
            "load stdin: ended after 100 of 65536 bytes; the rest of the buffer is unchanged\n",
        ),
        (
            "cat /tmp/$$.short |",
            "--length 101",
            "load stdin: ended after 100 of 101 bytes; the rest of the buffer is unchanged\n",
        ),
        (
            "cat /tmp/$$.short |",
            "--offset 65500",
            "load stdin: has more than the 36 bytes of the range, which were loaded\nhint: --length 36 leaves the rest unread\n",
        ),
        ("", "</dev/null", "load stdin: ended after 0 of 65536 bytes"),
        ("", "/dev/null/none", "open /dev/null/none: not a directory (ENOTDIR)\n"),
        ("", "/nowhere", "open /nowhere: no such file or directory (ENOENT)\n"),
        ("", "/", "read /: is a directory (EISDIR)\n"),
        (": >/tmp/$$.empty; exec </tmp/$$.empty; rm /tmp/$$.empty;", "", "load stdin: ended after 0 of 65536 bytes"),
        ("cd /tmp; exec <$$.short; cat >/dev/null;", "", "load stdin: is at its end, the range is 65536 bytes long\n"),
        // Their length shows when they are read.
        ("", "/proc/self/status", "load /proc/self/status: ended after "),
        ("", "--length 16 /proc/self/status", ""),
        ("", "--offset 65530 /proc/self/status", "load /proc/self/status: has more than the 6 bytes of the range"),
        ("cat /tmp/$$.short |", "--access-width 64 --length 96 --offset 8; exit $?; true", ""),
    ] {
        let outcome = with_buffer(&[], &body(input, args)).run();
        if message.is_empty() {
            assert_eq!(outcome.success(), "");
            continue;
        }
        let stderr = outcome.failure(1);
        assert!(stderr.contains(message), "{args}: {stderr}");
    }
}

#[test]
fn a_pattern_from_a_file_has_to_reach_to_the_end() {
    let body =
        "printf abc >/tmp/$$; \"$DMAHEAP\" fill -f 3 --pattern file=/tmp/$$; status=$?; rm /tmp/$$; exit $status";
    let stderr = with_buffer(&[], body).run().failure(1);
    assert!(
        stderr.contains("is 3 bytes long, but the range ends at 65536\nhint: --length 3 ends at the end"),
        "{stderr}"
    );
    let stderr = refused(&[], "verify -f 3 --pattern file=/nowhere");
    assert_eq!(stderr, "dmaheap: read /nowhere: no such file or directory (ENOENT)\n");
}

#[test]
fn a_full_disk_is_an_error() {
    for args in ["dump -f 3 /dev/full", "dump -f 3 --hex /dev/full"] {
        assert_eq!(refused(&[], args), "dmaheap: write /dev/full: no space left on device (ENOSPC)\n");
    }
    assert_eq!(refused(&[], "dump -f 3 >/dev/full"), "dmaheap: write stdout: no space left on device (ENOSPC)\n");
    assert_eq!(refused(&[], "dump -f 3 >&-"), "dmaheap: write to stdout: bad file descriptor (EBADF)\n");
    assert_eq!(refused(&[], "dump -f 3 /nowhere/x"), "dmaheap: write /nowhere/x: no such file or directory (ENOENT)\n");
}

#[test]
fn a_file_that_was_written_in_part_is_said_to_be() {
    // In a shell of its own, whose limit on the size of files stands for a disk that is full.
    let body = "trap '' XFSZ; ulimit -f 8; \"$DMAHEAP\" dump -f 3 /tmp/$$; status=$?; rm /tmp/$$; exit $status";
    let stderr = with_buffer(&["-s", "1M"], body).run().failure(1);
    assert!(stderr.contains(": file too large (EFBIG)\nhint: /tmp/"), "{stderr}");
    assert!(stderr.contains(" contains only the first "), "{stderr}");
}

fn memfd(flags: MFdFlags, size: u64) -> File {
    let memory = File::from(memfd_create("memory", flags | MFdFlags::MFD_CLOEXEC).expect("a memfd"));
    memory.set_len(size).expect("it can be made longer");
    memory
}

/// A memfd as descriptor 0 of `dmaheap ARGS --sync none`.
fn with_memfd(flags: MFdFlags, size: u64, args: &[&str]) -> std::process::Command {
    let memory = memfd(flags, size);
    let mut command = std::process::Command::new(crate::support::binary());
    command.args(args).args(["-f", "0", "--sync", "none"]).env_clear().stdin(memory);
    command
}

#[test]
fn a_memfd_is_accepted_without_brackets_only() {
    let mut filled = with_memfd(MFdFlags::empty(), 64 * 1024, &["fill", "--pattern", "prbs31"]);
    assert!(filled.status().unwrap().success());
    let refused =
        with_memfd(MFdFlags::empty(), 4096, &["fill", "--pattern", "zero"]).arg("--sync").arg("both").output();
    // Given twice, an option is refused; and alone it names what the descriptor is.
    assert_eq!(refused.unwrap().status.code(), Some(2));
    let stderr = script("exec \"$DMAHEAP\" fill -f 0 --pattern zero </etc/passwd").run().failure(1);
    assert!(stderr.contains("access fd 0: a regular file (file system 0x"), "{stderr}");
    assert!(
        stderr.ends_with("not a dma-buf\nhint: --sync none also accepts descriptors that are not dma-bufs\n"),
        "{stderr}"
    );
}

#[test]
fn memory_that_goes_away_is_an_error() {
    use std::io::Read;
    use std::process::Stdio;
    // Sparse: the work is nowhere near the end of it when it is truncated.
    const SIZE: u64 = 1 << 40;
    for (args, operation) in [
        (&["fill", "--pattern", "random"][..], "write"),
        (&["fill", "--pattern", "ones"], "write"),
        (&["verify", "--pattern", "zero"], "read"),
        (&["load", "/dev/zero"], "write"),
        (&["dump"], "read"),
    ] {
        let memory = memfd(MFdFlags::empty(), SIZE);
        let mut child = std::process::Command::new(crate::support::binary())
            .args(args)
            .args(["-f", "0", "--sync", "none", "--progress", "always"])
            .env_clear()
            .stdin(memory.try_clone().expect("another descriptor of it"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        let mut stderr = child.stderr.take().expect("stderr is a pipe");
        // The first sign of progress: bytes are being accessed.
        stderr.read_exact(&mut [0]).expect("progress is shown");
        memory.set_len(0).expect("it can be truncated");
        let mut said = String::new();
        stderr.read_to_string(&mut said).expect("the output should be UTF-8");
        assert_eq!(child.wait().expect("it ends").code(), Some(1), "{args:?}: {said}");
        let error = format!("dmaheap: {operation} fd 0: no memory at offset 0x");
        assert!(said.contains(&error) && said.contains(" (SIGBUS)\n"), "{args:?}: {said}");
        assert!(
            said.ends_with("hint: its file was truncated, or it is device memory: try --access-width 32\n"),
            "{said}"
        );
    }
}

#[test]
fn unmappable_buffer_is_an_error() {
    // Huge pages cannot be mapped from an offset between them: mmap answers EINVAL, as it does for a heap without mmap.
    for verb in
        [&["fill", "--pattern", "zero"][..], &["verify", "--pattern", "zero"], &["load", "/dev/zero"], &["dump"]]
    {
        let args = [verb, &["--offset", "64k", "--length", "1"]].concat();
        let huge = with_memfd(MFdFlags::MFD_HUGETLB, 4 << 20, &args).output().unwrap();
        assert_eq!((huge.status.code(), huge.stdout.len()), (Some(1), 0), "{verb:?}");
        assert_eq!(
            String::from_utf8_lossy(&huge.stderr),
            "dmaheap: map fd 0: its exporter does not support mmap (EINVAL)\n"
        );
    }
}
