//! `dmaheap hold --listen` and those who connect to it.

use super::in_directory;
use crate::support::{Outcome, script_with};
use crate::sys::pass::socket::{self, Waiting};
use nix::sys::stat::Mode;
use std::fs;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// `dmaheap hold OPTIONS --listen socket`, at which `clients` does what it does; then `script` runs in the same
/// directory, in which `$holder` is the holder, while what `clients` has answered is kept.
#[track_caller]
fn served<T: Send>(options: &str, clients: impl FnOnce(&Path) -> T + Send, script: &str) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    for fifo in ["ready", "served", "end"] {
        nix::unistd::mkfifo(&path.join(fifo), Mode::S_IRWXU).unwrap();
    }
    let text = format!(
        "cd \"$0\" && \"$DMAHEAP\" hold {options} --listen socket --ready-fd 4 4>ready >rows 2>talk & holder=$!\n\
         cd \"$0\"; before=$(read -r _ <served; ls /proc/$holder/fd 2>/dev/null | wc -l)\n\
         {script}\n\
         kill $holder; wait $holder; echo $?; echo >end"
    );
    std::thread::scope(|scope| {
        scope.spawn(|| {
            fs::read(path.join("ready")).unwrap();
            let kept = clients(&path.join("socket"));
            fs::write(path.join("served"), "\n").unwrap();
            fs::read(path.join("end")).unwrap();
            drop(kept);
        });
        script_with(&text, path.to_str().unwrap()).among_others().run()
    })
}

/// A client that has its line, takes no descriptor, says nothing and stays.
fn idle(socket: &Path) -> UnixStream {
    let mut client = UnixStream::connect(socket).unwrap();
    let mut byte = [0];
    while byte != *b"\n" {
        client.read_exact(&mut byte).unwrap();
    }
    client
}

#[test]
fn clients_that_stay_keep_nobody_else_from_the_buffers() {
    let clients = |socket: &Path| (0..65).map(|_| idle(socket)).collect::<Vec<_>>();
    let outcome =
        served("-s 4k -c 2", clients, "\"$DMAHEAP\" recv socket -n -o HEAP; ls /proc/$holder/fd 2>/dev/null | wc -l");
    let text = outcome.success();
    let lines: Vec<&str> = text.split_whitespace().collect();
    assert_eq!((&lines[..2], lines[3]), (&["system", "system"][..], "0"), "{text}");
    let open: usize = lines[2].parse().unwrap();
    assert!((64..=64 + 16).contains(&open), "{text}");
}

#[test]
fn a_client_that_has_everything_and_stays_is_hung_up_on() {
    let clients = |socket: &Path| {
        let mut rest = String::new();
        idle(socket).read_to_string(&mut rest).unwrap();
        rest
    };
    let text = served("-s 4k --peer-timeout 100ms", clients, "\"$DMAHEAP\" recv socket -n -o HEAP; cat talk").success();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("dmaheap: simulated")).collect();
    assert_eq!(lines, ["system", "ready", "0"]);
}

#[test]
fn all_who_come_at_once_get_the_same() {
    let all = "for n in 1 2 3 4 5 6 7 8; do \"$DMAHEAP\" recv socket -n -o INODE >got$n & clients=\"$clients $!\"; done\n\
               for client in $clients; do wait $client || echo $?; done\n\
               for n in 1 2 3 4 5 6 7 8; do cmp got1 got$n; done; wc -l <got1";
    let text = served("-s 4k -c 3", |_| (), all).success();
    assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["3", "0"]);
}

#[test]
fn a_client_that_gives_descriptors_or_hangs_up_half_way_leaves_nothing() {
    let clients = |socket: &Path| {
        let null = fs::File::open("/dev/null").unwrap();
        for _ in 0..3 {
            let giver = UnixStream::connect(socket).unwrap();
            assert_eq!(socket::send(giver.as_fd(), b"zz", &[null.as_fd(); 200], Waiting::Yes), Ok(2));
            // Hangs up with the line in part, and with everything in part.
            UnixStream::connect(socket).unwrap().read_exact(&mut [0; 4]).unwrap();
            drop(idle(socket));
        }
        // A client that came later is served: they were all seen before.
        drop(idle(socket));
    };
    let script = "\"$DMAHEAP\" recv socket -n -o HEAP | uniq -c\n\
                  # Streams, buffers, socket, its directory, a descriptor for a peer, signals, and what the tests leave open.\n\
                  while test $(ls /proc/$holder/fd 2>/dev/null | wc -l) -gt $((600 + 16)); do :; done; cat talk";
    let text = served("-s 4k -c 600", clients, script).success();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("dmaheap: simulated")).collect();
    assert_eq!(lines, ["    600 system", "ready", "0"]);
}

#[test]
fn send_to_a_holder_is_refused_with_a_reason() {
    let outcome = served("-s 4k", |_| (), "\"$DMAHEAP\" send socket -s 4k 2>&1; echo $?");
    assert_eq!(
        outcome.success(),
        "dmaheap: send to socket: it serves buffers itself\n\
         hint: it is a `hold --listen` or the like: take its buffers with `dmaheap recv`\n1\n0\n"
    );
}

#[test]
fn readiness_is_not_announced_before_serving() {
    // Near the limit of open files, wherever that is with what the tests leave open.
    let run = in_directory(
        "for count in 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38; do\n\
             (ulimit -n 40; exec \"$DMAHEAP\" hold -s 4k -c $count -n --listen socket --ready-fd 4 4>ready >rows 2>talk) &\n\
             if read -r _ <ready; then\n\
                 echo served $(($(\"$DMAHEAP\" recv socket -n -o HEAP | wc -l) - count)) $(($(wc -l <rows) - count))\n\
                 kill $!; wait $!; test $? = 0 || echo \"$count: status $?\"\n\
             else\n\
                 wait $!; test $? = 1 || echo \"$count: status $?\"\n\
                 echo refused $(wc -c <rows) $(grep -c 'EMFILE' talk) $(grep -c '^hint: RLIMIT_NOFILE is 40 ' talk)\n\
             fi\n\
             test ! -e socket || { echo \"$count: left\"; rm socket; }\n\
         done | uniq",
    );
    assert_eq!(run.run().success(), "served 0 0\nrefused 0 1 1\n");
}

#[test]
fn an_address_that_cannot_be_is_found_before_anything_else() {
    let run = in_directory(
        "\"$DMAHEAP\" hold -s 4k --listen @dmaheap-taken --ready-fd 4 4>ready >/dev/null 2>&1 & read -r _ <ready\n\
         : >file\n\
         for socket in @dmaheap-taken none/socket file/socket; do\n\
             \"$DMAHEAP\" hold -s 4k --fill file=nowhere --listen $socket 2>&1; echo $?\n\
         done; kill $!; wait $!",
    );
    assert_eq!(
        run.run().success(),
        "dmaheap: listen at @dmaheap-taken: another process is listening there (EADDRINUSE)\n1\n\
         dmaheap: listen at none/socket: no such file or directory (ENOENT)\n1\n\
         dmaheap: listen at file/socket: not a directory (ENOTDIR)\n1\n"
    );
}

#[test]
fn a_line_that_removes_a_socket_can_be_pasted() {
    let run = in_directory(
        "name=\"it's a socket\"\n\
         \"$DMAHEAP\" hold -s 4k --listen \"$name\" --ready-fd 4 4>ready >/dev/null 2>&1 & read -r _ <ready\n\
         kill -9 $!; { wait $!; } 2>/dev/null\n\
         \"$DMAHEAP\" recv \"$name\" 2>&1 | sed -n 's/^hint: .*: //p' >paste; cat paste\n\
         \"$DMAHEAP\" hold -s 4k --listen \"$name\" 2>&1 | sed -n 's/^hint: .*: //p' | cmp - paste\n\
         . ./paste; test -e \"$name\" || echo gone",
    );
    assert_eq!(run.run().success(), "rm 'it'\\''s a socket'\ngone\n");
}
