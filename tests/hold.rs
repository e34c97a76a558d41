//! `dmaheap hold`

use crate::support::{assert_fields, bare, dmaheap, rows, script, words};
use serde_json::json;
use std::time::{Duration, Instant};

/// Starts `$DMAHEAP hold ARGS` in the background, waits until it is ready, and goes on with `then`; its
/// stdout is in `$dir/rows`.
fn held(args: &str, then: &str) -> crate::support::Run {
    script(&format!(
        "dir=$(mktemp -d) && trap 'rm -r \"$dir\"' EXIT && mkfifo \"$dir/ready\"\n\
         \"$DMAHEAP\" hold {args} --ready-fd 4 4>\"$dir/ready\" >\"$dir/rows\" 2>\"$dir/talk\" &\n\
         holder=$!\n\
         read -r _ <\"$dir/ready\"\n\
         {then}"
    ))
}

#[test]
fn the_rows_come_before_the_word_ready() {
    let outcome = script(
        "sh -c 'echo $$; exec \"$DMAHEAP\" hold -s 4k -c 2 -bn -o PID,FD,HEAP,SIZE --until-eof 2>&1 </dev/null'",
    )
    .run();
    let text = outcome.success();
    let lines: Vec<Vec<&str>> = words(&text).into_iter().filter(|line| line.get(1) != Some(&"simulated:")).collect();
    let pid = lines[0][0];
    assert_eq!(lines.len(), 4, "{text}");
    for line in &lines[1..3] {
        assert_eq!((line[0], &line[2..]), (pid, &["system", "4096"][..]), "{text}");
    }
    assert_ne!(lines[1][1], lines[2][1]);
    assert_eq!(lines[3], ["ready"]);
}

#[test]
fn json_has_the_holder_too() {
    let outcome = dmaheap(["hold", "-s", "64k", "--name", "camera0", "-J", "--for", "1ms"]).run();
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, "ready\n"));
    let row = &rows(&outcome.stdout)[0];
    assert!(row["pid"].as_u64() > Some(1) && row["inode"].as_u64() > Some(0), "{row}");
    assert_fields(row, &json!({"size": 65_536, "name": "camera0"}));
}

#[test]
fn a_time_is_kept_exactly() {
    let start = Instant::now();
    let outcome = dmaheap(["hold", "-s", "4k", "-n", "-o", "HEAP", "--for", "250ms"]).run();
    assert!(start.elapsed() >= Duration::from_millis(250));
    assert_eq!((outcome.status, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, "system\n", "ready\n"));
}

#[test]
fn a_signal_ends_it_well_unless_a_time_was_asked_for() {
    for (options, signal, status) in
        [("", "TERM", 0), ("", "HUP", 0), ("--for 1h", "TERM", 143), ("--for 1h", "HUP", 129)]
    {
        let end = format!("kill -{signal} $holder; wait $holder; echo status $?; grep -v simulated \"$dir/talk\"");
        let run = held(&format!("-s 4k {options}"), &end);
        assert_eq!(run.run().success(), format!("status {status}\nready\n"), "{options} {signal}");
    }
}

#[test]
fn the_keys_of_a_terminal_end_it_too() {
    for (options, signal, status) in
        [("", "INT", 0), ("", "QUIT", 0), ("--for 1h", "INT", 130), ("--for 1h", "QUIT", 131)]
    {
        // In the foreground, since a shell lets its background commands ignore these two.
        let outcome = script(&format!(
            "dir=$(mktemp -d) && mkfifo \"$dir/ready\"\n\
             (read -r _ <\"$dir/ready\"; rm -r \"$dir\"; kill -{signal} $$) &\n\
             exec \"$DMAHEAP\" hold -s 4k -n -o HEAP {options} --ready-fd 4 4>\"$dir/ready\""
        ))
        .with_keys()
        .run();
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.status), ("system\n", "ready\n", status));
    }
}

#[test]
fn ignored_signals_stay_ignored() {
    let run = script(
        "dir=$(mktemp -d) && trap 'rm -r \"$dir\"' EXIT && mkfifo \"$dir/ready\"\n\
         (trap '' HUP INT; exec \"$DMAHEAP\" hold -s 4k --for 1h --ready-fd 4 4>\"$dir/ready\" >/dev/null 2>&1) &\n\
         read -r _ <\"$dir/ready\"\n\
         kill -HUP $!; kill -INT $!; kill -TERM $!; wait $!; echo $?",
    );
    assert_eq!(run.run().success(), "143\n");
}

#[test]
fn the_end_of_stdin_ends_it_only_if_that_is_asked_for() {
    let run = script(
        "dir=$(mktemp -d) && trap 'rm -r \"$dir\"' EXIT && mkfifo \"$dir/ready\" \"$dir/in\"\n\
         \"$DMAHEAP\" hold -s 4k --until-eof --ready-fd 4 <\"$dir/in\" 4>\"$dir/ready\" >/dev/null 2>&1 &\n\
         exec 5>\"$dir/in\"\n\
         read -r _ <\"$dir/ready\"; echo ready\n\
         echo some text >&5; kill -0 $! && echo holds; exec 5>&-; wait $!; echo $?",
    );
    assert_eq!(run.run().success(), "ready\nholds\n0\n");
    let run = script("echo data | { \"$DMAHEAP\" hold -s 4k --for 1ms -n -o HEAP 2>/dev/null; cat; }");
    assert_eq!(run.run().success(), "system\ndata\n");
}

#[test]
fn a_service_manager_is_notified() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let run = script(&format!("NOTIFY_SOCKET={} \"$DMAHEAP\" hold -s 4k --for 1ms >/dev/null 2>&1", path.display()));
    assert_eq!(run.run().success(), "");
    let mut bytes = [0; 64];
    let length = socket.recv(&mut bytes).unwrap();
    assert_eq!(&bytes[..length], b"READY=1\n");
    // Nobody there is no reason to fail, as with sd_notify(3).
    let run = script("NOTIFY_SOCKET=/nowhere \"$DMAHEAP\" hold -s 4k --for 1ms -n -o HEAP");
    let outcome = run.run();
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, "system\n"));
    assert_eq!(outcome.stderr, "ready\ndmaheap: notify /nowhere: no such file or directory (ENOENT)\n");
}

#[test]
fn a_ready_fd_has_to_be_open() {
    // 3 is what the tool would open first.
    assert_eq!(
        script("exec 3>&-; exec \"$DMAHEAP\" hold -s 4k --ready-fd 3").run().failure(1),
        "dmaheap: use --ready-fd 3: bad file descriptor (EBADF)\n\
         hint: open it for the command: dmaheap hold --ready-fd 4 4>FILE\n"
    );
}

#[test]
fn detached_it_outlives_its_caller_and_keeps_nothing_of_it() {
    let run = script(
        "dir=$(mktemp -d) && trap 'rm -r \"$dir\"' EXIT\n\
         exec 7>\"$dir/other\"\n\
         # The substitution would wait for a holder that kept its stdout.\n\
         pid=$(\"$DMAHEAP\" hold -s 4k -c 2 --detach --listen \"$dir/socket\")\n\
         kill -0 \"$pid\" && echo lives\n\
         ls /proc/\"$pid\"/fd | wc -l; for link in cwd fd/0 fd/1; do readlink /proc/\"$pid\"/$link; done\n\
         \"$DMAHEAP\" recv \"$dir/socket\" -bn -o HEAP,SIZE\n\
         kill \"$pid\"\n\
         while test -e \"$dir/socket\"; do :; done; while kill -0 \"$pid\" 2>/dev/null; do :; done",
    );
    let text = run.run().success();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("lives"));
    // Streams, buffers, socket, its file and directory, a descriptor for a peer, the pipe of the word, signals.
    let open: u32 = lines.next().unwrap().trim().parse().unwrap();
    assert!(open <= 11, "{text}");
    assert_eq!(lines.collect::<Vec<_>>(), ["/", "/dev/null", "/dev/null", "system  4096", "system  4096"]);
}

#[test]
fn detached_for_a_time_with_rows_it_ends_by_itself() {
    let run = script(
        "pid=$(\"$DMAHEAP\" hold -s 4k --detach --for 1ms -n -o PID,HEAP) && set -- $pid && \
         while kill -0 $1 2>/dev/null; do :; done; echo $2",
    );
    assert_eq!(run.run().success(), "system\n");
}

#[test]
fn hold_that_cannot_announce_ends() {
    let outcome = script("\"$DMAHEAP\" hold -s 4k --detach >/dev/full").run();
    assert_eq!(outcome.failure(1), "dmaheap: write to stdout: no space left on device (ENOSPC)\n");
    let outcome = script("\"$DMAHEAP\" hold -s 4k >/dev/full").run();
    assert_eq!(outcome.failure(1), "dmaheap: write to stdout: no space left on device (ENOSPC)\n");
}

#[test]
fn a_time_and_the_end_of_input_go_together() {
    let hold = "\"$DMAHEAP\" hold -s 4k --until-eof -n -o SIZE";
    // The input does not end in time, then there is time enough.
    for text in
        [format!("cd \"$(mktemp -d)\" && mkfifo f && {hold} --for 50ms <>f"), format!("{hold} --for 60s </dev/null")]
    {
        let outcome = script(&text).run();
        assert_eq!((outcome.stdout.as_str(), outcome.status), ("4KiB\n", 0), "{text}: {}", outcome.stderr);
    }
}

#[test]
fn times_and_combinations_that_are_none_are_usage_errors() {
    let refused = |args: &[&str]| bare(["hold", "-s", "4k"].iter().chain(args)).run().failure(2);
    for time in ["-1s", "", "1d", "x"] {
        assert!(refused(&["--for", time]).contains("for '--for <TIME>'"), "{time}");
    }
    assert!(refused(&["--detach", "--until-eof"]).contains("cannot be used with"));
    assert!(refused(&["--detach", "--fill", "ones", "--verify"]).contains("cannot be used with"));
    assert!(refused(&["--ready-fd", "-1"]).contains("cannot be negative"));
    assert!(refused(&["--listen", "@"]).contains("needs a name after the @"));
    assert!(refused(&["--listen", &"x".repeat(108)]).contains("108 bytes long"));
    assert!(bare(["hold"]).run().failure(2).contains("--size <SIZE>"));
}
