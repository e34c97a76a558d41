//! Signals at random moments, to any process of a run: nothing stays behind.
//!
//! `DMAHEAP_STORM_ROUNDS` is how many signals each command gets; the default is for every day.

use crate::support::{Ground, binary};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Marks all processes of a round: who has it in the environment belongs to the run.
const MARK: &str = "DMAHEAP_STORM";
/// How long a run that was asked to end may take.
const PATIENCE: Duration = Duration::from_secs(30);

const SIGNALS: [i32; 8] = [
    libc::SIGINT,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGALRM,
    libc::SIGKILL,
    libc::SIGSTOP,
];

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn processes(mark: &str) -> Vec<i32> {
    let wanted = format!("{MARK}={mark}");
    let has_mark = |pid: &i32| {
        // A process that has just ended has no environment.
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    };
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(has_mark).collect()
}

fn command_line(pid: i32) -> String {
    let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&words).replace('\0', " ")
}

fn send(pid: i32, signal: i32) {
    // SAFETY: kill(2) takes two numbers. A process that has ended does not matter.
    unsafe { libc::kill(pid, signal) };
}

/// Starts `text` in a session of its own, so its processes share no group with the suite.
fn start(text: &str, directory: &Path, mark: &str) -> Child {
    let mut command = match Ground::current() {
        Ground::Kernel => Command::new("/bin/sh"),
        Ground::Simulator => {
            let mut command = Command::new(binary());
            command.args(["sim", "--", "/bin/sh"]);
            command
        }
    };
    command
        .args(["-c", text])
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("DMAHEAP", binary())
        .env("XDG_RUNTIME_DIR", directory.join("run"))
        .env("TMPDIR", directory.join("tmp"))
        .env(MARK, mark)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // SAFETY: setsid(2) is a system call and touches no memory.
    unsafe { command.pre_exec(|| nix::unistd::setsid().map(drop).map_err(Into::into)) };
    command.spawn().expect("the run starts")
}

/// What lies in the directories of this run, and in the one that all simulators share.
fn left_in(directory: &Path) -> Vec<String> {
    let names = |path: &Path| {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.map(|entry| entry.path().display().to_string()).collect::<Vec<_>>()
    };
    let mut left = names(directory);
    left.retain(|path| !path.ends_with("/run") && !path.ends_with("/tmp"));
    left.extend(names(&directory.join("run")));
    left.extend(names(&directory.join("tmp")));
    left
}

/// One round: answers what was done, for the message of a failure.
fn round(text: &str, random: &mut Random, mark: &str) {
    let directory = tempfile::tempdir().unwrap();
    for name in ["run", "tmp"] {
        let made = directory.path().join(name);
        fs::create_dir(&made).unwrap();
        fs::set_permissions(&made, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    }
    let mut run = start(text, directory.path(), mark);
    // The moment is what is random here; nothing waits for it.
    std::thread::sleep(Duration::from_micros(random.below(60_000) as u64));
    let signal = SIGNALS[random.below(SIGNALS.len())];
    let targets = processes(mark);
    let target = targets.get(random.below(targets.len().max(1))).copied().unwrap_or(run.id() as i32);
    let what = format!("{text}\nsignal {signal} to {target}: {}", command_line(target));
    send(target, signal);
    end(&mut run, mark, &what);
    let mut left = left_in(directory.path());
    // What is below a simulator that ends before it is killed (dmaheap-sim(1)).
    if signal == libc::SIGKILL || Ground::current() == Ground::Simulator {
        left.retain(|path| !path.ends_with("/socket"));
    }
    assert_eq!(left, [] as [String; 0], "{what}");
    Ground::current().assert_nothing_left(&what);
}

/// Asks all that is left to go on and to end, and waits until it has.
#[track_caller]
fn end(run: &mut Child, mark: &str, what: &str) {
    let deadline = Instant::now() + PATIENCE;
    drop(run.stdin.take());
    loop {
        let ended = run.try_wait().unwrap().is_some();
        let left = processes(mark);
        if ended && left.is_empty() {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "left behind: {:?}\n{what}",
            left.iter().map(|pid| command_line(*pid)).collect::<Vec<_>>()
        );
        for pid in left {
            send(pid, libc::SIGCONT);
            send(pid, libc::SIGTERM);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[track_caller]
fn storm(name: &str, text: &str) {
    let rounds = std::env::var("DMAHEAP_STORM_ROUNDS").map_or(6, |rounds| rounds.parse().expect("a number"));
    let mut random = Random(name.bytes().fold(rounds, |sum, byte| sum.wrapping_mul(31) + u64::from(byte)));
    for number in 0..rounds {
        round(text, &mut random, &format!("{}-{name}-{number}", std::process::id()));
    }
}

macro_rules! storms {
    ($($name:ident: $text:literal;)*) => {
        $(#[test]
        fn $name() {
            storm(stringify!($name), $text);
        })*
    };
}

storms! {
    alloc_leaves_nothing_behind: "exec \"$DMAHEAP\" alloc -s 64k -c 500 --fill address --verify";
    hold_leaves_nothing_behind: "exec \"$DMAHEAP\" hold -s 4k -c 500 --until-eof";
    a_detached_hold_leaves_nothing_behind: "\"$DMAHEAP\" hold -s 4k -c 50 --detach --for 1h; sleep 1000";
    serving_leaves_nothing_behind:
        "\"$DMAHEAP\" hold -s 4k -c 50 --listen socket & until \"$DMAHEAP\" recv socket; do :; done; wait";
    exec_leaves_nothing_behind: "exec \"$DMAHEAP\" exec -s 64k -c 20 --fill prbs31 -- sleep 1000";
    sending_and_receiving_leave_nothing_behind:
        "\"$DMAHEAP\" recv --listen socket -- sleep 1000 & until \"$DMAHEAP\" exec -s 4k -- \"$DMAHEAP\" send -f 3 socket; do :; done; wait";
    bytes_leave_nothing_behind:
        "exec \"$DMAHEAP\" exec -s 16M -- sh -c 'while :; do \"$DMAHEAP\" fill -f 3 random; \"$DMAHEAP\" verify -f 3 random; \"$DMAHEAP\" dump -f 3; done'";
    limits_leaves_nothing_behind: "exec \"$DMAHEAP\" limits -s 1M --timeout 5s";
    bench_leaves_nothing_behind: "exec \"$DMAHEAP\" bench -d 1h -s 4k -s 1M --jobs 2 --save saved";
    stress_leaves_nothing_behind: "exec \"$DMAHEAP\" stress --duration 1h --jobs 2 --max-size 64k";
    probe_leaves_nothing_behind: "exec \"$DMAHEAP\" probe --fuzz 100000";
    watching_leaves_nothing_behind: "exec \"$DMAHEAP\" exec -s 4k -- \"$DMAHEAP\" buffers --watch 0.01";
}
