//! Nothing stays allocated when processes are killed: on the kernel every buffer is counted.

use crate::support::{Ground, binary};
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

fn start(args: &[&str]) -> Child {
    let mut command = Command::new(binary());
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("it starts")
}

/// What is killed: one or two processes that hold or pass buffers.
fn scene(number: u64, socket: &str) -> Vec<Child> {
    match number % 5 {
        0 => vec![start(&["hold", "-s", "64k", "-c", "8"])],
        1 => vec![start(&["exec", "-s", "64k", "-c", "8", "--", "cat"])],
        2 => {
            vec![start(&["hold", "-s", "64k", "-c", "300", "--listen", socket]), start(&["recv", socket, "--", "cat"])]
        }
        3 => vec![start(&["recv", "--listen", socket, "--", "cat"]), start(&["send", socket, "-s", "64k", "-c", "8"])],
        _ => vec![start(&["alloc", "-s", "64k", "-c", "100", "--fill", "random"])],
    }
}

#[test]
#[ignore = "needs a real kernel: tests/vm/run"]
fn nothing_stays_allocated() {
    assert_eq!(Ground::current(), Ground::Kernel);
    for trial in 0..TRIALS {
        let mut seed = trial;
        let mut scene = scene(trial, &format!("@dmaheap-killed-{trial}"));
        for child in &mut scene {
            let moment = Instant::now() + Duration::from_micros(random(&mut seed) % 40_000);
            while Instant::now() < moment {
                std::thread::yield_now();
            }
            child.kill().expect("it can be killed");
        }
        for child in &mut scene {
            child.wait().expect("it has ended");
        }
        nothing_left(trial);
    }
}

/// The last reference may be dropped by a thread of the kernel, a moment after the process is gone.
fn nothing_left(trial: u64) {
    let give_up = Instant::now() + Duration::from_secs(10);
    loop {
        let buffers = std::fs::read_to_string("/sys/kernel/debug/dma_buf/bufinfo").expect("debugfs");
        if buffers.contains("Total 0 objects, 0 bytes") {
            return;
        }
        assert!(Instant::now() < give_up, "left by trial {trial}:\n{buffers}");
        std::thread::yield_now();
    }
}
