//! `dmaheap info`

use crate::support::{dmaheap, script};
use serde_json::json;

#[test]
fn a_dma_buf_is_described() {
    let body = "exec \"$DMAHEAP\" info -f 3 -o SIZE,FLAGS,ACCESS";
    let text = dmaheap(["exec", "-s", "4M", "--", "sh", "-c", body]).run().success();
    assert_eq!(text, "SIZE    4MiB\nFLAGS   O_RDWR\nACCESS  rw\n");
}

#[test]
fn every_access_mode_is_told() {
    for (mode, flags) in [("ro", "0x0"), ("wo", "0x1"), ("rw", "0x2"), ("none", "0x3")] {
        let body = "exec \"$DMAHEAP\" info -f 3 -J -o ACCESS,FLAGS,FD";
        let rows = dmaheap(["exec", "-s", "4k", "--access", mode, "--", "sh", "-c", body]).run().rows();
        assert_eq!(rows, [json!({"access": mode, "flags": flags, "fd": 3})]);
    }
}

#[test]
fn sizes_can_be_had_alone_for_scripts() {
    let body = "exec \"$DMAHEAP\" info -f 3 -bn -o SIZE";
    assert_eq!(dmaheap(["exec", "-s", "5000", "--", "sh", "-c", body]).run().success(), "8192\n");
}

#[test]
fn json_has_every_property_in_order() {
    let outcome = dmaheap(["exec", "-s", "4k", "--", "sh", "-c", "exec \"$DMAHEAP\" info -f 3 --json"]).run();
    assert_eq!(outcome.status, 0, "{}", outcome.transcript());
    let row = crate::support::rows(&outcome.stdout).remove(0);
    let keys: Vec<&String> = row.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "fd",
            "size",
            "inode",
            "name",
            "exporter",
            "flags",
            "access",
            "refs",
            "fds",
            "maps",
            "kernel",
            "devices",
            "by",
            "fences",
            "holders",
            "unreadable"
        ]
    );
    assert!(row["inode"].as_u64() > Some(0) && row["name"].is_null(), "{row}");
}

#[test]
fn file_other_than_a_dma_buf_is_named() {
    for (redirection, message) in [
        ("4</", "inspect fd 4: a directory (file system 0x"),
        ("4</dev/null", "inspect fd 4: character device 1:3 (file system 0x"),
        ("4</dev/dma_heap/system", "inspect fd 4: the node "),
        ("4<&-", "use fd 4: it is not open in this process (EBADF)\nhint: "),
        ("4<&0", "inspect fd 4: a pipe (file system 0x50495045), not a dma-buf\n"),
    ] {
        let stderr = script(&format!("exec \"$DMAHEAP\" info -f 4 {redirection}")).run().failure(1);
        assert!(stderr.starts_with(&format!("dmaheap: {message}")), "{stderr}");
    }
}

#[test]
fn a_descriptor_of_this_program_is_none_of_the_callers() {
    // Whatever it has opened itself by then, it was not inherited.
    for number in 3..8 {
        let stderr = script(&format!("exec \"$DMAHEAP\" info -f {number} {number}<&-")).run().failure(1);
        assert!(stderr.contains("it is not open in this process (EBADF)"), "{number}: {stderr}");
    }
}

#[test]
fn properties_can_be_listed_alone() {
    for verb in ["info", "verify"] {
        let listed = crate::support::bare([verb, "-H"]).run().success();
        assert!(listed.starts_with("COLUMN"), "{listed}");
    }
}

/// Holders, which `sim` cannot show: to /proc its buffers are memfds.
#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn references_and_holders_are_told() {
    let body = "exec \"$DMAHEAP\" info -f 3 -o NAME,EXPORTER";
    let named = dmaheap(["exec", "-s", "4k", "--name", "camera 0", "--", "sh", "-c", body]).run().success();
    assert_eq!(named, "NAME      camera 0\nEXPORTER  system\n");
    let body = "exec \"$DMAHEAP\" info -f 3 -o REFS,FDS,MAPS,KERNEL,HOLDERS";
    // exec becomes the tool, which is then the only holder.
    let alone = dmaheap(["exec", "-s", "4k", "--", "sh", "-c", body]).run().success();
    let (figures, holder) = alone.split_once("HOLDERS  ").expect("holders");
    assert_eq!(figures, "REFS     1\nFDS      1\nMAPS     0\nKERNEL   0\n");
    assert!(holder.ends_with(":dmaheap (1 fd, 0 mapped)\n"), "{holder}");
    let body = "exec 4<&3; \"$DMAHEAP\" info -f 3 -o REFS,KERNEL,HOLDERS 4<&-; exit $?";
    let shared = dmaheap(["exec", "-s", "4k", "--", "sh", "-c", body]).run().success();
    assert!(shared.starts_with("REFS     3\nKERNEL   0\nHOLDERS  "), "{shared}");
    assert!(shared.contains(":sh (2 fd, 0 mapped)\n") && shared.contains(":dmaheap (1 fd, 0 mapped)\n"), "{shared}");
}

/// Borrowing takes the right to trace, which only root has for sure.
mod borrowing {
    use crate::support::{bare, dmaheap};

    const USER: u32 = 1000;

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn pid_names_the_process_to_ask() {
        let body = "
            \"$DMAHEAP\" fill -p $$ -f 3 --pattern random --seed 5
            \"$DMAHEAP\" verify -p $$ -f 3 --pattern random --seed 5 -n -o DIFFERING 2>&-
            \"$DMAHEAP\" info -p $$ -f 3 -bn -o FD,SIZE
            exec \"$DMAHEAP\" info -p $$ -f 77";
        let outcome = dmaheap(["exec", "-s", "64k", "-c", "2", "--", "sh", "-c", body]).run();
        assert_eq!((outcome.stdout.as_str(), outcome.status), ("0\n3\n65536\n", 1));
        let (error, hint) = outcome.stderr.split_once('\n').expect("two lines");
        assert!(error.ends_with(": descriptor 77 is not open there (EBADF)"), "{error}");
        // exec has made the tool that process.
        assert_eq!(hint, "hint: its dma-buf descriptors: 3 4\n");
    }

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn the_dma_bufs_of_a_process_are_named_where_the_number_is_wrong() {
        let body = "sleep 1000 & exec 3<&- 4<&-; \"$DMAHEAP\" info -p $! -f 77; status=$?; kill $!; exit $status";
        let stderr = dmaheap(["exec", "-s", "4k", "-c", "2", "--", "sh", "-c", body]).run().failure(1);
        assert!(stderr.ends_with("hint: its dma-buf descriptors: 3 4\n"), "{stderr}");
    }

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn process_without_descriptors_is_reported() {
        // kthreadd.
        assert_eq!(
            bare(["fill", "-p", "2", "-f", "3", "--pattern", "zero"]).run().failure(1),
            "dmaheap: borrow from process 2: it has no descriptors: a kernel thread, or a process that has ended\n"
        );
        let body = "sh -c 'exit' & gone=$!; wait; exec \"$DMAHEAP\" dump -p $gone -f 3";
        let stderr = crate::support::script(body).run().failure(1);
        assert!(stderr.ends_with(": no such process (ESRCH)\n"), "{stderr}");
    }

    #[test]
    #[ignore = "needs a real kernel and root: tests/vm/run"]
    fn a_user_is_told_whose_process_it_is() {
        let stderr = bare(["verify", "-p", "1", "-f", "0", "--pattern", "zero"]).by_user(USER).run().failure(1);
        assert_eq!(
            stderr,
            "dmaheap: borrow from process 1: needs permission to ptrace process 1 (EPERM)\n\
             hint: it belongs to root and you are user, so CAP_SYS_PTRACE is needed: run as root, or have that process serve the buffer (dmaheap hold --listen) and use --from-socket\n"
        );
        // Root may, and finds out what it is.
        let stderr = bare(["info", "-p", "1", "-f", "0"]).run().failure(1);
        assert!(stderr.starts_with("dmaheap: ") && stderr.contains("process 1"), "{stderr}");
    }
}
