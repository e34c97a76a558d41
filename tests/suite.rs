//! The one test binary: a file per verb.
//!
//! The same bodies run on two grounds: on a real kernel in the virtual machine (`tests/vm/run`), and
//! elsewhere under `dmaheap sim`. Tests in `host` need the source tree and run outside the machine only;
//! tests that cannot be true under `sim` are ignored there with that reason, and a skip in the machine
//! is a failure.

#![allow(clippy::unwrap_used, reason = "a panic is how a test reports")]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

#[path = "../src/sys/mod.rs"]
#[expect(dead_code, reason = "the suite needs a part of it")]
mod sys;
/// The kernel's headers and system calls, compiled into the suite: the library shows only its command line.
#[path = "../src/uapi/mod.rs"]
#[expect(dead_code, reason = "the suite needs a part of it")]
mod uapi;

mod support;

mod alloc;
mod answers;
mod bench;
mod buffers;
mod bytes;
mod cgroup;
mod doctor;
mod examples;
mod exec;
mod fence;
mod folding;
mod handover;
mod hold;
mod host;
mod import;
mod info;
mod kernel;
mod limits;
mod list;
mod many;
mod mutated;
mod probe;
mod readme;
mod sim;
mod storm;
mod streams;
mod stress;
mod udmabuf;
mod unreadable;
mod usage;
mod which_heap;
