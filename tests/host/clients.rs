//! The clients in examples speak the protocol of dmaheap-socket(7) as dmaheap does.

use crate::support::script_with;
use std::path::Path;
use std::process::Command;

/// What `client` makes of 300 buffers, more than one message carries, at a path and at an abstract name.
#[track_caller]
fn takes_all(client: &str, line: &str) {
    // An abstract name is the whole machine's.
    let directory = tempfile::tempdir().unwrap();
    let name = format!("@dmaheap{}", directory.path().file_name().unwrap().to_str().unwrap());
    for socket in ["./socket", &name] {
        let place = tempfile::tempdir().unwrap();
        let text = format!(
            "cd \"$0\" && mkfifo ready
             \"$DMAHEAP\" hold -s 8k -c 300 --fill byte=0x5a --listen {socket} --ready-fd 4 4>ready >rows 2>&1 & holder=$!
             read -r _ <ready
             {client} {socket} >taken; echo $?
             kill $holder; wait $holder; uniq -c taken"
        );
        let outcome = script_with(&text, place.path().to_str().unwrap()).run();
        let words = outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words, format!("0 300 {line}"), "{socket}: {}", outcome.transcript());
    }
}

fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).display().to_string()
}

#[test]
fn the_one_in_python() {
    takes_all(&format!("python3 {}", example("recv.py")), "system 8192 0x5a");
}

fn compiled(name: &str) -> String {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let options = ["-O1", "-Wall", "-Wextra", "-Werror", "-o"];
    let status = Command::new("cc").args(options).arg(&program).arg(example(&format!("{name}.c"))).status();
    assert!(status.expect("cc, a C compiler, should be installed").success());
    program.display().to_string()
}

#[test]
fn the_one_in_c() {
    takes_all(&compiled("recv"), "8192 0x5a");
}

/// Programs that know nothing of a protocol get one message.
#[test]
fn a_plain_message_goes_to_a_program_in_c_and_in_python() {
    for (client, line) in [(compiled("plain"), "8192"), (format!("python3 {} take", example("plain.py")), "8192 0x00")]
    {
        let place = tempfile::tempdir().unwrap();
        let text = format!(
            "cd \"$0\" && mkfifo ready
             {{ {client} socket; echo $? >status; }} >ready & client=$!
             exec 4<ready; read -r word <&4; echo $word
             \"$DMAHEAP\" send --plain ./socket -s 8k -c 253; echo $?
             uniq -c <&4; wait $client; cat status
             \"$DMAHEAP\" send --plain ./socket -s 4k -c 254 2>&1"
        );
        let outcome = script_with(&text, place.path().to_str().unwrap()).run();
        let words = outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let refused = "dmaheap: send to ./socket: 254 buffers are more than the 253 of one message";
        assert_eq!(words, format!("ready 0 253 {line} 0 {refused}"), "{}", outcome.transcript());
    }
}

#[test]
fn a_plain_message_comes_from_a_program_in_python() {
    let place = tempfile::tempdir().unwrap();
    let text = format!(
        "cd \"$0\" && mkfifo ready
         \"$DMAHEAP\" recv --plain --listen ./socket --ready-fd 4 -- \"$DMAHEAP\" info -f 3 -n -o SIZE 4>ready 2>/dev/null &
         read -r _ <ready
         \"$DMAHEAP\" exec -s 8k -- sh -c 'exec python3 {0} give socket <&3'; echo $?
         wait $!; echo $?
         \"$DMAHEAP\" recv --plain --listen ./socket --ready-fd 4 4>ready 2>&1 &
         read -r _ <ready
         python3 {0} give socket </dev/null
         wait $!; echo $?",
        example("plain.py")
    );
    let outcome = script_with(&text, place.path().to_str().unwrap()).run();
    let mut lines: Vec<&str> = outcome.stdout.lines().collect();
    // The receiver and the script write at the same time.
    lines[..2].sort_unstable();
    let refused = "dmaheap: receive from ./socket: descriptor 1 of 1 is not a dma-buf";
    assert_eq!(lines[..3], ["0", "8KiB", "0"], "{}", outcome.transcript());
    assert!(lines.contains(&refused) && lines.last() == Some(&"1"), "{}", outcome.transcript());
}
