//! Nothing stays allocated when processes are killed: on the kernel every buffer is counted.

use crate::support::{Ground, binary};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const TRIALS: u64 = 200;

/// splitmix64, as good as any.
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn start(args: &[&str], stdin: Stdio) -> Child {
    let mut command = Command::new(binary());
    command.args(args).stdin(stdin).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("it starts")
}

/// A command that has a buffer of 16 MiB with something in it as descriptor 3.
fn with_buffer(text: &str) -> Child {
    let script = format!("{} {text}", binary().display());
    start(&["exec", "-s", "16M", "--fill", "random", "--", "sh", "-c", &script], Stdio::piped())
}

/// What is killed: one or two processes that hold or pass buffers, or work on their bytes.
fn scene(number: u64, socket: &str) -> Vec<Child> {
    let one = |args: &[&str]| vec![start(args, Stdio::piped())];
    let holder = |more: &[&str]| start(&[&["hold", "-s", "4M", "--listen", socket], more].concat(), Stdio::piped());
    match number % 13 {
        0 => one(&["hold", "-s", "64k", "-c", "8"]),
        1 => one(&["exec", "-s", "64k", "-c", "8", "--", "cat"]),
        2 => vec![
            start(&["hold", "-s", "64k", "-c", "300", "--listen", socket], Stdio::piped()),
            start(&["recv", socket, "--", "cat"], Stdio::piped()),
        ],
        3 => vec![
            start(&["recv", "--listen", socket, "--", "cat"], Stdio::piped()),
            start(&["send", socket, "-s", "64k", "-c", "8"], Stdio::piped()),
        ],
        4 => one(&["alloc", "-s", "64k", "-c", "100", "--fill", "random"]),
        5 => vec![with_buffer("fill -f 3 --pattern prbs31 --jobs 2")],
        6 => vec![with_buffer("verify -f 3 --pattern random")],
        7 => vec![with_buffer("load -f 3 /dev/zero")],
        8 => vec![with_buffer("dump -f 3 --hex")],
        9 => one(&["exec", "-s", "1M", "--fill", "random", "--verify", "--", "sh", "-c", "exit"]),
        10 => {
            let holder = holder(&[]);
            let fill = ["fill", "--from-socket", socket, "--pattern", "random", "--access-width", "8"];
            vec![holder, start(&fill, Stdio::piped())]
        }
        11 => {
            let holder = holder(&[]);
            let pid = holder.id().to_string();
            vec![holder, start(&["dump", "-p", &pid, "-f", "3", "--hex"], Stdio::piped())]
        }
        // Whom it leaves behind holds for a moment more, and nobody kills it.
        _ => one(&["hold", "-s", "64k", "-c", "8", "--detach", "--for", "10ms"]),
    }
}

#[test]
#[ignore = "needs a real kernel: tests/vm/run"]
fn killed_processes_leave_nothing_allocated() {
    assert_eq!(Ground::current(), Ground::Kernel);
    let mut met = 0;
    for trial in 0..TRIALS {
        let mut seed = trial;
        let mut scene = scene(trial, &format!("@dmaheap-killed-{trial}"));
        // In half of the trials the moment is counted from the first buffer on, if there is one before a process has ended.
        if trial % 2 == 0 {
            while buffers() == 0 && scene.iter_mut().all(|child| child.try_wait().expect("a child").is_none()) {}
        }
        for child in &mut scene {
            let moment = Instant::now() + Duration::from_micros(random(&mut seed) % 40_000);
            while Instant::now() < moment {
                std::thread::yield_now();
            }
            met += u64::from(buffers() > 0);
            child.kill().expect("it can be killed");
        }
        for child in &mut scene {
            child.wait().expect("it has ended");
        }
        assert_nothing_left(trial);
    }
    assert!(met >= TRIALS / 4, "buffers in {met} trials only");
}

/// How many there are.
fn buffers() -> usize {
    let text = fs::read_to_string("/sys/kernel/debug/dma_buf/bufinfo").expect("debugfs");
    let total = text.lines().find_map(|line| line.strip_prefix("Total ")?.split_once(" objects, "));
    total.and_then(|(count, _)| count.parse().ok()).expect("a total")
}

/// The last reference may be dropped by a thread of the kernel, a moment after the process is gone.
fn assert_nothing_left(trial: u64) {
    let give_up = Instant::now() + Duration::from_secs(10);
    loop {
        let buffers = fs::read_to_string("/sys/kernel/debug/dma_buf/bufinfo").expect("debugfs");
        if buffers.contains("Total 0 objects, 0 bytes") {
            return;
        }
        assert!(Instant::now() < give_up, "left by trial {trial}:\n{buffers}");
        std::thread::yield_now();
    }
}
