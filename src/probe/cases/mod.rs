//! The table: every case of every group. Running, `--list-cases`, the manual and the tests go by it.

mod buffer;
mod compat;
mod fields;
mod flags;
mod harmful;
mod limits;
mod node;
mod pointer;
mod races;
mod request;
mod row;
mod target;

pub(super) use row::DRIVER;

use super::case::{Case, CaseGroup};

/// All cases, in the order in which they are run.
pub(crate) const GROUPS: &[CaseGroup] = &[
    CaseGroup { name: "fd_flags", about: "the flags of the new descriptor, bit by bit", cases: flags::FD_FLAGS },
    CaseGroup { name: "heap_flags", about: "the heap's flags, bit by bit", cases: flags::HEAP_FLAGS },
    CaseGroup { name: "fd_field", about: "the field that the kernel fills", cases: fields::FD_FIELD },
    CaseGroup { name: "reserved", about: "bytes behind mainline's struct", cases: fields::RESERVED },
    CaseGroup { name: "len", about: "lengths that are rounded, empty or wrap", cases: fields::LEN },
    CaseGroup { name: "request", about: "number, type, direction and size", cases: request::CASES },
    CaseGroup { name: "pointer", about: "where the struct is", cases: pointer::CASES },
    CaseGroup { name: "target", about: "what the request is sent to", cases: target::CASES },
    CaseGroup { name: "node", about: "file operations on the node", cases: node::CASES },
    CaseGroup { name: "limits", about: "RLIMIT_NOFILE, many nodes, many buffers", cases: limits::CASES },
    CaseGroup { name: "buffer", about: "ioctls and file operations on a buffer, its contents", cases: buffer::CASES },
    CaseGroup { name: "compat", about: "the entry for 32-bit programs", cases: compat::CASES },
    CaseGroup { name: RACE, about: "threads that change what the kernel reads", cases: races::CASES },
    CaseGroup { name: UNSAFE, about: "lengths that trigger the OOM killer", cases: harmful::CASES },
];

/// The group whose answers depend on what comes first.
pub(super) const RACE: &str = "race";

/// The group that is run with `--unsafe` only.
pub(crate) const UNSAFE: &str = "unsafe";

/// Every case with the name of its group.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static Case)> {
    GROUPS.iter().flat_map(|group| group.cases.iter().map(|case| (group.name, case)))
}

#[cfg(test)]
mod tests;
