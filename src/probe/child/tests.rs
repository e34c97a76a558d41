//! The child that runs a case: whatever becomes of it is a result.
//!
//! A process that has threads, as that of the tests, is refused a child; so each of these forks first.

use super::{ChildLog, INTERRUPTED, limit_where_nothing_takes, run};
use crate::probe::observation::Observation;
use crate::sys::fd::poll::Deadline;
use crate::sys::process::channel::Channel;
use crate::sys::process::child::Child;
use crate::sys::process::signals::{self, Signals};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Longer than anything takes that ends by itself.
const LONG: Duration = Duration::from_secs(60);

/// Held while a process of these tests lives: it would inherit the channel of another.
static ONE: Mutex<()> = Mutex::new(());

/// Runs `act` in a process that has one thread, and returns its observations.
#[track_caller]
fn alone<const N: usize>(act: impl FnOnce() -> [Observation; N]) -> [Observation; N] {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let child = Child::start_in_test(|channel: Channel<Observation, ()>| {
        for observation in &act() {
            channel.send(observation).expect("the test hears");
        }
        0
    });
    let mut child = child.expect("a process");
    let mut observations = Vec::new();
    while let Some(observation) = child.channel.receive().expect("a message") {
        observations.push(observation);
    }
    child.wait();
    observations.try_into().unwrap_or_else(|observations| panic!("{N} observations, not {observations:?}"))
}

/// Waits until a signal comes.
fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// A case that comes after the others.
fn next() -> Observation {
    run(LONG, None, |_| Observation::of("EINVAL"))
}

/// An observation whose request is known.
fn about(outcome: &str, note: &str) -> Observation {
    Observation { notes: vec![note.to_owned()], ..Observation::of(outcome) }
}

#[test]
fn a_case_that_does_not_come_back_ends_by_its_time_limit_and_names_its_request() {
    let slow = |log: ChildLog<'_>| -> Observation {
        log.announce("ioctl 1");
        log.announce("ioctl 2");
        hang()
    };
    let observations = alone(|| [run(Duration::from_millis(50), None, slow), next()]);
    assert_eq!(observations, [about("timeout", "ioctl 2"), Observation::of("EINVAL")]);
}

#[test]
fn the_result_of_a_killed_case_is_its_signal() {
    const SIGSEGV: i32 = 11;
    let die = |log: ChildLog<'_>| -> Observation {
        log.announce("ioctl 3");
        Observation::of(signals::die_by(SIGSEGV).to_string())
    };
    let observations = alone(|| [run(LONG, None, die), next()]);
    assert_eq!(observations, [about("killed SIGSEGV", "ioctl 3"), Observation::of("EINVAL")]);
}

#[test]
fn a_case_that_panics_is_a_crash() {
    let crash = |log: ChildLog<'_>| -> Observation {
        std::panic::set_hook(Box::new(|_| {}));
        log.announce("ioctl 4");
        panic!("a bug of the probe")
    };
    let observations = alone(|| [run(LONG, None, crash), next()]);
    assert_eq!(observations, [about("crash", "ioctl 4"), Observation::of("EINVAL")]);
}

#[test]
fn a_case_that_hangs_is_left_out_once_a_signal_comes_and_so_are_those_after_it() {
    let observations = alone(|| {
        let signals = Signals::take(&[signals::ALARM]).expect("signals");
        let parent = std::process::id();
        let body = |_: ChildLog<'_>| -> Observation {
            signals::send(parent, signals::ALARM).expect("it is sent");
            hang()
        };
        [run(LONG, Some(&signals), body), run(LONG, Some(&signals), |_| hang())]
    });
    assert_eq!(observations, [Observation::skip(INTERRUPTED), Observation::skip(INTERRUPTED)]);
}

#[test]
fn a_child_is_the_first_that_the_oom_killer_takes_and_its_parent_is_not() {
    let read = || std::fs::read_to_string("/proc/self/oom_score_adj").expect("procfs").trim().to_owned();
    let own = read();
    let observations = alone(|| [run(LONG, None, |_| Observation::of(read())), Observation::of(read())]);
    assert_eq!(observations, [Observation::of("1000"), Observation::of(own)]);
}

#[test]
fn a_process_with_threads_is_refused_a_child() {
    let observation = run(LONG, None, |_| Observation::of("alive"));
    assert_eq!(observation, Observation::skip("no child: fork: EBUSY"));
}

#[test]
fn a_child_dies_with_the_process_that_started_it() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let parent = Child::start_in_test(|channel: Channel<(), ()>| {
        run(LONG, None, |_| {
            channel.send(&()).expect("the test hears");
            hang()
        });
        0
    });
    let mut parent = parent.expect("a process");
    assert_eq!(parent.channel.receive(), Ok(Some(())), "the child has begun");
    assert!(parent.kill());
    // Whoever holds the other end is alive.
    assert_eq!(parent.receive_until(Deadline::after(Duration::from_secs(10))), Ok(None), "it lives on");
}

#[test]
fn a_slow_machine_has_more_time_and_none_has_for_ever() {
    let limit = |milliseconds| limit_where_nothing_takes(Duration::from_millis(milliseconds)).as_secs();
    assert_eq!([1, 20, 50, 300, 600, 20_000].map(limit), [20, 20, 50, 300, 600, 600]);
    assert_eq!(limit_where_nothing_takes(Duration::MAX).as_secs(), 600);
}
