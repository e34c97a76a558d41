//! A simulation of the heaps framework for any unprivileged command.
//!
//! The command runs under a seccomp filter that hands some of its system calls to the supervisor, a process of its own.
//! That answers those which concern heaps by the rules of [`model`](crate::model) and lets the kernel perform all others.
//! It is a test double and no security boundary; by [`MARKER`](crate::host::simulation::MARKER) a program finds out
//! that it is simulated. Begin with `supervisor.rs`, which names what answers depend on, and `handlers/mod.rs`, which
//! answers. `front.rs` is the process that the user's shell sees, `start.rs` starts the command, `workers.rs` has the
//! threads that receive calls, `syscall` reads them, and `vfs` knows the objects that they name.
//!
//! For an opened node a caller gets a Landlock ruleset that is never enforced, whose own answers to read, write, lseek,
//! mmap and poll are a heap's; for a buffer a memfd; for a directory a private one. read(2) and write(2) are never trapped.
//!
//! **Locks.** Several threads answer, and a caller can keep one of them for ever: by a page of its memory that is never
//! delivered, by a file system that it serves, by not reading what is reported to it. So no lock is held while a
//! caller's memory or files are touched or something is reported. `SimulatedHeaps` and `OpenFiles` have a lock each for their own
//! state; no thread holds two.
//!
//! **Rights**, of all that is answered from outside:
//!
//! | what | how it comes about | whose rights |
//! |---|---|---|
//! | every call on a path or a descriptor that is not the simulator's | the kernel performs it | the caller's |
//! | open of a node, access of an object of the tree | from `vfs/tree.rs`, which has mode and owner | the caller's; access(2) asks for its real user |
//! | stat, statfs, readlink, truncate of an object of the tree | from `vfs/tree.rs`, without looking at anything | anybody's |
//! | listing and reading a directory or file of the tree | the private copy is opened (`vfs/backing.rs`) | anybody's: it holds what the tree says |
//! | /proc/devices | read by the supervisor, a line added | anybody's: mode 0444 |
//! | statfs of an object | that of /dev or /sys as the supervisor sees them | anybody's |
//! | what is on the way along a path (`vfs/external.rs`) | looked up, `O_PATH`, from the caller's root directory | the caller's, taken over by a thread (`sys/sim/impersonation.rs`) |
//! | what lies behind the simulator's directories (`handlers/outside.rs`): stat, statfs, access, readlink, open of a directory | as before; a directory alone is opened | the caller's; access(2) asks for its real user |
//! | the same: open of anything else, truncate | EOPNOTSUPP, or the kernel's refusal | nobody's |
//! | the link of /proc to a descriptor of its own | read by the supervisor | the caller's: it is its own |
//! | the link of /proc to a descriptor of another process | read as what is on the way | the caller's |
//! | ioctl, mmap, fstat, lseek, fcntl… on a heap or a buffer | by [`model`](crate::model), from the descriptor's access mode | whoever has the descriptor |
//! | memory of the caller | read and written as its own pages allow (process_vm_readv(2)) | the caller's |
//! | memory of a buffer | a memfd of the supervisor, within its budget | the supervisor's |
//!
//! What a caller's rights are: the user and groups of the file system, effective capabilities unless its user namespace
//! is another one, and the label of a security module; where they cannot be taken over, the answer is EACCES. A Landlock
//! domain that a command has made for itself cannot be seen from outside: it does not bind what is looked up here.

mod accounts;
mod budget;
mod caller;
mod children;
mod descendants;
mod faults;
mod front;
mod handlers;
mod heaps;
pub(crate) mod messages;
mod next_fd;
mod options;

mod start;
mod supervisor;
mod syscall;
mod vfs;
mod workers;

pub(crate) use faults::{InjectedFault, Rule};
pub(crate) use front::run;
pub(crate) use messages::RunFailure;
pub(crate) use options::{Backing, DEFAULT_CAPACITY, HeapKind, HeapOption, NodePermissions, Options};
