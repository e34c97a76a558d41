//! `--mode` and `--owner`: who may open a heap.

use crate::support::{Outcome, bare};

const USER: u32 = 65_534;

/// A shell script of a user who is not root.
fn script(options: &str, text: &str) -> Outcome {
    let mut args = vec!["sim", "--heap", "system"];
    args.extend(options.split_whitespace());
    args.extend(["--", "/bin/sh", "-c", text]);
    bare(args).by_user(USER).run()
}

#[test]
fn stat_access_and_open_of_a_node_agree_with_its_mode_and_owner() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    // What is opened for reading, for writing, and for both.
    let text = "cd /; for how in -r -w; do test $how /dev/dma_heap/system && printf '%s ' $how; done
        for how in '<' '>' '<>'; do (eval \"exec 3${how}/dev/dma_heap/system\") 2>/dev/null && printf '%s ' \"$how\"; done
        stat -c '%a %u:%g' /dev/dma_heap/system";
    for (options, expected) in [
        ("", "-r -w < > <> 666 0:0"),
        ("--mode 0600", "600 0:0"),
        ("--mode 0600 --owner 65534", "-r -w < > <> 600 65534:0"),
        ("--mode 0440 --owner 0:65534", "-r < 440 0:65534"),
        ("--mode 0660 --owner 0:65534", "-r -w < > <> 660 0:65534"),
        // Who is in the group is not among the others.
        ("--mode 0606 --owner 0:65534", "606 0:65534"),
        ("--mode 0066 --owner 65534", "66 65534:0"),
    ] {
        let outcome = script(options, text);
        assert_eq!(outcome.success(), format!("{expected}\n"), "{options}");
    }
}

#[test]
fn who_may_not_open_a_heap_is_told_why_and_what_helps() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let run = |text: &str| script("--mode 0600", &format!("exec \"$DMAHEAP\" {text}"));
    assert_eq!(run("list -n -o NAME,MODE,ACCESS").stdout, "system  crw-------  EACCES\n");
    let alloc = run("alloc -s 4k").failure(1);
    assert!(alloc.starts_with("dmaheap: open heap system: permission denied (EACCES)"), "{alloc}");
    assert!(alloc.contains("hint: "), "{alloc}");
    let doctor = run("doctor");
    assert_eq!(doctor.status, 1, "{}", doctor.stdout);
    assert!(doctor.stdout.contains("0600 root:root; you are nobody"), "{}", doctor.stdout);
}

#[test]
fn the_owner_of_a_simulated_node_is_a_number_and_its_mode_octal() {
    let refused = |option: &str, value: &str| bare(["sim", option, value, "--", "true"]).run().failure(125);
    for mode in ["", "8", "0o600", "+600", "1000", "rw"] {
        assert!(refused("--mode", mode).contains("expected an octal number from 0 to 0777"), "{mode}");
    }
    for owner in ["", "root", "0:", ":0", "-1", "4294967295", "0:0:0"] {
        assert!(refused("--owner", owner).contains("expected a user's number"), "{owner}");
    }
}
