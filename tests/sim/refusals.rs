//! Where a simulation cannot start: one line that says why, a hint, and the command is not started.

use super::{script, sim};
use crate::support::{Ground, bare};
use std::path::Path;

#[track_caller]
pub(super) fn assert_refused(outcome: crate::support::Outcome, reason: &str) {
    let stderr = outcome.failure(125);
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(lines.len() == 2 && lines[0].contains(reason) && lines[1].starts_with("hint: "), "{stderr}");
}

#[test]
fn inside_another_simulation() {
    assert_refused(script(&[], "exec $DMAHEAP sim -- echo started"), "another supervisor is already attached (EBUSY)");
}

#[test]
fn with_heaps_that_the_framework_refuses() {
    let twice = sim(&["--heap", "same", "--heap", "same"], &["echo", "started"]);
    assert!(twice.failure(125).contains("register heap same: another heap has this name"));
    assert!(sim(&["--heap", "=cma"], &["echo", "started"]).failure(125).contains("a heap needs a name"));
    let many: Vec<String> = (0..129).map(|number| format!("--heap=h{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(sim(&many, &["echo", "started"]).failure(125).contains("no minor number is free"));
    assert_eq!(sim(&many[..128], &["true"]).status, 0);
}

#[test]
fn with_heaps_that_the_simulator_cannot_serve() {
    let long = format!("--heap={}", "x".repeat(238));
    for (options, reason) in [
        (&[long.as_str()][..], "its name is longer than 237 bytes, the limit of a memfd name"),
        (&["--heap=.."], "register heap ..: its name is not a path below /dev/dma_heap"),
        (&["--heap=a//b"], "register heap a//b: its name is not a path below /dev/dma_heap"),
        (&["--heap=.dmaheap-sim"], "this name is reserved: programs use it to detect the simulation"),
        (&["--heap=a/b", "--heap=a"], "register heap a: another heap has its name as a directory"),
        (&["--heap=a=cma:100"], "register heap a: an area has at least one page"),
        (&["--heap=a=cma:0"], "register heap a: an area has at least one page"),
    ] {
        let stderr = sim(options, &["echo", "started"]).failure(125);
        assert!(stderr.contains(reason), "{stderr}");
    }
    let longest = "x".repeat(237);
    let text = script(&[&format!("--heap={longest}")], &format!("$DMAHEAP alloc --heap {longest} -s 4k -rn -o SIZE"));
    assert_eq!((text.stdout.as_str(), text.status), ("4KiB\n", 0));
}

#[test]
fn without_room_for_its_own_descriptors() {
    let text = "ulimit -n 5; exec $DMAHEAP sim -- echo started";
    let outcome = Ground::Kernel.run(&[], Path::new("/bin/sh"), ["-c", text]).run();
    let stderr = outcome.failure(125);
    assert!(
        stderr.contains("(EMFILE)\n") && stderr.contains("\nhint: ") && stderr.contains("RLIMIT_NOFILE"),
        "{stderr}"
    );
}

/// What a udmabuf keeps is not the memfd, of whose end the simulator hears.
#[test]
#[ignore = "needs /dev/udmabuf, which both kernels of tests/vm/run have"]
fn areas_of_udmabufs() {
    let wanted = sim(&["--backing", "udmabuf", "--heap", "a=cma:8M"], &["echo", "started"]);
    assert_refused(wanted, "register heap a: a heap with memory of its own cannot be backed by udmabuf");
    let names = super::dmaheap(&["--backing", "udmabuf"], &["list", "-rn", "-o", "NAME"]).success();
    assert_eq!(names, "system\n");
    let large = super::dmaheap(&["--backing", "udmabuf"], &["alloc", "-s", "65M"]);
    assert_eq!((large.stdout.as_str(), large.status), ("", 1));
    assert!(large.stderr.contains("(ENOMEM)"), "{}", large.stderr);
}

#[test]
fn without_the_device_that_the_backing_needs() {
    // Where there is one that may be opened, the command runs.
    let outcome = sim(&["--backing", "udmabuf"], &["true"]);
    if outcome.status != 0 {
        assert_refused(outcome, "/dev/udmabuf");
    }
}

#[test]
#[ignore = "needs /dev/udmabuf, which both kernels of tests/vm/run have"]
fn other_access_modes_than_those_of_the_backing_are_named_once_each() {
    let ask = "for mode in ro wo ro; do $DMAHEAP alloc -s 4k --access $mode 2>/dev/null; echo $?; done
        $DMAHEAP alloc -s 4k -rn -o SIZE 2>/dev/null";
    let outcome = script(&["--backing", "udmabuf"], ask);
    assert_eq!(outcome.stdout, "1\n1\n1\n4KiB\n");
    let line = |mode: &str| {
        format!(
            "dmaheap: allocate an {mode} buffer: /dev/udmabuf makes buffers that are O_RDWR (EOPNOTSUPP)\n\
             hint: --backing memfd supports every access mode\n"
        )
    };
    assert_eq!(outcome.stderr, line("O_RDONLY") + &line("O_WRONLY"));
}

#[test]
fn options_that_mean_nothing_end_as_with_env() {
    for option in
        ["--heap=a=dma", "--heap=a=system:4M", "--heap=a=cma:x", "--fault=x", "--fault=rule:x", "--fault=slow=3x"]
    {
        let stderr = bare(["sim", option, "--", "echo", "started"]).run().failure(125);
        assert!(stderr.contains(option.split_once('=').expect("an option").0), "{stderr}");
    }
}

#[test]
fn whatever_a_short_table_of_descriptors_stops_the_limit_is_named() {
    let text = "for limit in 4 5 6 7 8 9 10 11 12 13; do
            said=$( (ulimit -n $limit; \"$DMAHEAP\" sim -- true) 2>&1) && continue
            case $said in *'(EMFILE)'*RLIMIT_NOFILE*) ;; *) echo \"$limit: $said\" ;; esac
        done";
    let outcome = Ground::Kernel.run(&[], Path::new("/bin/sh"), ["-c", text]).run();
    assert_eq!(outcome.stdout, "", "{}", outcome.stderr);
}
