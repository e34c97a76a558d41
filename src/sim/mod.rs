//! A simulation of the heaps framework for any unprivileged command.
//!
//! The command runs under a seccomp filter that hands some of its system calls to this process, the
//! supervisor, which answers those that concern heaps by the rules of [`model`](crate::model) and lets
//! the kernel perform all others. It is a test double: it refuses to be taken for a security boundary,
//! and it says by [`WITNESS`](crate::machine::simulation::WITNESS) that it is there.
//!
//! What stands in for what: for an opened node, a Landlock ruleset that is never enforced, whose own
//! answers to read, write, lseek, mmap and poll are a heap's; for a buffer, a memfd; for a directory, a
//! private one. read(2) and write(2) are never trapped.

mod budget;
mod caller;
mod calls;
mod children;
mod descendants;
mod device_list;
mod entry;
mod faults;
mod files;
mod filter;
mod foreign;
mod front;
mod heaps;
mod how;
mod ioctl;
mod layout;
mod look;
mod mirror;
mod news;
mod opened;
mod options;
mod paths;
mod start;
mod supervisor;
mod tree;
mod walk;

pub use faults::{Fault, Rule};
pub use front::run;
pub use options::{Backing, DEFAULT_CAPACITY, HeapKind, HeapOption, Options};
pub use start::{End, Failure};
