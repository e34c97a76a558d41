//! Standard streams as the caller left them: closed, non-blocking, shared with others.

use crate::support::{binary, script};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};

#[test]
fn closed_streams_stay_closed_for_a_command() {
    let numbers = |text: &str| {
        let mut numbers: Vec<u32> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    };
    for closed in ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"] {
        for verify in ["", "--fill ones --verify"] {
            let run = script(&format!(
                "file=$(mktemp) && show='ls /proc/self/fd >\"$0\" 2>&5'; exec 5</dev/null\n\
                 sh -c \"$show\" $file {closed}; cat $file; echo 8; echo 9; echo --\n\
                 \"$DMAHEAP\" exec -s 4k -c 2 --at-fd 8 {verify} -- sh -c \"$show\" $file {closed}; cat $file; rm $file"
            ));
            let text = run.run().success();
            let (without, with) = text.split_once("--\n").unwrap();
            assert_eq!(numbers(without), numbers(with), "{closed} {verify}");
        }
    }
}

#[test]
fn a_buffer_can_stand_where_a_stream_was_closed() {
    for (number, closed) in [(0, "<&-"), (2, "2>&-"), (0, "<&- 2>&-")] {
        let run = script(&format!(
            "exec \"$DMAHEAP\" exec -s 8k --at-fd {number} -- \"$DMAHEAP\" info -f {number} -Jo SIZE {closed}"
        ));
        assert_eq!(run.run().rows(), [serde_json::json!({"size": 8192})], "{closed}");
    }
}

#[test]
fn a_stream_that_was_closed_is_nothing_to_use() {
    let hint =
        "hint: let the caller pass it on: `dmaheap exec`, or `3<&5` in a shell; sudo and ssh close descriptors\n";
    let refused = |args: &str| script(&format!("exec \"$DMAHEAP\" {args} <&-")).run().failure(1);
    for verb in ["info", "dump", "send @dmaheap-nobody --any-fd", "fill --pattern zero"] {
        assert_eq!(
            refused(&format!("{verb} -f 0")),
            format!("dmaheap: use fd 0: it is not open in this process (EBADF)\n{hint}")
        );
    }
    assert_eq!(
        refused("hold -s 4k --ready-fd 0"),
        "dmaheap: use --ready-fd 0: bad file descriptor (EBADF)\n\
         hint: open it for the command: dmaheap hold --ready-fd 4 4>FILE\n"
    );
    let run = script("exec \"$DMAHEAP\" exec -s 4k -- \"$DMAHEAP\" load -f 3 <&-");
    assert_eq!(run.run().failure(1), "dmaheap: open stdin: bad file descriptor (EBADF)\n");
}

#[test]
fn why_a_command_does_not_run_is_told_although_a_buffer_took_the_place_of_stderr() {
    for (options, verify) in [("--at-fd 2", ""), ("-c 4 --at-fd 0", ""), ("--at-fd 2", "--fill ones --verify")] {
        let run = script(&format!("exec \"$DMAHEAP\" exec -s 4k {options} --replace {verify} -- /nowhere/command"));
        assert_eq!(
            run.run().failure(127),
            "dmaheap: run /nowhere/command: no such command (ENOENT)\n",
            "{options} {verify}"
        );
    }
}

#[test]
fn dump_leaves_the_shared_offset_alone() {
    let run = script(
        "file=$(mktemp) && echo text >$file\n\
         { \"$DMAHEAP\" dump -f 0 --sync none --length 2; cat; } <$file\n\
         { head -c 2 >/dev/null; \"$DMAHEAP\" dump -f 0 --sync none; cat; } <$file; rm $file",
    );
    let text = run.run().success();
    assert!(text.starts_with("tetext\ntext\n"), "{text}");
}

fn pipe() -> (File, OwnedFd) {
    let (reader, writer) = nix::unistd::pipe2(OFlag::O_CLOEXEC).unwrap();
    (File::from(reader), writer)
}

fn does_not_block(end: impl AsFd) {
    fcntl(end.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
}

fn memory(bytes: &[u8]) -> File {
    let mut memory = File::from(memfd_create("memory", MFdFlags::MFD_CLOEXEC).unwrap());
    memory.write_all(bytes).unwrap();
    memory
}

const LENGTH: usize = 1 << 20;

#[test]
fn a_pipe_that_does_not_block_is_dumped_to() {
    for (hex, length) in [(&[][..], LENGTH), (&["--hex"], LENGTH / 16 * 79 + 9)] {
        let bytes: Vec<u8> = (0..LENGTH).map(|at| (at / 16 % 251) as u8).collect();
        let (mut reader, writer) = pipe();
        does_not_block(&writer);
        let mut dump = Command::new(binary());
        dump.args(["dump", "-f", "0", "--sync", "none"]).args(hex).env_clear().stdin(memory(&bytes)).stdout(writer);
        let child = dump.stderr(Stdio::piped()).spawn().unwrap();
        // With it goes its copy of the other end.
        drop(dump);
        let mut got = Vec::new();
        reader.read_to_end(&mut got).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
        assert_eq!(got.len(), length);
        assert!(!hex.is_empty() || got == bytes);
    }
}

#[test]
fn a_pipe_that_does_not_block_is_loaded_from() {
    let (reader, writer) = pipe();
    does_not_block(&reader);
    let memory = memory(&[0; LENGTH]);
    let mut load = Command::new(binary());
    load.args(["load", "-f", "1", "--sync", "none"]).env_clear().stdin(reader).stdout(memory.try_clone().unwrap());
    let load = load.stderr(Stdio::piped()).spawn().unwrap();
    let bytes: Vec<u8> = (0..LENGTH).map(|at| (at % 251) as u8).collect();
    File::from(writer).write_all(&bytes).unwrap();
    let output = load.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let mut got = vec![0; LENGTH];
    std::os::unix::fs::FileExt::read_exact_at(&memory, &mut got, 0).unwrap();
    assert!(got == bytes);
}

#[test]
fn a_limit_of_the_size_of_files_is_an_error_with_its_name() {
    let run = script("file=$(mktemp); (ulimit -f 0; exec \"$DMAHEAP\" list -n system >$file); echo $?; rm $file").run();
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        (
            "1\n",
            "dmaheap: write to stdout: file too large (EFBIG)\nhint: RLIMIT_FSIZE is 0 bytes: raise it with `ulimit -f`\n"
        )
    );
    // A command finds the signal as the caller left it: 153 is 128 + SIGXFSZ.
    let text =
        "file=$(mktemp); (ulimit -f 0; exec \"$DMAHEAP\" exec -s 4k -- sh -c 'echo x; :' >$file); echo $?; rm $file";
    let run = script(text).run();
    assert_eq!(run.stdout, "153\n", "{}", run.transcript());
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_closed_stream_needs_no_dev_null() {
    for closed in ["<&-", ">&-", "<&- >&-"] {
        let text = format!("unshare -m sh -c 'mount -t tmpfs none /dev || exit 99; \"$DMAHEAP\" list {closed}'");
        let run = script(&text).run();
        if closed == "<&-" {
            assert!(run.status == 0 && run.stdout.contains("no-node"), "{closed}: {}", run.transcript());
        } else {
            assert!(run.status == 1 && run.stderr.starts_with("dmaheap: "), "{closed}: {}", run.transcript());
        }
    }
}
