//! A process at the other end that says nothing, takes nothing or is slow, and a limit for all of it.

use super::in_directory;
use crate::support::bare;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// What `dmaheap ARGS` writes to stderr, where SOCKET in `args` is one at which `serve` serves once; it ends with
/// `status` by itself, or this test does not end.
#[track_caller]
fn beside(serve: impl FnOnce(UnixStream) + Send, args: &[&str], status: i32) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let socket = |arg: &&str| if *arg == "SOCKET" { path.clone().into_os_string() } else { OsStr::new(arg).to_owned() };
    let args: Vec<_> = args.iter().map(socket).collect();
    std::thread::scope(|scope| {
        scope.spawn(move || serve(listener.accept().unwrap().0));
        bare(args).run().failure(status).replace(&path.display().to_string(), "SOCKET")
    })
}

/// Takes what comes until the other end hangs up, and says nothing.
fn silent(mut peer: UnixStream) {
    let _ = peer.read_to_end(&mut Vec::new());
}

/// Says `bytes` for ever, one at a time, until the other end hangs up.
fn dribble(bytes: &'static [u8]) -> impl FnOnce(UnixStream) + Send {
    |mut peer| {
        for byte in bytes.iter().cycle() {
            if peer.write_all(&[*byte]).is_err() {
                break;
            }
        }
    }
}

const HINT: &str = "hint: use --peer-timeout to give the other end more time\n";

#[test]
fn a_sender_has_so_much_time_and_no_more() {
    let first = format!("dmaheap: receive from SOCKET: timed out after 100ms, waiting for its first message\n{HINT}");
    let recv = ["recv", "SOCKET", "--peer-timeout", "100ms"];
    assert_eq!(beside(silent, &recv, 1), first);
    assert_eq!(beside(silent, &[&recv[..], &["--", "true"]].concat(), 125), first);
    assert_eq!(beside(silent, &["info", "--from-socket", "SOCKET", "--peer-timeout", "100ms"], 1), first);
    // There is always something to receive, and it is never enough.
    assert_eq!(beside(dribble(b" "), &recv, 1), first);
    let rest = |mut peer: UnixStream| {
        peer.write_all(b"{\"dmaheap\":1,\"fds\":3}\n").unwrap();
        dribble(b"\n")(peer);
    };
    assert_eq!(
        beside(rest, &recv, 1),
        format!(
            "dmaheap: receive from SOCKET: timed out after 100ms, waiting for the rest: 0 of 3 buffers received\n{HINT}"
        )
    );
}

#[test]
fn a_receiver_has_so_much_time_and_no_more() {
    let send = ["send", "SOCKET", "-f", "0", "--any-fd", "--peer-timeout", "100ms"];
    let answer = format!("dmaheap: send to SOCKET: timed out after 100ms, waiting for its answer\n{HINT}");
    assert_eq!(beside(silent, &send, 1), answer);
    assert_eq!(beside(dribble(b" "), &send, 1), answer);
}

#[test]
fn a_listener_that_accepts_nobody_is_not_waited_for_for_ever() {
    use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
    use std::os::fd::AsRawFd;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let listener = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap();
    bind(listener.as_raw_fd(), &UnixAddr::new(&path).unwrap()).unwrap();
    listen(&listener, Backlog::new(0).unwrap()).unwrap();
    let _waits = UnixStream::connect(&path).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(
        bare(["recv", path, "--peer-timeout", "100ms"]).run().failure(1),
        format!("dmaheap: connect to {path}: timed out after 100ms, waiting for room in the listener's queue\n{HINT}")
    );
    assert_eq!(
        bare(["recv", path, "--timeout", "100ms"]).run().failure(1),
        format!("dmaheap: receive from {path}: timed out after 100ms\n")
    );
}

#[test]
fn the_limit_of_the_whole_ends_it_whatever_it_waits_for() {
    let silence = |args: &[&str], status| beside(silent, args, status);
    let timeout = |what: &str| format!("dmaheap: {what}: timed out after 100ms\n");
    let limit = ["--timeout", "100ms"];
    assert_eq!(silence(&[&["recv", "SOCKET"][..], &limit].concat(), 1), timeout("receive from SOCKET"));
    assert_eq!(
        silence(&[&["recv", "SOCKET"][..], &limit, &["--", "true"]].concat(), 125),
        timeout("receive from SOCKET")
    );
    assert_eq!(
        silence(&[&["send", "SOCKET", "-f", "0", "--any-fd"][..], &limit].concat(), 1),
        timeout("send to SOCKET")
    );
    for verb in ["info", "fill", "verify", "load", "dump"] {
        let pattern: &[&str] = if matches!(verb, "fill" | "verify") { &["--pattern", "zero"] } else { &[] };
        let args = [&[verb, "--from-socket", "SOCKET"][..], pattern, &limit].concat();
        assert_eq!(silence(&args, 1), timeout("take a buffer from SOCKET"), "{verb}");
    }
    // Nobody writes to the one, and nobody reads from the other.
    let run = in_directory(
        "\"$DMAHEAP\" exec -s 1M -- sh -c '\n\
             exec 5<>ready\n\
             \"$DMAHEAP\" load -f 3 --timeout 100ms <&5; echo $?\n\
             \"$DMAHEAP\" dump -f 3 --timeout 100ms >&5; echo $?'",
    );
    let outcome = run.run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("1\n1\n", 0));
    assert_eq!(outcome.stderr, [timeout("load into fd 3"), timeout("dump fd 3")].concat());
}

#[test]
fn recv_listen_timeout_removes_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let waits = |command: &[&str], status| {
        let path = path.to_str().unwrap();
        let args = [&["recv", "--listen", path, "--peer-timeout", "1ms", "--timeout", "100ms"][..], command].concat();
        let stderr = bare(args).run().failure(status);
        assert_eq!(stderr, format!("ready\ndmaheap: wait for a sender at {path}: timed out after 100ms\n"));
        assert!(!Path::new(path).exists());
    };
    waits(&[], 1);
    waits(&["--", "true"], 125);
}

#[test]
fn the_limit_of_one_who_listens_is_told_whenever_it_comes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let path = path.to_str().unwrap();
    // From before it listens until long after it has said so.
    for microseconds in (0..40).map(|step| 1 + step * 500) {
        let limit = format!("{:.6}s", f64::from(microseconds) / 1e6);
        for (command, status) in [(&[][..], 1), (&["--", "true"], 125)] {
            let args = [&["recv", "--listen", path, "--timeout", &limit][..], command].concat();
            let stderr = bare(args).run().failure(status);
            let (said, after) = stderr.rsplit_once(" timed out after ").unwrap_or_else(|| panic!("{limit}: {stderr}"));
            let said = said.strip_prefix("ready\n").unwrap_or(said);
            assert_eq!(said, format!("dmaheap: wait for a sender at {path}:"), "{limit}");
            assert_eq!(after.lines().count(), 1, "{limit}: {stderr}");
            assert!(!Path::new(path).exists(), "{limit}");
        }
    }
}

#[test]
fn a_command_and_a_verb_that_is_quick_are_not_ended() {
    let run = in_directory(
        "\"$DMAHEAP\" hold -s 4k --listen socket --ready-fd 4 4>ready >/dev/null 2>&1 & read -r _ <ready\n\
         \"$DMAHEAP\" recv socket --timeout 10s -n -o HEAP\n\
         # The command has the time that it takes: a timer that had come along would end it.\n\
         \"$DMAHEAP\" recv socket --timeout 2s -- sh -c 'cat /proc/self/timers 2>/dev/null; sleep 2.1; echo done'\n\
         kill $!; wait $!",
    );
    assert_eq!(run.run().success(), "system\ndone\n");
}

#[test]
fn a_command_has_sigalrm_as_the_caller_had_it() {
    let run = in_directory(
        "\"$DMAHEAP\" hold -s 4k --listen socket --ready-fd 4 4>ready >/dev/null 2>&1 & read -r _ <ready\n\
         trap '' ALRM\n\
         signals='grep ^Sig[BI] /proc/self/status'\n\
         $signals >before; \"$DMAHEAP\" recv socket --timeout 10s -- $signals >after\n\
         cmp before after && grep -c ^Sig after\n\
         kill $!; wait $!",
    );
    assert_eq!(run.run().success(), "2\n");
}
