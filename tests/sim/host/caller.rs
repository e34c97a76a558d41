//! A static program with raw system calls.

use super::run_caller;

#[track_caller]
fn assert_sound(args: &[&str]) {
    let text = run_caller(&[], args).success();
    assert!(text.ends_with(": bad 0, interrupted none, fds left 0\n"), "{text}");
}

/// A heap that is soon empty if a buffer is lost.
const TIGHT: [&str; 1] = ["--heap=system=cma:64k"];

#[test]
fn sixty_four_threads_allocate_at_once() {
    assert_sound(&["threads", "20"]);
}

#[test]
fn two_hundred_forks_and_vforks_allocate() {
    assert_sound(&["forks", "200"]);
    assert_sound(&["vforks", "50"]);
}

#[test]
fn processes_that_are_killed_in_the_middle_lose_nothing() {
    let text = run_caller(&TIGHT, &["kills", "60"]).success();
    assert_eq!(text, "kills: bad 0, interrupted none, fds left 0\n");
}

#[test]
fn a_struct_that_is_unmapped_during_the_call_loses_nothing() {
    assert_sound(&["races", "400"]);
    assert_sound(&["forked-races", "200"]);
}

#[test]
fn alarms_in_the_middle_lose_nothing() {
    let text = run_caller(&TIGHT, &["alarms", "1000"]).success();
    assert_eq!(text, "alarms: bad 0, interrupted none, fds left 0\n");
    // Whether one comes before the supervisor has received the call is a matter of chance.
    let text = run_caller(&TIGHT, &["alarms-without-restart", "1000"]).success();
    assert!(text.contains(": bad 0, ") && text.ends_with(", fds left 0\n"), "{text}");
}

#[test]
fn a_32_bit_caller_is_served() {
    let text = run_caller(&[], &["compat"]).success();
    let expected = if cfg!(target_arch = "x86_64") {
        "compat open=1 ioctl=0 told=1 stat64=0 mode=20666 fstat64=0 mode=600 size=8192 end=8192 cur=-22 flags=2 \
        openat=1 fstatat64=0 mode=20666 statfs64=0 statfs64-of-another-size=-22 llseek=0 at=8192 llseek-high=-22 \
        mmap2=ok mmap2-past-end=-22 ftruncate64=-22 fallocate=-19 truncate64=-22 seals=-22: bad 0, interrupted none, fds left 0\n"
    } else {
        "compat none: bad 0, interrupted none, fds left -3\n"
    };
    assert_eq!(text, expected);
}

const FAULTS: &str = "pointers straddling=-14 read-only=-14 null=-14 kernel=-14 high-bits=-22: bad 0, interrupted none";

#[test]
fn an_argument_that_faults_leaves_nothing_behind() {
    assert_eq!(run_caller(&[], &["pointers"]).success(), format!("{FAULTS}, fds left 0\n"));
}

#[test]
fn the_old_kernels_leak_can_be_had() {
    assert_eq!(run_caller(&["--fault", "efault-leak"], &["pointers"]).success(), format!("{FAULTS}, fds left 1\n"));
}

#[test]
fn the_supervisor_holds_no_descriptor_of_a_buffer() {
    assert_eq!(run_caller(&[], &["hold", "100"]).success(), "hold: bad 0, interrupted none, fds left 0\n");
}

#[test]
fn a_hundred_thousand_cycles_leave_no_trace_in_either_process() {
    assert_no_growth(100_000);
}

/// The command looks at its parent, the supervisor, before and after.
#[track_caller]
fn assert_no_growth(cycles: u32) {
    let caller = super::caller().to_str().expect("its path is text");
    let text = super::super::script(
        &[],
        &format!(
            "look() {{ echo $(ls /proc/$PPID/fd | wc -l) $(grep VmRSS /proc/$PPID/status | tr -dc 0-9); }}
             {caller} cycles 2000 >&2; look; {caller} cycles {cycles} >&2; look"
        ),
    );
    const SOUND: &str = "cycles: bad 0, interrupted none, fds left 0\n";
    assert_eq!((text.status, text.stderr), (0, SOUND.repeat(2)));
    let numbers: Vec<u64> = text.stdout.split_whitespace().map(|number| number.parse().expect("a number")).collect();
    let [fds, memory, fds_after, memory_after] = numbers[..] else { panic!("{}", text.stdout) };
    assert_eq!(fds, fds_after, "descriptors of the supervisor");
    assert!(memory_after <= memory + 256, "memory of the supervisor grew from {memory} to {memory_after} KiB");
}
