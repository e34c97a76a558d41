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

use super::case::{Case, CaseAction, CaseGroup, Outcomes};
use super::request::RawRequest;

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
    CaseGroup { name: "race", about: "threads that change what the kernel reads", cases: races::CASES },
    CaseGroup { name: UNSAFE, about: "lengths that let the OOM killer loose", cases: harmful::CASES },
];

/// The group that is run with `--unsafe` only.
pub(crate) const UNSAFE: &str = "unsafe";

/// Every case with the name of its group.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static Case)> {
    GROUPS.iter().flat_map(|group| group.cases.iter().map(|case| (group.name, case)))
}

const fn case(
    id: &'static str,
    sends: &'static str,
    expected: Outcomes,
    function: &'static str,
    act: CaseAction,
) -> Case {
    Case { id, sends, expected, function, act }
}

const fn send(
    id: &'static str,
    sends: &'static str,
    request: RawRequest,
    expected: Outcomes,
    function: &'static str,
) -> Case {
    case(id, sends, expected, function, CaseAction::Send(request))
}

/// Mainline's driver, and what v12 is called by.
pub(super) const DRIVER: &str = "dma_heap_ioctl";
const FIELDS: &str = "dma_heap_ioctl_allocate";
const LENGTH: &str = "dma_heap_buffer_alloc";

const OK: Outcomes = Outcomes::both("ok");
const EINVAL: Outcomes = Outcomes::both("EINVAL");
/// What mainline takes and v12 does not know.
const OK_BUT_UNKNOWN: Outcomes = Outcomes::of("ok", "ENOTTY");
const UNKNOWN: Outcomes = Outcomes::of("EINVAL", "ENOTTY");
/// What mainline takes for an allocation, whose descriptor it tells nobody.
const HIDDEN: Outcomes = Outcomes::of("ok+hidden_fd", "ENOTTY");

#[cfg(test)]
mod tests;
