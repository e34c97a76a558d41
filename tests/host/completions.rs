//! Completions in the shells themselves, on a terminal: what is typed with tabs in it becomes these arguments.

use crate::support::{bare, binary, terminal};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const HOSTILE: &str = "a b$(x)'";
const OTHER: &str = "c:d=e\"f/g\\";

/// Keys, and the arguments that the command gets; `ROOT` is a machine with these heaps.
const TYPED: &[(&str, &[&str])] = &[
    ("dmaheap list --sysroot ROOT a\t", &["list", "--sysroot", "ROOT", HOSTILE]),
    ("dmaheap list --sysroot=ROOT c\t", &["list", "--sysroot=ROOT", OTHER]),
    ("dmaheap list --sysroot=ROOT 'a\t", &["list", "--sysroot=ROOT", HOSTILE]),
    ("dmaheap list --sysroot=ROOT 'c\t", &["list", "--sysroot=ROOT", OTHER]),
    ("dmaheap list --sysroot=ROOT \"a\t", &["list", "--sysroot=ROOT", HOSTILE]),
    ("dmaheap doctor --sysroot ROOT --heap sy\t", &["doctor", "--sysroot", "ROOT", "--heap", "system"]),
    ("dmaheap doctor --sysroot RO\tnone", &["doctor", "--sysroot", "ROOT/none"]),
    ("dmaheap prob\t--cas\trequest_wr\t", &["probe", "--case", "request_write"]),
    ("dmaheap probe --group=res\t", &["probe", "--group=reserved"]),
    ("dmaheap alloc -s 4k -o SIZE,na\t", &["alloc", "-s", "4k", "-o", "SIZE,name"]),
    ("dmaheap list -o+FR\t", &["list", "-o+FREE"]),
    ("dmaheap fill --pattern walking-o\t", &["fill", "--pattern", "walking-ones"]),
    ("dmaheap fill --pattern=file=fr\t", &["fill", "--pattern=file=frame 1.raw"]),
    ("dmaheap fill --pattern by\t0x5a", &["fill", "--pattern", "byte=0x5a"]),
    ("dmaheap dump -f 3 fr\t", &["dump", "-f", "3", "frame 1.raw"]),
    ("dmaheap info -f 9\t", &["info", "-f", "97"]),
    ("dmaheap exec -s 4k -- basenam\tfr\t", &["exec", "-s", "4k", "--", "basename", "frame 1.raw"]),
    ("dmaheap recv --liste\tfr\t-- basenam\t", &["recv", "--listen", "frame 1.raw", "--", "basename"]),
    ("dmaheap sim --fault rule:fd-fl\t", &["sim", "--fault", "rule:fd-flags-unchecked"]),
    ("dmaheap generate completions fi\t", &["generate", "completions", "fish"]),
];

/// A directory with a machine, a file, and a `dmaheap` that completes as the tool does, and shows its arguments.
fn place() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    for name in [HOSTILE, OTHER, "system"] {
        fs::create_dir_all(place.path().join("ROOT/sys/class/dma_heap").join(name.replace('/', "!"))).unwrap();
    }
    fs::write(place.path().join("frame 1.raw"), "").unwrap();
    let program = place.path().join("dmaheap");
    let text = format!(
        "#!/bin/sh\n[ \"$1\" != complete ] || exec '{}' \"$@\"\nprintf 'got:'; printf '<%s>' \"$@\"; echo :end\n",
        binary().display()
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    place
}

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name)
}

/// What a terminal shows until `end` is there.
fn read_until(master: &mut fs::File, end: &str) -> String {
    let mut shown = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&shown).into_owned();
        if text.contains(end) {
            return text;
        }
        let ready = poll(&mut [PollFd::new(master.as_fd(), PollFlags::POLLIN)], PollTimeout::from(60_000_u16));
        assert_eq!(ready, Ok(1), "no {end:?} in {text:?}");
        let mut bytes = [0; 4096];
        let count = master.read(&mut bytes).unwrap();
        shown.extend(&bytes[..count]);
    }
}

/// Types each line into a new shell, whose prompt is `READY`.
fn check(shell: &[&str], startup: (&str, String)) {
    let place = place();
    fs::write(place.path().join(startup.0), startup.1).unwrap();
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
    for (keys, arguments) in TYPED {
        let (mut master, slave) = terminal(24, 200);
        // bash alone opens a descriptor of two digits.
        let mut child = Command::new("bash")
            .args(["-c", "exec setsid -c \"$@\" 97</dev/null", "bash"])
            .args(shell)
            .current_dir(&place)
            .env_clear()
            .envs([("PATH", path.as_str()), ("TERM", "dumb"), ("LC_ALL", "C.UTF-8")])
            .envs([("HOME", place.path()), ("ZDOTDIR", place.path())])
            .stdin(Stdio::from(slave.try_clone().unwrap()))
            .stdout(Stdio::from(slave.try_clone().unwrap()))
            .stderr(Stdio::from(slave))
            .spawn()
            .unwrap();
        read_until(&mut master, "READY");
        master.write_all(format!("{keys}\r").as_bytes()).unwrap();
        let shown = read_until(&mut master, ">:end");
        let found = shown.rsplit_once("got:").unwrap().1;
        let expected: String = arguments.iter().map(|argument| format!("<{argument}>")).collect();
        assert_eq!(found.split(":end").next(), Some(expected.as_str()), "{shell:?} {keys:?}: {shown}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn bash_completes() {
    let script = committed("dmaheap.bash");
    check(
        &["bash", "--noprofile", "--rcfile", "startup", "-i"],
        ("startup", format!("PS1=READY; . '{}'", script.display())),
    );
}

#[test]
fn zsh_completes() {
    let functions = committed("_dmaheap");
    let startup = "fpath=(DIRECTORY $fpath); autoload -U compinit; compinit -D -u; PS1=READY\n";
    let startup = startup.replace("DIRECTORY", functions.parent().unwrap().to_str().unwrap());
    check(&["zsh", "-i"], (".zshrc", startup));
}

#[test]
fn fish_completes() {
    let script = committed("dmaheap.fish");
    let startup = format!("source '{}'; function fish_prompt; echo READY; end\n", script.display());
    check(&["fish", "--no-config", "--private", "-C", "source startup"], ("startup", startup));
}

#[test]
fn what_cannot_be_completed_is_silent() {
    for arguments in [
        &["complete"][..],
        &["complete", "tcsh", "dmaheap"],
        &["complete", "bash", "dmaheap"],
        &["complete", "fish"],
        &["complete", "zsh", "dmaheap", "nosuch", ""],
        &["complete", "fish", "dmaheap", "list", "--sysroot", "/nosuch", ""],
        &["complete", "fish", "dmaheap", "list", "--nosuch", ""],
        &["complete", "bash", "dmaheap list --é", "\u{e9}"],
    ] {
        let outcome = bare(arguments).run();
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""), "{arguments:?}");
    }
}

#[test]
fn no_name_can_forge_a_second_value() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.path().join("sys/class/dma_heap/a\nb")).unwrap();
    fs::create_dir_all(place.path().join("sys/class/dma_heap/\u{1b}[2J")).unwrap();
    let arguments = ["complete", "fish", "dmaheap", "list", "--sysroot", place.path().to_str().unwrap(), ""];
    assert_eq!(bare(arguments).run().success(), "");
}

#[test]
fn completing_opens_no_device() {
    let place = tempfile::tempdir().unwrap();
    let trace = place.path().join("trace");
    let status = Command::new("strace")
        .args(["-f", "-e", "trace=open,openat,openat2", "-o"])
        .arg(&trace)
        .arg(binary())
        .args(["complete", "fish", "dmaheap", "alloc", "--heap", ""])
        .stdout(Stdio::null())
        .status()
        .expect("strace should be installed");
    assert!(status.success());
    let text = fs::read_to_string(trace).unwrap();
    let opened: Vec<&str> = text.lines().filter(|line| line.contains("open")).collect();
    assert!(!opened.is_empty(), "{text}");
    let devices = opened
        .iter()
        .filter(|line| line.contains("/dev/") && !line.contains("O_PATH") && !line.contains("O_DIRECTORY"));
    assert_eq!(devices.collect::<Vec<_>>(), Vec::<&&str>::new());
}
