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

#[test]
fn the_one_in_c() {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recv");
    let options = ["-O1", "-Wall", "-Wextra", "-Werror", "-o"];
    let status = Command::new("cc").args(options).arg(&program).arg(example("recv.c")).status();
    assert!(status.expect("cc, a C compiler, should be installed").success());
    takes_all(&program.display().to_string(), "8192 0x5a");
}
