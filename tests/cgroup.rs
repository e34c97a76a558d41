//! Limits of memory cgroups, and who is killed where they are reached.

use crate::support::{Board, Ground, Outcome, Run, bare, script};

/// A board whose heap memory is charged to a cgroup of 256 MiB that is full, with so much of it page cache.
fn board(page_cache: u64) -> Board {
    Board::new()
        .file("dev/dma_heap/system", "")
        .file("sys/class/dma_heap/system/dev", "252:0\n")
        .file("sys/module/dma_heap/parameters/mem_accounting", "Y\n")
        .file("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 8000000 kB\n")
        .file("proc/self/cgroup", "0::/job/inner\n")
        .file("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
        .file("sys/fs/cgroup/job/inner/memory.max", "max\n")
        .file("sys/fs/cgroup/job/memory.max", "268435456\n")
        .file("sys/fs/cgroup/job/memory.current", "268435456\n")
        .file("sys/fs/cgroup/job/memory.stat", &format!("anon 1000\ninactive_file {page_cache}\nactive_file 0\n"))
}

#[test]
fn page_cache_is_what_a_cgroup_can_give_and_list_says_whose_figure_it_is() {
    let outcome = board(200 << 20).run("list", &["-bn", "-o", "FREE"]);
    // 200 MiB, less 1/64 of the limit.
    assert_eq!(outcome.stdout, format!("{}\n", 196 << 20), "{}", outcome.stderr);
    assert_eq!(outcome.stderr, "dmaheap: FREE is limited by cgroup /job, which leaves 196MiB\n");
    let outcome = board(0).run("list", &["-bn", "-o", "FREE"]);
    assert_eq!(outcome.stdout, "0\n");
    let uncharged = board(0).file("sys/module/dma_heap/parameters/mem_accounting", "N\n");
    let outcome = uncharged.run("list", &["-bn", "-o", "FREE"]);
    assert_eq!(outcome.stderr, "");
    assert!(outcome.stdout.trim().parse::<u64>().unwrap() > 4 << 30, "{}", outcome.stdout);
}

#[test]
fn doctor_names_the_cgroup_and_what_cannot_be_seen_of_it() {
    let text = board(200 << 20).run("doctor", &["-rn", "-o", "CHECK,OBJECT,EVIDENCE"]).stdout;
    assert!(
        text.contains("cgroup\\x20/job\\x20leaves\\x20196MiB\\x20of\\x20its\\x20memory.max\\x20of\\x20256MiB"),
        "{text}"
    );
    let hidden = board(0).file("sys/fs/cgroup/memory.max", "much\n");
    let text = hidden.run("doctor", &["-rn", "-o", "CHECK,OBJECT,VERDICT,EVIDENCE"]).stdout;
    let line = text.lines().find(|line| line.starts_with("memory cgroup ")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("/sys/fs/cgroup/memory.max\\x20cannot\\x20be\\x20read\\x20(EINVAL)"), "{line}");
}

/// The OOM scores of a holder that stays, of the caller, and of a command that inherits.
#[test]
fn allocating_process_is_the_oom_victim_but_not_its_command() {
    let text = script(
        "echo 300 >/proc/self/oom_score_adj
         pid=$(\"$DMAHEAP\" hold -s 4k --detach 2>/dev/null); cat /proc/$pid/oom_score_adj; kill $pid
         \"$DMAHEAP\" exec -s 4k -- cat /proc/self/oom_score_adj
         \"$DMAHEAP\" exec -s 4k --fill byte=1 --verify -- cat /proc/self/oom_score_adj
         cat /proc/self/oom_score_adj",
    );
    assert_eq!(text.run().success(), "1000\n300\n300\n300\n");
}

#[test]
fn a_simulator_is_the_first_victim_and_its_command_is_not() {
    // Whichever process above the command it is.
    const ABOVE: &str = "echo \"own $(cat /proc/self/oom_score_adj)\"
         pid=$$; while pid=$(sed -n 's/^PPid:.//p' /proc/$pid/status) && [ \"$pid\" -gt 1 ]; do
             score=$(cat /proc/$pid/oom_score_adj); [ \"$score\" = 1000 ] && echo first && break
         done";
    let inside = bare(["sim", "--", "/bin/sh", "-c", ABOVE]).run();
    let given = std::fs::read_to_string("/proc/self/oom_score_adj").unwrap();
    assert_eq!(inside.stdout, format!("own {}\nfirst\n", given.trim()), "{}", inside.stderr);
}

/// Runs `commands` in a cgroup with this `memory.max`; then prints how often the OOM killer ran in it.
pub fn in_cgroup(max: &str, commands: &str) -> Outcome {
    bare_script(&format!(
        "set -e
         cg=/tmp/cgroups
         mkdir -p $cg
         grep -q \" $cg \" /proc/self/mounts || mount -t cgroup2 none $cg
         echo +memory >$cg/cgroup.subtree_control
         job=$cg/job.$$
         mkdir $job
         echo {max} >$job/memory.max
         echo 0 >$job/memory.swap.max || true
         set +e
         ( echo 0 >$job/cgroup.procs; {commands} )
         sed -n 's/^oom_kill /kills /p' $job/memory.events
         until rmdir $job 2>/dev/null; do :; done"
    ))
    .run()
}

fn bare_script(text: &str) -> Run {
    Ground::Kernel.run(&[], std::path::Path::new("/bin/sh"), ["-c", text])
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn simulator_is_limited_by_its_cgroup() {
    // The command refuses by itself, and with --force its simulator does.
    let outcome = in_cgroup(
        "100M",
        "\"$DMAHEAP\" sim -- \"$DMAHEAP\" alloc -s 300M --fill byte=0x5a; echo $?
         \"$DMAHEAP\" sim -- \"$DMAHEAP\" alloc --force -s 300M --fill byte=0x5a; echo $?
         \"$DMAHEAP\" sim -- \"$DMAHEAP\" alloc --force -s 64k -c 4000 >/dev/null 2>&1; echo $?
         \"$DMAHEAP\" sim -- \"$DMAHEAP\" alloc -s 64M --fill byte=0x5a -n -o HEAP 2>/dev/null",
    );
    assert_eq!(outcome.stdout, "1\n1\n1\nsystem\nkills 0\n", "{}", outcome.stderr);
    assert!(outcome.stderr.contains("refused: exceeds the memory budget of "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(": memory.max 100MiB - "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("allocate 314572800 bytes from system: cannot allocate memory (ENOMEM)"));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn buffers_by_cgroup_shows_its_path() {
    let outcome = in_cgroup(
        "64M",
        "pid=$(\"$DMAHEAP\" hold -s 1M -c 3 --detach); sed 's/^0:://' /proc/$pid/cgroup
         \"$DMAHEAP\" buffers --by cgroup --pid $pid -rbn -o CGROUP,PROCESSES,BUFFERS,SIZE,SHARED 2>/dev/null
         \"$DMAHEAP\" buffers --pid $pid -rn -o CGROUPS 2>/dev/null | sort -u; kill $pid",
    );
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let [path, row, cgroups, "kills 0"] = lines[..] else { panic!("{}{}", outcome.stdout, outcome.stderr) };
    assert!(path.starts_with("/job."), "{path}");
    assert_eq!((row, cgroups), (format!("{path} 1 3 3145728 3145728").as_str(), path));
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn memory_of_the_tool_is_charged_on_every_kernel() {
    let outcome = in_cgroup(
        "64M",
        "\"$DMAHEAP\" bench -s 60M -i 1; echo $?
         \"$DMAHEAP\" hold -s 4k -c 20000 --for 1ms; echo $?
         \"$DMAHEAP\" alloc -s 100M -n -o HEAP",
    );
    // Buffers of a kernel that does not charge them are the machine's.
    assert_eq!(outcome.stdout, "1\n1\nsystem\nkills 0\n", "{}", outcome.stderr);
    assert_eq!(outcome.stderr.matches(": memory.max 64MiB - ").count(), 2, "{}", outcome.stderr);
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn limits_of_a_simulated_heap_are_those_of_the_cgroup() {
    let command = "\"$DMAHEAP\" sim -- \"$DMAHEAP\" limits -bn -o LARGEST,BOUND,TOTAL,ENDED 2>/dev/null";
    let outcome = in_cgroup("64M", command);
    let (row, kills) = outcome.stdout.split_once('\n').expect("two lines");
    assert_eq!(kills, "kills 0\n", "{}", outcome.stderr);
    let words: Vec<&str> = row.split_whitespace().collect();
    let [largest, bound, ..] = words[..] else { panic!("{row}") };
    let largest: u64 = largest.parse().unwrap();
    assert!((30 << 20..63 << 20).contains(&largest), "{row}");
    assert!(bound == "cgroup" || bound == "ENOMEM", "{row}");
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn fixed_oom_score_warns_once_and_halves_the_budget() {
    let free = "$(\"$DMAHEAP\" list system -bn -o FREE)";
    let text = format!(
        "whole={free}; unshare -m sh -c 'mount -o remount,bind,ro /proc || exit 99
         half={free}; echo $((half * 100 / '$whole')); \"$DMAHEAP\" alloc -s 4k -c 3 -n -o HEAP'"
    );
    let outcome = bare_script(&text).run();
    let (percent, rows) = outcome.stdout.split_once('\n').expect("lines");
    assert!((45..=55).contains(&percent.parse::<u64>().unwrap()), "{percent}");
    assert_eq!(rows, "system\n".repeat(3));
    assert_eq!(
        outcome.stderr,
        "dmaheap: write /proc/self/oom_score_adj: read-only file system (EROFS)\n\
         hint: the OOM killer may choose another process before this one, so only half of the memory budget is used\n"
    );
}

/// Debian's kernels have no device with pages to cache built in.
mod cma {
    use super::*;

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn a_cgroup_full_of_page_cache_gives_it() {
        // A hole of a file takes no memory itself, and a block device has its pages until nobody has it open.
        let outcome = in_cgroup(
            "256M",
            "truncate -s 300M /tmp/hole; losetup /dev/loop0 /tmp/hole
             exec 3</dev/loop0; cat <&3 >/dev/null; cat $job/memory.current
             \"$DMAHEAP\" sim -- \"$DMAHEAP\" alloc -s 64M --fill byte=0x5a -n -o HEAP 2>/dev/null
             exec 3<&-; losetup -d /dev/loop0; rm /tmp/hole",
        );
        let (used, given) = outcome.stdout.split_once('\n').expect("two lines");
        assert!(used.parse::<u64>().expect("bytes") > 240 << 20, "full: {used}");
        assert_eq!(given, "system\nkills 0\n", "{}", outcome.stderr);
    }
}
