//! `dmaheap alloc`

use crate::support::{assert_fields, dmaheap, rows, script};
use serde_json::json;

#[test]
fn the_default_table_tells_what_the_kernel_gave() {
    let table = dmaheap(["alloc", "--heap", "system", "--size", "4M"]).run().success();
    let words: Vec<&str> = table.split_whitespace().collect();
    assert_eq!(words[..8], ["HEAP", "SIZE", "FLAGS", "INODE", "TIME", "system", "4MiB", "O_RDWR,O_CLOEXEC"], "{table}");
    assert!(words[8].parse::<u64>().is_ok_and(|inode| inode > 0), "{table}");
    assert!(words[9].ends_with('s') && words.len() == 10, "{table}");
}

#[test]
fn sizes_are_rounded_up_to_pages_and_the_request_is_shown_as_it_was() {
    let page = page_size();
    for (requested, given) in [(1, page), (page - 1, page), (page, page), (page + 1, 2 * page), (3 * page, 3 * page)] {
        let row = &dmaheap(["alloc", "-J", "-s", &requested.to_string()]).run().rows()[0];
        assert_fields(row, &json!({"requested": requested, "size": given}));
    }
    assert_eq!(dmaheap(["alloc", "-s", "3p", "-bn", "-o", "SIZE"]).run().success(), format!("{}\n", 3 * page));
}

#[test]
fn every_access_mode_is_what_fcntl_then_says() {
    for (mode, flags) in [("ro", 0), ("wo", 1), ("rw", 2), ("none", 3)] {
        for (options, cloexec) in [(&[][..], 0x8_0000), (&["--no-cloexec"][..], 0)] {
            let run = dmaheap(["alloc", "-J", "-s", "4k", "--access", mode].iter().chain(options));
            assert_eq!(run.run().rows()[0]["flags"], json!(format!("{:#x}", flags | cloexec)), "{mode} {options:?}");
        }
    }
}

#[test]
fn raw_flags_are_sent_as_typed() {
    let row = &dmaheap(["alloc", "-J", "-s", "4k", "--fd-flags", "O_WRONLY"]).run().rows()[0];
    assert_eq!(row["flags"], json!("0x1"));
    assert_eq!(
        dmaheap(["alloc", "-s", "4k", "--fd-flags", "0x800"]).run().failure(1),
        "dmaheap: allocate 4096 bytes from system: invalid argument (EINVAL)\n\
         hint: fd flags 0x800: the kernel accepts an access mode and O_CLOEXEC (0x80000)\n"
    );
    assert_eq!(
        dmaheap(["alloc", "-s", "4k", "--heap-flags", "0x8000000000000000"]).run().failure(1),
        "dmaheap: allocate 4096 bytes from system: invalid argument (EINVAL)\n\
         hint: heap flags 0x8000000000000000: mainline defines none, so only 0 is accepted\n"
    );
    assert_eq!(
        dmaheap(["alloc", "-s", "18446744073709551615"]).run().failure(1),
        "dmaheap: allocate 18446744073709551615 bytes from system: invalid argument (EINVAL)\n\
         hint: length 18446744073709551615 becomes 0 when it is rounded up to pages\n"
    );
}

#[test]
fn a_count_gives_that_many_different_buffers() {
    let rows = dmaheap(["alloc", "-J", "-s", "4k", "-c", "5", "--name", "five of them"]).run().rows();
    let mut inodes: Vec<u64> = rows.iter().map(|row| row["inode"].as_u64().expect("an inode")).collect();
    inodes.dedup();
    assert_eq!(inodes.len(), 5);
    assert!(rows.iter().all(|row| row["heap"] == "system" && row["time_ns"].as_u64() > Some(0)));
}

#[test]
fn a_thousand_buffers_raise_the_limit_of_open_files() {
    let run = script("ulimit -S -n 64; exec \"$DMAHEAP\" alloc -s 4k -c 1000 -n -o SIZE -b");
    assert_eq!(run.run().success().lines().count(), 1000);
}

#[test]
fn a_failure_at_the_kth_buffer_prints_those_before_it() {
    let outcome = script("ulimit -n 64; exec \"$DMAHEAP\" alloc -s 4k -c 1000 --json").run();
    assert_eq!(outcome.status, 1);
    let given = rows(&outcome.stdout).len();
    assert!((50..62).contains(&given), "{given}");
    assert_eq!(
        outcome.stderr,
        format!(
            "dmaheap: allocate 4096 bytes from system, buffer {} of 1000: too many open files (EMFILE)\n\
             hint: RLIMIT_NOFILE is 64 (hard limit 64): raise it with `ulimit -n`\n",
            given + 1
        )
    );
}

#[test]
fn with_four_files_there_is_an_answer_too() {
    let stderr = script("ulimit -n 4; exec \"$DMAHEAP\" alloc -s 4k").run().failure(1);
    assert!(stderr.contains("too many open files (EMFILE)\nhint: RLIMIT_NOFILE is 4 (hard limit 4)"), "{stderr}");
}

#[test]
fn over_budget_request_is_not_sent() {
    for size in ["64T", "18446744073709547520"] {
        let stderr = dmaheap(["alloc", "-s", size]).run().failure(1);
        assert!(stderr.contains(" refused: exceeds the memory budget of "), "{stderr}");
        assert!(
            stderr.contains("reserve)\nhint: where a heap does not refuse this, the kernel kills processes"),
            "{stderr}"
        );
    }
    // Each fits, all together do not; and the product is beyond 64 bits.
    let stderr = dmaheap(["alloc", "-s", "1M", "-c", "1000000000"]).run().failure(1);
    assert!(stderr.contains("1048576000000000 bytes (953.7TiB) refused"), "{stderr}");
    let stderr = dmaheap(["alloc", "-s", "4E", "-c", "1000"]).run().failure(1);
    assert!(stderr.contains("1000 buffers of 4611686018427387904 bytes, which is beyond 64 bits"), "{stderr}");
    let stderr = dmaheap(["alloc", "-s", "8E", "--heap", "system", "--heap", "system"]).run().failure(1);
    assert!(stderr.contains("beyond 64 bits"), "{stderr}");
}

#[test]
fn kernel_overhead_of_small_buffers_counts() {
    let free: u64 = dmaheap(["list", "system", "-bn", "-o", "FREE"]).run().success().trim().parse().unwrap();
    let count = (free / 32 * 31 / page_size()).to_string();
    let stderr = dmaheap(["alloc", "-s", "1p", "-c", &count]).run().failure(1);
    assert!(stderr.contains(" of kernel memory for them refused: exceeds the memory budget of "), "{stderr}");
}

#[test]
fn heaps_are_found_by_name_by_path_and_in_turn() {
    let script_text = "cd /dev; exec \"$DMAHEAP\" alloc -n -o HEAP -s 4k --heap system --heap /dev/dma_heap/system --heap ./dma_heap/system";
    assert_eq!(script(script_text).run().success(), "system\n/dev/dma_heap/system\n./dma_heap/system\n");
}

#[test]
fn path_that_is_not_a_heap_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(path("file"), "").unwrap();
    std::fs::create_dir(path("dir")).unwrap();
    std::os::unix::fs::symlink("loop", path("loop")).unwrap();
    std::os::unix::fs::symlink("gone", path("dangling")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path("fifo")).status().unwrap().success());
    for (object, reason) in [
        (path("file"), "a regular file, not a heap node\n".to_owned()),
        (path("dir"), "a directory, not a heap node\n".to_owned()),
        (path("fifo"), "a FIFO, not a heap node\n".to_owned()),
        (path("none"), "no such heap (ENOENT)\nhint: heaps here: ".to_owned()),
        (
            path("dangling"),
            format!(
                "no such heap (ENOENT)\nhint: {0}: a symbolic link to gone, which does not exist; make it point to a heap's node: ln -sfn NODE {0}\n",
                path("dangling")
            ),
        ),
        (path("file/below"), "not a directory (ENOTDIR)\n".to_owned()),
        ("/dev/null".to_owned(), "character device 1:3 is not a DMA heap (their major number is ".to_owned()),
    ] {
        let stderr = dmaheap(["alloc", "-s", "4k", "--heap", &object]).run().failure(1);
        assert!(stderr.starts_with(&format!("dmaheap: open heap {object}: {reason}")), "{stderr}");
    }
    let stderr = dmaheap(["alloc", "-s", "4k", "--heap", &path("loop")]).run().failure(1);
    assert!(
        stderr.contains("(ELOOP)\nhint: ")
            && stderr.contains(": a symbolic link to loop, part of a loop; make it point "),
        "{stderr}"
    );
}

#[test]
fn an_unknown_heap_is_answered_with_those_that_exist_and_the_nearest() {
    let stderr = dmaheap(["alloc", "-s", "4k", "--heap", "sytem"]).run().failure(1);
    assert!(stderr.starts_with("dmaheap: open heap sytem: no such heap (ENOENT)\nhint: heaps here: "), "{stderr}");
    assert!(stderr.ends_with("; did you mean system?\n"), "{stderr}");
}

#[test]
fn missing_heap_prevents_every_request() {
    let stderr = dmaheap(["alloc", "-s", "4k", "--heap", "system", "--heap", "nowhere"]).run().failure(1);
    assert!(stderr.starts_with("dmaheap: open heap nowhere: "), "{stderr}");
}

#[test]
fn a_stdout_that_takes_nothing_is_an_error() {
    for (redirection, reason) in
        [(">&-", "bad file descriptor (EBADF)"), (">/dev/full", "no space left on device (ENOSPC)")]
    {
        for format in ["", "--json"] {
            let stderr = script(&format!("exec \"$DMAHEAP\" alloc -s 4k {format} {redirection}")).run().failure(1);
            assert_eq!(stderr, format!("dmaheap: write to stdout: {reason}\n"));
        }
    }
}

#[test]
fn columns_can_be_listed_without_any_other_option() {
    let listed = dmaheap(["alloc", "-H"]).run().success();
    assert!(listed.starts_with("COLUMN     KEY        HOLDS\nHEAP       heap       "), "{listed}");
    assert_eq!(listed.lines().count(), 11);
}

#[test]
fn json_has_every_column_in_order_unless_some_are_chosen() {
    let text = dmaheap(["alloc", "-s", "4k", "-J", "-o", "size,HEAP"]).run().success();
    assert_eq!(text.lines().nth(1), Some("{\"size\":4096,\"heap\":\"system\"}"));
    let row = &dmaheap(["alloc", "-s", "4k", "-J"]).run().rows()[0];
    let keys: Vec<&String> = row.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["heap", "requested", "size", "fd", "flags", "inode", "exporter", "name", "time_ns", "differing"]);
}

#[test]
fn raw_fields_can_be_split_at_spaces() {
    let text = dmaheap(["alloc", "-s", "4k", "--name", "a b", "-r", "-n", "-o", "HEAP,NAME,SIZE"]).run().success();
    assert_eq!(text, "system a\\x20b 4KiB\n");
}

fn page_size() -> u64 {
    crate::sys::system::page_size()
}
