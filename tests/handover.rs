//! `dmaheap send`, `dmaheap recv` and `dmaheap hold --listen`

mod ending;
mod killed;
mod serving;
mod timeouts;

use crate::support::{bare, script};
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

/// A script with a directory of its own, where `ready` is a fifo.
fn in_directory(text: &str) -> crate::support::Run {
    script(&format!("dir=$(mktemp -d) && trap 'rm -r \"$dir\"' EXIT && cd \"$dir\" && mkfifo ready\n{text}"))
}

#[test]
fn every_client_gets_the_held_buffers() {
    for socket in ["./socket", "@dmaheap-test"] {
        let run = in_directory(&format!(
            "\"$DMAHEAP\" hold -s 64k -c 2 --name camera --listen {socket} --ready-fd 4 4>ready -n -o INODE >rows 2>talk &\n\
             read -r _ <ready\n\
             \"$DMAHEAP\" recv {socket} -n -o INODE >first\n\
             \"$DMAHEAP\" recv {socket} -- sh -c 'echo $DMAHEAP_FDS $DMAHEAP_SIZES $LISTEN_FDNAMES; exec \"$DMAHEAP\" fill -f 4 --pattern random --seed 7'\n\
             \"$DMAHEAP\" recv {socket} -- \"$DMAHEAP\" verify -f 4 --pattern random --seed 7 >/dev/null 2>&1; echo same $?\n\
             \"$DMAHEAP\" recv {socket} -- \"$DMAHEAP\" verify -f 3 --pattern random --seed 7 >/dev/null 2>&1; echo other $?\n\
             cmp rows first && kill $!; wait $!; echo $?; grep -v simulated talk; ls"
        ));
        assert_eq!(
            run.run().success(),
            "3 4 65536 65536 camera:camera\nsame 0\nother 3\n0\nready\nfirst\nready\nrows\ntalk\n",
            "{socket}"
        );
    }
}

#[test]
fn a_path_is_for_its_owner_from_the_first_moment() {
    let run = in_directory(
        "umask 0; \"$DMAHEAP\" hold -s 4k --listen socket --ready-fd 4 4>ready >/dev/null 2>&1 & read -r _ <ready\n\
         ls -l socket | cut -c 1-10; kill $!; wait $!; test -e socket || echo gone",
    );
    assert_eq!(run.run().success(), "srw-------\ngone\n");
}

#[test]
fn more_than_one_message_of_descriptors_arrives() {
    let run = in_directory(
        "\"$DMAHEAP\" hold -s 4k -c 600 --listen socket --ready-fd 4 4>ready >/dev/null 2>&1 & read -r _ <ready\n\
         \"$DMAHEAP\" recv socket -n -o INODE | sort -u | wc -l\n\
         (ulimit -S -n 40; \"$DMAHEAP\" recv socket --at-fd 400 -- sh -c 'set -- $DMAHEAP_FDS; echo $#; ulimit -S -n')\n\
         kill $!; wait $!",
    );
    let text = run.run().success();
    assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["600", "600", "40"]);
}

#[test]
fn offer_that_does_not_fit_is_refused_as_a_whole() {
    let run = in_directory(
        "\"$DMAHEAP\" hold -s 4k -c 100 --listen socket --ready-fd 4 4>ready >/dev/null 2>&1 & read -r _ <ready\n\
         (ulimit -n 40; \"$DMAHEAP\" recv socket 2>&1; echo $?); kill $!; wait $!",
    );
    let text = run.run().success();
    assert!(text.starts_with("dmaheap: receive from socket: only "), "{text}");
    assert!(
        text.contains(" of 100 buffers could be received (MSG_CTRUNC)\nhint: the limit of open files is 40"),
        "{text}"
    );
    assert!(text.ends_with("\n1\n"), "{text}");
}

#[test]
fn a_sender_knows_that_it_was_received() {
    let run = in_directory(
        "\"$DMAHEAP\" recv --listen socket --ready-fd 4 -n -o HEAP,NAME 4>ready 2>talk & read -r _ <ready\n\
         \"$DMAHEAP\" send socket -s 4k --name one; echo sent $?; wait $!; echo $?; cat talk; test -e socket || echo gone",
    );
    let text = run.run().success();
    // The two write at the same time.
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("dmaheap: simulated")).collect();
    lines.sort_unstable();
    assert_eq!(lines, ["0", "gone", "ready", "sent 0", "system  one"]);
}

/// A holder of three buffers, and one of them sent by `source` to a receiver.
fn passed_on(source: &str) -> String {
    let run = in_directory(&format!(
        "mkfifo waits\n\
         \"$DMAHEAP\" hold -s 4k -c 3 --listen holder --ready-fd 4 -n -o FD,INODE 4>ready >rows 2>&1 & holder=$!; read -r _ <ready\n\
         \"$DMAHEAP\" recv --listen socket --ready-fd 4 -n -o INODE 4>waits >got 2>/dev/null & receiver=$!; read -r _ <waits\n\
         second=$(grep -v simulated rows | sed -n 2p); set -- $second\n\
         \"$DMAHEAP\" send socket {source}; echo $?; wait $receiver; echo $?\n\
         kill $holder; wait $holder; test \"$2\" = $(cat got) && echo same"
    ));
    run.run().success()
}

#[test]
fn a_buffer_that_came_over_a_socket_is_sent_on() {
    assert_eq!(passed_on("--from-socket holder --index 2"), "0\n0\nsame\n");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_buffer_of_another_process_is_sent_on() {
    assert_eq!(passed_on("-p $holder -f $1"), "0\n0\nsame\n");
}

#[test]
fn other_fd_type_needs_both_sides_to_agree() {
    let run = in_directory(
        "echo text >file\n\
         \"$DMAHEAP\" send socket -f 0 <file; echo $?\n\
         \"$DMAHEAP\" recv --listen socket --ready-fd 4 4>ready >/dev/null 2>talk & read -r _ <ready\n\
         \"$DMAHEAP\" send socket -f 0 --any-fd <file; echo $?; wait $!; echo $?; cat talk\n\
         \"$DMAHEAP\" recv --any-fd --listen socket --ready-fd 4 -- sh -c 'echo \"$DMAHEAP_SIZES\"; cat <&3' 4>ready 2>/dev/null & read -r _ <ready\n\
         \"$DMAHEAP\" send socket -f 0 --any-fd <file; wait $!; echo $?",
    );
    let outcome = run.run();
    assert_eq!(
        outcome.stdout,
        "1\n1\n1\n\
         ready\n\
         dmaheap: receive from socket: descriptor 1 of 1 is not a dma-buf\n\
         hint: recv --any-fd also accepts other descriptors\n\
         -\ntext\n0\n"
    );
    let (first, second) = outcome.stderr.split_once('\n').unwrap();
    assert!(first.starts_with("dmaheap: send fd 0: a regular file (file system 0x"), "{first}");
    assert_eq!(second, "dmaheap: send to socket: the receiver refused: descriptor 1 of 1 is not a dma-buf\n");
}

#[test]
fn send_without_a_listener_names_the_cause() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let shown = path.display();
    let recv = |path: &Path| bare(["recv".as_ref(), path.as_os_str()]).run().failure(1);
    let hint = "hint: `hold --listen` and `recv --listen` print `ready` once they accept connections\n";
    assert_eq!(recv(&path), format!("dmaheap: connect to {shown}: nothing is listening there (ENOENT)\n{hint}"));
    assert_eq!(
        recv(Path::new("@dmaheap-nobody")),
        format!("dmaheap: connect to @dmaheap-nobody: nothing is listening there (ECONNREFUSED)\n{hint}")
    );
    // The file of a socket stays when its process is killed.
    drop(UnixListener::bind(&path).unwrap());
    assert_eq!(
        recv(&path),
        format!(
            "dmaheap: connect to {shown}: nothing is listening there (ECONNREFUSED)\n\
             hint: remove the socket of a process that was killed: rm {shown}\n"
        )
    );
    assert_eq!(
        bare(["recv".as_ref(), "--listen".as_ref(), path.as_os_str()]).run().failure(1),
        format!(
            "dmaheap: listen at {shown}: a socket exists, but nothing is listening there (EADDRINUSE)\n\
             hint: remove it: rm {shown}\n"
        )
    );
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "").unwrap();
    assert_eq!(recv(&path), format!("dmaheap: connect to {shown}: it is not a socket (ECONNREFUSED)\n"));
    std::fs::remove_file(&path).unwrap();
    let _datagram = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    assert_eq!(
        recv(&path),
        format!(
            "dmaheap: connect to {shown}: it is not a stream socket (EPROTOTYPE)\nhint: hold, send and recv use stream sockets\n"
        )
    );
}

#[test]
fn occupied_address_prevents_allocation() {
    let run = in_directory(
        "echo kept >file; \"$DMAHEAP\" hold -s 4k --listen file 2>&1; echo $?; cat file\n\
         \"$DMAHEAP\" hold -s 4k --listen socket --ready-fd 4 4>ready >/dev/null 2>&1 & read -r _ <ready\n\
         \"$DMAHEAP\" hold -s 4k --listen socket 2>&1; echo $?; kill $!; wait $!",
    );
    assert_eq!(
        run.run().success(),
        "dmaheap: listen at file: a file exists there (EADDRINUSE)\n1\nkept\n\
         dmaheap: listen at socket: another process is listening there (EADDRINUSE)\n1\n"
    );
}

/// What a peer of the test's own says; the answer of `dmaheap recv`, and what the peer received.
fn peer_says(line: &[u8]) -> (String, String) {
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let line = line.to_vec();
    let peer = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.write_all(&line).unwrap();
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        let mut reply = String::new();
        let _ = socket.read_to_string(&mut reply);
        reply
    });
    let stderr = bare(["recv".as_ref(), path.as_os_str()]).run().failure(1);
    (stderr.replace(&path.display().to_string(), "SOCKET"), peer.join().unwrap())
}

#[test]
fn a_peer_that_speaks_otherwise_is_told_so() {
    for (line, why) in [
        (&b""[..], "the peer closed the connection without sending a buffer"),
        (b"GET / HTTP/1.1\r\n\r\n", "it does not speak dmaheap's protocol"),
        (b"{\"dmaheap\":7}\n", "it speaks version 7 of the protocol and this program version 1"),
        (b"{\"dmaheap\":1,\"fds\":2}\n\n\n", "the peer closed the connection after 0 of 2 buffers"),
        (b"{\"dmaheap\":1,\"fds\":0}\n", "it announces 0 descriptors"),
        (b"{\"dmaheap\":1,\"fds\":2,\"buffers\":[{}]}\n", "it announces 2 descriptors and describes 1"),
    ] {
        let (stderr, reply) = peer_says(line);
        assert_eq!(stderr, format!("dmaheap: receive from SOCKET: {why}\n"));
        assert_eq!(reply, format!("{{\"dmaheap\":1,\"error\":\"{why}\"}}\n"));
    }
}

#[test]
fn a_receiver_that_hangs_up_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    // It takes everything and says nothing.
    let receiver = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut bytes = [0; 4096];
        while !bytes.contains(&b'\n') {
            let _ = socket.read(&mut bytes).unwrap();
        }
    });
    let run = bare(["send".as_ref(), path.as_os_str(), "-f".as_ref(), "0".as_ref(), "--any-fd".as_ref()]);
    let stderr = run.run().failure(1);
    receiver.join().unwrap();
    assert!(
        stderr.starts_with(&format!("dmaheap: send to {}: the peer closed the connection ", path.display())),
        "{stderr}"
    );
}

#[test]
fn an_interrupted_receiver_leaves_no_socket() {
    let run = in_directory(
        "\"$DMAHEAP\" recv --listen socket --ready-fd 4 4>ready 2>/dev/null & read -r _ <ready\n\
         kill -TERM $!; { wait $!; } 2>/dev/null; echo $?; test -e socket || echo gone",
    );
    assert_eq!(run.run().success(), "143\ngone\n");
}

#[test]
fn options_that_mean_nothing_together_are_refused() {
    let refused = |args: &[&str]| bare(args).run().failure(2);
    assert!(refused(&["recv"]).contains("SOCKET"));
    assert!(refused(&["recv", "a", "--listen", "b"]).contains("cannot be used with"));
    assert!(refused(&["recv", "a", "--ready-fd", "4"]).contains("cannot be used with"));
    assert!(refused(&["send", "a"]).contains("--size <SIZE>"));
    assert!(refused(&["send", "a", "-f", "3", "-s", "4k"]).contains("cannot be used with"));
    assert!(refused(&["send", "a", "-s", "4k", "--any-fd"]).contains("cannot be used with"));
    // Where a command was meant to run, the status is not one of dmaheap's own.
    assert!(bare(["recv", "a", "-J", "--", "true"]).run().failure(125).contains("cannot be used with"));
    assert!(bare(["recv", "@dmaheap-nobody", "--", "true"]).run().failure(125).contains("nothing is listening there"));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn an_abstract_socket_is_for_the_same_user_and_root() {
    let refused = "dmaheap: receive from @dmaheap-user: the peer closed the connection without sending a buffer\n1\n";
    let notice = "dmaheap: trust @dmaheap-user: the process at the other end belongs to user 1000 (EPERM)\n\
                  hint: an abstract socket is for processes of the same user and of root; a path has a mode\n";
    // Each looks at the other, and this client does so first.
    let stranger = format!("{notice}1\n");
    let other = notice.replace("1000", "65534");
    for (server, client, status, said) in [
        ("root", "user", refused, notice),
        ("user", "user", "system\n0\n", ""),
        ("user", "nobody", stranger.as_str(), other.as_str()),
    ] {
        // Also where nobody reads what the holder says: then it holds on as well.
        for stderr in ["talk", "&5"] {
            let run = script(&format!(
                "dir=$(mktemp -d); cd $dir; chmod 777 .; mkfifo ready pipe; : >talk; chmod 666 *; chmod 666 /dev/dma_heap/system\n\
                 exec 6<>pipe 5>pipe 6<&-\n\
                 su {server} -s /bin/sh -c \"exec $DMAHEAP hold -s 4k --listen @dmaheap-user --ready-fd 4 4>ready >/dev/null 2>{stderr}\" & read -r _ <ready\n\
                 su {client} -s /bin/sh -c \"$DMAHEAP recv @dmaheap-user -n -o HEAP 2>&1\"; echo $?\n\
                 su {server} -s /bin/sh -c \"$DMAHEAP recv @dmaheap-user -n -o HEAP 2>&1\"\n\
                 kill $!; wait $!; echo $?; cat talk; chmod 600 /dev/dma_heap/system; rm -r $dir"
            ));
            let said = if stderr == "talk" { format!("ready\n{said}") } else { String::new() };
            let outcome = run.run();
            let errors = outcome.stderr;
            assert_eq!(outcome.stdout, format!("{status}system\n0\n{said}"), "{server} {client} {stderr}: {errors}");
        }
    }
}
