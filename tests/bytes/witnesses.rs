//! What others say of the verbs on bytes: checksums of an earlier version, strace, the kernel's account of memory.

use super::with_buffer;
use crate::support::{binary, script};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::fs::{self, File};
use std::process::{Command, Stdio};

/// `prbs31` and `random` were also computed from their descriptions, by another program.
const CHECKSUMS: [(&str, &str); 11] = [
    ("zero", "de2f256064a0af797747c2b97505dc0b9f3df0de4f489eac731c23ae9ca9cc31"),
    ("ones", "71189f7fb6aed638640078fba3a35fda6c39c8962e74dcc75935aac948da9063"),
    ("byte=0x5a", "944044fe482bc4e91085c15c5a923a1b9e02eac98d3bce04997d6dbecd2a5b8d"),
    ("word=0xdeadbeef", "659ba1d23cd1bd2200058bb0468a3de3c145409523298432c901982cea28b8e6"),
    ("checkerboard --seed 42", "2f356de322231864dd34e80074f5f3b82ef75188589c07d0ad7d5a48723dbef1"),
    ("walking-ones --seed 42", "1d1d58ca842b9f3ddc233d6913d5018812a07ca6fff91d384ef24c3bea87eb1d"),
    ("walking-zeros --seed 42", "e742212c4e39404f6d7fe6f3b1131f4af5ec45542f053b07c4db6dc761685bba"),
    ("address --seed 42", "d3e75962e20bb1e9b2ca444f397332e31b07518cd5bf41154abeb6979a99707a"),
    ("increment --seed 42", "5e6506ee2ec18c6a70130d111a28e7afddf8beddfcc998d1dd705d9ccab19287"),
    ("prbs31 --seed 42", "fb2fa9fed89687661babe5b3eb6587da9883cc4bdd882f0c675aca6036ff62a6"),
    ("random --seed 42", "0e5b91bc7d562a42cf9c1651e215180a5002d483ad9952d13df6f19c962e3325"),
];

#[test]
fn patterns_are_those_of_every_version() {
    for (pattern, checksum) in CHECKSUMS {
        let body = format!(
            "\"$DMAHEAP\" fill -f 3 --pattern {pattern} && \"$DMAHEAP\" dump -f 3 | sha256sum | cut -d ' ' -f 1"
        );
        assert_eq!(with_buffer(&[], &body).run().success(), format!("{checksum}\n"), "{pattern}");
    }
}

/// The most anonymous memory that `dmaheap ARGS -f 0 --sync none` is seen to have, KiB, and its status. It works on a
/// file in memory, which is not counted.
fn anonymous_memory(memory: &File, args: &[&str]) -> (u64, Option<i32>) {
    let mut command = Command::new(binary());
    command.args(args).args(["-f", "0", "--sync", "none"]).env_clear();
    command.stdin(memory.try_clone().unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut most = 0;
    loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        most = most.max(line.map_or(0, |line| line.trim_end_matches("kB").trim().parse().unwrap()));
        if let Some(ended) = child.try_wait().unwrap() {
            return (most, ended.code());
        }
    }
}

#[test]
fn little_memory_is_needed_whatever_the_buffer() {
    const SIZE: u64 = 16 << 20;
    // KiB. Most of it are the stacks of 64 threads, which are larger where the tool is not optimized.
    const MOST: u64 = 10 * 1024;
    let memory = File::from(memfd_create("memory", MFdFlags::MFD_CLOEXEC).unwrap());
    memory.set_len(SIZE).unwrap();
    for (args, status) in [
        (&["fill", "--pattern", "checkerboard", "--jobs", "64"][..], 0),
        // Every other word differs, so each is a run of its own.
        (&["verify", "--pattern", "byte=0x55", "--jobs", "64", "--extents", "4096"], 3),
        (&["fill", "--pattern", "random"], 0),
        (&["load", "/dev/zero"], 0),
        (&["dump"], 0),
        (&["dump", "--hex", "--length", "1M"], 0),
    ] {
        let (most, ended) = anonymous_memory(&memory, args);
        assert_eq!(ended, Some(status), "{args:?}");
        assert!((1..=MOST).contains(&most), "{args:?}: {most} KiB");
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn as_many_brackets_are_sent_as_were_asked_for() {
    for verb in ["fill --pattern zero", "verify --pattern zero", "load /dev/zero", "dump"] {
        for (sync, count) in [("both", 2), ("start", 1), ("end", 1), ("none", 0)] {
            // strace writes the request as a number then: DMA_BUF_IOCTL_SYNC.
            let body = format!(
                "strace -f -e trace=ioctl -e raw=ioctl -o /tmp/trace \"$DMAHEAP\" {verb} -f 3 --sync {sync} >/dev/null 2>&1; echo $?\n\
                 grep -c 'ioctl(0x3, 0x40086200, .*) = 0' /tmp/trace; rm /tmp/trace"
            );
            assert_eq!(with_buffer(&[], &body).run().success(), format!("0\n{count}\n"), "{verb} {sync}");
        }
    }
}

#[test]
#[ignore = "needs a real kernel and root: tests/vm/run"]
fn a_time_is_asked_of_the_kernel_exactly() {
    for (time, asked) in [("250ms", "tv_sec=0, tv_nsec=250000000"), ("1.5", "tv_sec=1, tv_nsec=500000000")] {
        let run = script(&format!(
            "strace -e trace=timerfd_settime -o /tmp/trace \"$DMAHEAP\" hold -s 4k --for {time} >/dev/null 2>&1; echo $?\n\
             grep -c 'it_value={{{asked}}}' /tmp/trace; grep -c timerfd_settime /tmp/trace; rm /tmp/trace"
        ));
        assert_eq!(run.run().success(), "0\n1\n1\n", "{time}");
    }
}
