//! How a holder ends: by a signal at any moment, never by a peer that does not read, and without a trace.

use super::in_directory;
use crate::support::script;
use std::os::unix::net::UnixDatagram;

/// A fifo: descriptor 5 writes to it, and nobody reads.
const NO_READER: &str = "mkfifo pipe; exec 6<>pipe 5>pipe 6<&-";

/// A fifo that takes no more: descriptor 6.
const FULL: &str = "mkfifo pipe; exec 6<>pipe; head -c 65536 /dev/zero >&6";

#[test]
fn a_reader_of_its_notices_that_goes_away_does_not_end_it() {
    let run = in_directory(&format!(
        "{NO_READER}\n\
         NOTIFY_SOCKET=/nowhere \"$DMAHEAP\" hold -s 4k -J --listen socket --ready-fd 4 4>ready >/dev/null 2>&5 & read -r _ <ready\n\
         \"$DMAHEAP\" recv socket -n -o HEAP; kill $!; wait $!; echo $?; test -e socket || echo gone"
    ));
    assert_eq!(run.run().success(), "system\n0\ngone\n");
}

#[test]
fn closed_ready_fd_is_an_error() {
    let run = in_directory(&format!(
        "{NO_READER}\n\
         \"$DMAHEAP\" hold -s 4k -n -o HEAP --listen socket --ready-fd 5; echo $?; test -e socket || echo gone\n\
         \"$DMAHEAP\" recv --listen socket --ready-fd 5; echo $?; test -e socket || echo gone"
    ));
    let outcome = run.run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("system\n1\ngone\n1\ngone\n", 0));
    let error = "ready\ndmaheap: write to --ready-fd 5: broken pipe (EPIPE)\n";
    assert_eq!(outcome.stderr, [error, error].concat());
}

#[test]
fn a_reader_of_its_rows_that_goes_away_ends_it_as_any_other_tool() {
    let run = in_directory(&format!(
        "{NO_READER}\n\
         hold() {{ \"$DMAHEAP\" hold -s 4k --listen socket >&5; echo $?; test -e socket || echo gone; }}\n\
         hold; trap '' PIPE; hold"
    ));
    let outcome = run.run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("141\ngone\n1\ngone\n", 0));
    assert_eq!(outcome.stderr, "dmaheap: write to stdout: broken pipe (EPIPE)\n");
}

#[test]
fn a_signal_ends_it_while_nobody_reads_what_it_says() {
    for (options, streams) in
        [("", ">&6"), ("", "2>&6 >/dev/null"), ("--detach", ">&6"), ("--ready-fd 6", ">/dev/null")]
    {
        let run = in_directory(&format!(
            "{FULL}\n\
             {{ \"$DMAHEAP\" hold -s 4k -J --listen socket {options} {streams} & }} 2>talk\n\
             while ! test -e socket; do :; done\n\
             kill -TERM $!; {{ wait $!; }} 2>/dev/null; echo $?\n\
             # It is the child's to remove, if there is one.\n\
             while test -e socket; do :; done"
        ));
        let outcome = run.run();
        assert_eq!((outcome.stdout.as_str(), outcome.status), ("143\n", 0), "{options} {streams}: {}", outcome.stderr);
    }
}

#[test]
fn killed_before_it_could_tell_of_its_child_it_leaves_none() {
    let run = in_directory(&format!(
        "{FULL}\n\
         \"$DMAHEAP\" hold -s 4k --listen socket --detach >&6 &\n\
         # A socket that has not yet gone over to the child stays, as that of any process that is killed.\n\
         while ! grep -qs \"^PPid:.$!$\" /proc/[0-9]*/status; do :; done\n\
         kill -KILL $!; {{ wait $!; }} 2>/dev/null; echo $?; while test -e socket; do :; done"
    ));
    assert_eq!(run.run().success(), "137\n");
}

#[test]
fn a_service_manager_that_takes_no_more_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let other = UnixDatagram::unbound().unwrap();
    other.set_nonblocking(true).unwrap();
    while other.send_to(b"x", &path).is_ok() {}
    let path = path.display();
    let outcome = script(&format!("NOTIFY_SOCKET={path} exec \"$DMAHEAP\" hold -s 4k --for 1ms -n -o HEAP")).run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("system\n", 0));
    assert_eq!(outcome.stderr, format!("ready\ndmaheap: notify {path}: resource temporarily unavailable (EAGAIN)\n"));
    drop(socket);
}

#[test]
fn a_service_manager_is_told_which_process_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let run = script(&format!(
        "pid=$(NOTIFY_SOCKET={} \"$DMAHEAP\" hold -s 4k --detach); kill $pid; echo $pid\n\
         while kill -0 $pid 2>/dev/null; do :; done",
        path.display()
    ));
    let pid = run.run().success();
    let mut bytes = [0; 64];
    let length = socket.recv(&mut bytes).unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes[..length]), format!("MAINPID={pid}READY=1\n"));
}

#[test]
fn any_signal_that_ends_it_takes_the_socket_away() {
    // A shell starts commands in the background with SIGINT and SIGQUIT ignored.
    const SIGNALS: &str = "HUP TERM USR1 USR2 ALRM VTALRM PROF XCPU IO PWR";
    for verb in ["hold -s 4k", "recv"] {
        let run = in_directory(&format!(
            "for signal in {SIGNALS}; do\n\
                 \"$DMAHEAP\" {verb} --listen socket --ready-fd 4 4>ready >/dev/null 2>&1 & read -r _ <ready\n\
                 test -S socket && kill -s $signal $!; wait $!; test -e socket && echo $signal\n\
             done; echo all"
        ));
        // The shell says what has ended it.
        let outcome = run.run();
        assert_eq!((outcome.stdout.as_str(), outcome.status), ("all\n", 0), "{verb}: {}", outcome.stderr);
    }
}
