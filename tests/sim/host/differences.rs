//! What is not imitated, as dmaheap-sim(1) lists it, beyond what `answers` compares. One that goes away
//! is taken off the list.

use super::super::{script, sim};
use super::compiled;
use crate::support::bare;
use crate::sys::process::credentials::effective_user;
use std::os::unix::fs::{PermissionsExt, chown};

/// No machine has a heap of this name, so what is done to its path is done to nothing.
const OPTIONS: [&str; 1] = ["--heap=no machine has this"];
const NAME: &str = "no machine has this";

#[test]
fn a_program_can_tell_by_these() {
    let program = compiled("differences");
    let text = sim(&OPTIONS, &[program.to_str().expect("text"), NAME]).success();
    let old_mmap = if cfg!(target_arch = "x86_64") { "old-mmap-past-end=0\n" } else { "" };
    let expected = "sendfile=0\nflock=0\ndenywrite-past-end=0\n\
        link=/memfd:dmaheap-sim:no machine has this (deleted)\n\
        reopened-by-a-link=0\ntruncated-by-a-link=0\nfdinfo=0\n\
        resident-pages=1\ndofork=0\nremove=0\nremoved-byte=0\nmremap=0\n\
        path-node-read=-22\nshared-nonblock=1\n\
        chdir=-2\nchroot=-2\nmount=-2\nrename=-2\nunlink=-2\nchmod=-2\ninotify=-2\nexecve=-2\n\
        fchdir=0\ngetcwd=private\n";
    // Containers often forbid io_uring.
    let text = text.replace("io_uring=none", "io_uring=-2");
    assert_eq!(text, format!("{expected}io_uring=-2\n{old_mmap}"));
}

#[test]
fn listings_of_other_directories_and_links_elsewhere_are_the_kernels() {
    let listing = script(
        &OPTIONS,
        "link=$(mktemp -u); ln -s '/dev/dma_heap/no machine has this' $link; test -e $link || echo link; rm $link
         for place in /dev /sys/class /sys/dev/char /sys/devices/virtual; do
             ls $place | grep -q -e dma_heap -e 'no machine' || echo $place
         done
         grep NoNewPrivs /proc/self/status",
    );
    let text = listing.success();
    // A kernel with heaps of its own lists those.
    let expected = "link\n/dev\n/sys/class\n/sys/dev/char\n/sys/devices/virtual\nNoNewPrivs:\t1\n";
    let real = std::path::Path::new("/dev/dma_heap").exists();
    assert!(text == expected || real && text.starts_with("link\n"), "{text}");
}

/// A namespace of its own takes root, or a system that lets users have one.
#[test]
fn an_empty_dev_of_a_mount_namespace_has_the_heaps() {
    let text = "exec unshare -rm sh -c 'mount -t tmpfs none /dev && ls /dev && ls /dev/dma_heap && cd / && chroot . ls /dev/dma_heap'";
    let listing = script(&OPTIONS, text);
    // Where namespaces are forbidden nothing is to be seen.
    let expected = if listing.stderr.contains("unshare failed") { String::new() } else { format!("{NAME}\n{NAME}\n") };
    assert_eq!(listing.stdout, expected, "{}", listing.stderr);
}

fn is_root() -> bool {
    effective_user() == 0
}

#[test]
fn a_process_that_is_not_dumpable_sees_no_heaps_unless_root_looks() {
    let program = compiled("differences");
    let args = ["sim", OPTIONS[0], "--", program.to_str().expect("text"), NAME, "undumpable"];
    // Root may not have the capability that counts, and others may not be able to reach the program.
    let run = if is_root() { bare(args).by_user(65_534) } else { bare(args) };
    assert_eq!(run.run().success(), "undumpable=-2\n");
}

#[test]
fn setuid_bits_have_no_effect() {
    // By this the kernel ignores them (`mnt_may_suid`, bprm_fill_uid).
    let status = sim(&OPTIONS, &["grep", "NoNewPrivs", "/proc/self/status"]).success();
    assert_eq!(status, "NoNewPrivs:\t1\n");
    if !is_root() {
        // Nobody else can make a program of another user.
        return;
    }
    let place = tempfile::tempdir().expect("a temporary directory");
    let program = place.path().join("setuid");
    std::fs::copy(compiled("differences"), &program).expect("a copy");
    chown(&program, Some(65_534), None).expect("root may");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o4755)).expect("root may");
    let text = sim(&OPTIONS, &[program.to_str().expect("text"), NAME, "identity"]).success();
    assert_eq!(text, "0\n");
}
