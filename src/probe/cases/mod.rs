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
mod udmabuf;

pub(super) use row::DRIVER;

use super::case::{Case, CaseAction, CaseGroup, OpenedFile};
use crate::heap::MemoryKind;
use crate::model::AccessMode;

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
    CaseGroup { name: BUFFER, about: "ioctls and file operations on a buffer, its contents", cases: buffer::CASES },
    CaseGroup { name: "compat", about: "the entry for 32-bit programs", cases: compat::CASES },
    CaseGroup { name: RACE, about: "threads that change what the kernel reads", cases: races::CASES },
    CaseGroup { name: UDMABUF, about: "how udmabuf makes buffers of memfds", cases: udmabuf::CASES },
    CaseGroup { name: UNSAFE, about: "lengths that trigger the OOM killer", cases: harmful::CASES },
];

/// The group that needs a buffer and not the requests of heaps.
const BUFFER: &str = "buffer";

/// The group about the requests of udmabuf.
const UDMABUF: &str = "udmabuf";

/// The group whose answers depend on what comes first.
pub(super) const RACE: &str = "race";

/// The group that is run with `--unsafe` only.
pub(crate) const UNSAFE: &str = "unsafe";

/// Every case with the name of its group.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static Case)> {
    GROUPS.iter().flat_map(|group| group.cases.iter().map(|case| (group.name, case)))
}

/// Whether this kind of memory can be asked for what the case is about. All buffers of udmabuf are open for reading and
/// writing.
pub(crate) fn applies((group, case): (&str, &Case), kind: MemoryKind) -> bool {
    let is_udmabuf = kind == MemoryKind::Udmabuf;
    match (group, case.action) {
        (UDMABUF, _) => is_udmabuf,
        (BUFFER, CaseAction::Call(OpenedFile::Buffer(access), _) | CaseAction::Mmap(OpenedFile::Buffer(access), _)) => {
            !is_udmabuf || access == AccessMode::ReadWrite
        }
        (BUFFER, _) => true,
        _ => !is_udmabuf,
    }
}

#[cfg(test)]
mod tests;
