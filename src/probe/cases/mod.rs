//! The table: every case of every group. Running, `--list-cases`, the manual and the tests go by it.

mod buffer;
mod buffer_file;
mod compat;
mod fields;
mod flags;
mod harmful;
mod limits;
mod node;
mod pointer;
mod races;
mod request;
mod target;

use super::case::{Act, Case, Expected, Group};
use super::shot::Shot;

/// All cases, in the order in which they are run.
pub(crate) const GROUPS: &[Group] = &[
    Group { name: "fd_flags", about: "the flags of the new descriptor, bit by bit", cases: flags::FD_FLAGS },
    Group { name: "heap_flags", about: "the heap's flags, bit by bit", cases: flags::HEAP_FLAGS },
    Group { name: "fd_field", about: "the field that the kernel fills", cases: fields::FD_FIELD },
    Group { name: "reserved", about: "bytes behind mainline's struct", cases: fields::RESERVED },
    Group { name: "len", about: "lengths that are rounded, empty or wrap", cases: fields::LEN },
    Group { name: "request", about: "number, type, direction and size", cases: request::CASES },
    Group { name: "pointer", about: "where the struct is", cases: pointer::CASES },
    Group { name: "target", about: "what the request is sent to", cases: target::CASES },
    Group { name: "node", about: "file operations on the node", cases: node::CASES },
    Group { name: "limits", about: "RLIMIT_NOFILE, many nodes, many buffers", cases: limits::CASES },
    Group { name: "buffer", about: "ioctls and file operations on a buffer, its contents", cases: buffer::CASES },
    Group { name: "compat", about: "the entry for 32-bit programs", cases: compat::CASES },
    Group { name: "race", about: "threads that change what the kernel reads", cases: races::CASES },
    Group { name: UNSAFE, about: "lengths that let the OOM killer loose", cases: harmful::CASES },
];

/// The group that is run with `--unsafe` only.
pub(crate) const UNSAFE: &str = "unsafe";

/// Every case with the name of its group.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static Case)> {
    GROUPS.iter().flat_map(|group| group.cases.iter().map(|case| (group.name, case)))
}

const fn case(id: &'static str, sends: &'static str, expected: Expected, function: &'static str, act: Act) -> Case {
    Case { id, sends, expected, function, act }
}

const fn send(id: &'static str, sends: &'static str, shot: Shot, expected: Expected, function: &'static str) -> Case {
    case(id, sends, expected, function, Act::Send(shot))
}

/// Mainline's driver, and what v12 is called by.
pub(super) const DRIVER: &str = "dma_heap_ioctl";
const FIELDS: &str = "dma_heap_ioctl_allocate";
const LENGTH: &str = "dma_heap_buffer_alloc";

const OK: Expected = Expected::both("ok");
const EINVAL: Expected = Expected::both("EINVAL");
/// What mainline takes and v12 does not know.
const OK_BUT_UNKNOWN: Expected = Expected::of("ok", "ENOTTY");
const UNKNOWN: Expected = Expected::of("EINVAL", "ENOTTY");
/// What mainline takes for an allocation, whose descriptor it tells nobody.
const HIDDEN: Expected = Expected::of("ok+hidden_fd", "ENOTTY");

#[cfg(test)]
mod tests;
