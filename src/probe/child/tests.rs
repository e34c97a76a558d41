//! The child that runs a case: whatever becomes of it is a result.
//!
//! A process that has threads, as that of the tests, is refused a child; so each of these forks first.

use super::{ChildLog, limit_where_nothing_takes, run};
use crate::probe::observation::{ChildReport, Observation};
use nix::fcntl::OFlag;
use nix::sys::signal::{SigHandler, Signal, raise, signal};
use nix::unistd::{ForkResult, fork, pause};
use std::fs::File;
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Longer than anything takes that ends by itself.
const LONG: Duration = Duration::from_secs(60);

fn pipe() -> (File, File) {
    let (reader, writer) = nix::unistd::pipe2(OFlag::O_CLOEXEC).expect("a pipe");
    (reader.into(), writer.into())
}

/// Held while a process of these tests lives: it would inherit the pipe of another.
static ONE: Mutex<()> = Mutex::new(());

/// What `act` answers in a process that has one thread.
#[track_caller]
fn alone<const N: usize>(act: impl FnOnce() -> [Observation; N]) -> [Observation; N] {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut reader, writer) = pipe();
    // SAFETY: the child has the calling thread alone. It allocates, for which the C library makes its locks whole, takes
    // no lock that another test's thread may hold, and ends by _exit(2) or by a signal.
    match unsafe { fork() }.expect("a process") {
        ForkResult::Child => {
            let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                act().iter().for_each(|observation| tell(&writer, &observation.encode()));
            }));
            // SAFETY: it ends the process and touches nothing of it.
            unsafe { nix::libc::_exit(i32::from(end.is_err())) }
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let mut text = Vec::new();
            reader.read_to_end(&mut text).expect("the child tells");
            nix::sys::wait::waitpid(child, None).expect("the child ends");
            let logs = text.split_inclusive(|byte| *byte == b'\n').fold(vec![Vec::new()], |mut logs, line| {
                logs.last_mut().expect("one").extend_from_slice(line);
                if line == b"end\n" {
                    logs.push(Vec::new());
                }
                logs
            });
            let observations: Vec<Observation> =
                logs.iter().filter_map(|log| ChildReport::decode(log).observation).collect();
            observations.try_into().unwrap_or_else(|observations| panic!("{N} observations, not {observations:?}"))
        }
    }
}

fn tell(mut pipe: impl std::io::Write, bytes: &[u8]) {
    pipe.write_all(bytes).expect("the test reads");
}

/// A case that comes after the others.
fn next() -> Observation {
    run(LONG, |_| Observation::of("EINVAL"))
}

/// An observation whose request is told.
fn about(outcome: &str, note: &str) -> Observation {
    Observation { notes: vec![note.to_owned()], ..Observation::of(outcome) }
}

#[test]
fn a_case_that_does_not_come_back_ends_by_its_time_limit_and_names_its_request() {
    let hang = |log: ChildLog<'_>| -> Observation {
        log.announce("ioctl 1");
        log.announce("ioctl 2");
        loop {
            pause();
        }
    };
    let observations = alone(|| [run(Duration::from_millis(50), hang), next()]);
    assert_eq!(observations, [about("timeout", "ioctl 2"), Observation::of("EINVAL")]);
}

#[test]
fn a_case_that_is_killed_is_told_by_its_signal() {
    let die = |log: ChildLog<'_>| -> Observation {
        log.announce("ioctl 3");
        // SAFETY: the default disposition runs no code.
        unsafe { signal(Signal::SIGSEGV, SigHandler::SigDfl) }.expect("a disposition");
        raise(Signal::SIGSEGV).expect("a signal");
        Observation::of("alive")
    };
    let observations = alone(|| [run(LONG, die), next()]);
    assert_eq!(observations, [about("killed SIGSEGV", "ioctl 3"), Observation::of("EINVAL")]);
}

#[test]
fn a_case_that_panics_is_a_crash() {
    let crash = |log: ChildLog<'_>| -> Observation {
        std::panic::set_hook(Box::new(|_| {}));
        log.announce("ioctl 4");
        panic!("a bug of the probe")
    };
    let observations = alone(|| [run(LONG, crash), next()]);
    assert_eq!(observations, [about("crash", "ioctl 4"), Observation::of("EINVAL")]);
}

#[test]
fn a_child_is_the_first_that_the_oom_killer_takes_and_its_parent_is_not() {
    let read = || std::fs::read_to_string("/proc/self/oom_score_adj").expect("procfs").trim().to_owned();
    let own = read();
    let observations = alone(|| [run(LONG, |_| Observation::of(read())), Observation::of(read())]);
    assert_eq!(observations, [Observation::of("1000"), Observation::of(own)]);
}

#[test]
fn a_process_with_threads_is_refused_a_child() {
    let observation = run(LONG, |_| Observation::of("alive"));
    assert_eq!(observation, Observation::skip("no child: fork: EINVAL"));
}

#[test]
fn a_child_dies_with_the_process_that_started_it() {
    use nix::poll::{PollFd, PollFlags, poll};
    use std::os::fd::AsFd;
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut reader, writer) = pipe();
    // SAFETY: as in `alone`.
    let parent = match unsafe { fork() }.expect("a process") {
        ForkResult::Child => {
            run(LONG, |_| {
                tell(&writer, b"x");
                loop {
                    pause();
                }
            });
            // SAFETY: as in `alone`.
            unsafe { nix::libc::_exit(0) }
        }
        ForkResult::Parent { child } => child,
    };
    drop(writer);
    reader.read_exact(&mut [0]).expect("the child has begun");
    nix::sys::signal::kill(parent, Signal::SIGKILL).expect("it is there");
    nix::sys::wait::waitpid(parent, None).expect("it ends");
    // Whoever holds the other end is alive.
    let ready = poll(&mut [PollFd::new(reader.as_fd(), PollFlags::POLLIN)], 10_000_u16).expect("a pipe");
    assert_eq!(ready, 1, "it lives on");
    assert_eq!(reader.read(&mut [0]).expect("a pipe"), 0);
}

#[test]
fn a_slow_machine_has_more_time_and_none_has_for_ever() {
    let limit = |milliseconds| limit_where_nothing_takes(Duration::from_millis(milliseconds)).as_secs();
    assert_eq!([1, 20, 50, 300, 600, 20_000].map(limit), [20, 20, 50, 300, 600, 600]);
    assert_eq!(limit_where_nothing_takes(Duration::MAX).as_secs(), 600);
}
