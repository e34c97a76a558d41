//! Buffers of the simulator, which are memfds, and what is said of them.

use crate::support::{Outcome, bare};
use nix::sys::memfd::{MFdFlags, memfd_create};
use serde_json::{Value, json};

/// Runs a script under the simulator, where `$held` is a process with two buffers of system and `$cam` one with one of `heap`,
/// which no other simulator has.
#[track_caller]
fn beside_a_holder(heap: &str, text: &str) -> Outcome {
    let hold = "$DMAHEAP hold -s 8k --detach --heap";
    let script = format!(
        "held=$({hold} system -c 2); cam=$({hold} {heap})
         trap 'kill $held $cam' EXIT
         {text}"
    );
    bare(["sim", "--heap", "system", "--heap", &format!("{heap}=cma:16M"), "--", "/bin/sh", "-c", &script]).run()
}

#[test]
fn they_are_listed_with_heap_size_and_holders() {
    let outcome = beside_a_holder("listed/heap", "echo $held $cam; $DMAHEAP buffers -J");
    let (pids, document) = outcome.stdout.split_once('\n').expect("two numbers");
    let pids: Vec<u64> = pids.split(' ').map(|pid| pid.parse().expect("a number")).collect();
    let document: Value = serde_json::from_str(document).expect("JSON");
    let rows = document["rows"].as_array().expect("rows");
    let seen = |exporter: &str, pid: u64| {
        let holders = json!([{"pid": pid, "command": "dmaheap", "fds": 1, "maps": 0}]);
        let is_it = |row: &&Value| row["exporter"] == exporter && row["size"] == 8192 && row["holders"] == holders;
        rows.iter().filter(is_it).count()
    };
    assert_eq!((seen("system", pids[0]), seen("listed/heap", pids[1])), (2, 1), "{}", outcome.transcript());
    assert_eq!(document["simulated"], true);
    // What only a kernel could hold is not seen, whatever list of its own it has.
    assert!(document["unread"]["statistics"].is_string(), "{document}");
}

#[test]
fn every_question_about_them_is_answered() {
    let views = "$DMAHEAP buffers -n --exporter cam/era -o EXPORTER,SIZE,FDS,MAPS
                 $DMAHEAP buffers -n --by exporter --exporter cam/era -o EXPORTER,BUFFERS
                 $DMAHEAP buffers -n --by process --pid $held -o BUFFERS,FDS
                 $DMAHEAP buffers -n --pid $held --until-count 2 --timeout 1m -o EXPORTER
                 $DMAHEAP buffers -n --pid $held --orphans
                 $DMAHEAP buffers -n --by cgroup --pid $cam -o PROCESSES,BUFFERS,SIZE
                 $DMAHEAP info --pid $cam --fd 3 -n -o EXPORTER,SIZE";
    let outcome = beside_a_holder("cam/era", &format!("{{ {views}; }} 2>/dev/null"));
    let lines: Vec<&str> = outcome.stdout.lines().map(str::trim).collect();
    let expected = ["cam/era  8KiB  1  0", "cam/era  1", "2  2", "system", "system", "1  1  8KiB", "cam/era", "8KiB"];
    let same = |(line, wanted): (&&str, &&str)| line.split_whitespace().eq(wanted.split_whitespace());
    assert!(lines.len() == expected.len() && lines.iter().zip(&expected).all(same), "{}", outcome.transcript());
}

#[test]
fn without_the_simulator_a_memfd_of_that_name_is_no_buffer() {
    let memory = memfd_create(c"dmaheap-sim:system", MFdFlags::empty()).expect("a memfd");
    let me = std::process::id().to_string();
    let outcome = bare(["buffers", "-rn", "--exporter", "system", "--pid", &me, "-o", "SIZE"]).run();
    assert_eq!((outcome.stdout.as_str(), outcome.status), ("", 0), "{}", outcome.stderr);
    drop(memory);
}
