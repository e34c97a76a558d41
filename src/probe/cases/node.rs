//! File operations on the node.

use super::case;
use crate::model::AccessMode::{ReadOnly, ReadWrite, WriteOnly};
use crate::model::{AccessMode, Operation};
use crate::probe::case::{Case, CaseAction, FileAct, Map, Outcomes};
use crate::probe::custom;

const fn call(
    id: &'static str,
    sends: &'static str,
    access: AccessMode,
    operation: Operation,
    outcome: &'static str,
    function: &'static str,
) -> Case {
    case(id, sends, Outcomes::both(outcome), function, CaseAction::Node(access, FileAct::Call(operation)))
}

const fn map(
    id: &'static str,
    sends: &'static str,
    access: AccessMode,
    write: bool,
    shared: bool,
    outcome: &'static str,
) -> Case {
    let map = Map { pages: 1, first: 0, askew: 0, read: !write, write, exec: false, shared };
    case(id, sends, Outcomes::both(outcome), "do_mmap", CaseAction::Node(access, FileAct::Map(map)))
}

pub(super) const CASES: &[Case] = &[
    call("node_read", "read of a node opened O_RDONLY", ReadOnly, Operation::Read, "EINVAL", "vfs_read"),
    call("node_read_wronly", "read of a node opened O_WRONLY", WriteOnly, Operation::Read, "EBADF", "vfs_read"),
    call("node_write", "write to a node opened O_RDWR", ReadWrite, Operation::Write, "EINVAL", "vfs_write"),
    call("node_write_rdonly", "write to a node opened O_RDONLY", ReadOnly, Operation::Write, "EBADF", "vfs_write"),
    call("node_pread", "pread of a node", ReadOnly, Operation::Pread { offset: 0 }, "ESPIPE", "ksys_pread64"),
    call(
        "node_pread_negative",
        "pread at offset -1",
        ReadOnly,
        Operation::Pread { offset: -1 },
        "EINVAL",
        "ksys_pread64",
    ),
    call(
        "node_pwrite",
        "pwrite to a node opened O_RDWR",
        ReadWrite,
        Operation::Pwrite { offset: 0 },
        "ESPIPE",
        "ksys_pwrite64",
    ),
    call(
        "node_lseek_set",
        "lseek SEEK_SET 0",
        ReadOnly,
        Operation::Lseek { offset: 0, whence: 0 },
        "ESPIPE",
        "nonseekable_open",
    ),
    call(
        "node_lseek_cur",
        "lseek SEEK_CUR 0",
        ReadOnly,
        Operation::Lseek { offset: 0, whence: 1 },
        "ESPIPE",
        "nonseekable_open",
    ),
    call(
        "node_lseek_end",
        "lseek SEEK_END 0",
        ReadOnly,
        Operation::Lseek { offset: 0, whence: 2 },
        "ESPIPE",
        "nonseekable_open",
    ),
    call(
        "node_lseek_unknown",
        "lseek with whence 5",
        ReadOnly,
        Operation::Lseek { offset: 0, whence: 5 },
        "EINVAL",
        "ksys_lseek",
    ),
    map("node_mmap", "a shared mapping for reading", ReadOnly, false, true, "ENODEV"),
    map("node_mmap_private", "a private mapping for reading", ReadOnly, false, false, "ENODEV"),
    map("node_mmap_write", "a shared mapping for writing of a node opened O_RDWR", ReadWrite, true, true, "ENODEV"),
    map(
        "node_mmap_write_rdonly",
        "a shared mapping for writing of a node opened O_RDONLY",
        ReadOnly,
        true,
        true,
        "EACCES",
    ),
    map("node_mmap_wronly", "a shared mapping for reading of a node opened O_WRONLY", WriteOnly, false, true, "EACCES"),
    call(
        "node_poll",
        "poll for everything: always ready",
        ReadOnly,
        Operation::Poll { events: 0x1ff },
        "done 0x145",
        "do_pollfd",
    ),
    call("node_epoll", "epoll_ctl ADD", ReadOnly, Operation::EpollAdd, "EPERM", "do_epoll_ctl"),
    call("node_fsync", "fsync", ReadOnly, Operation::Fsync, "EINVAL", "vfs_fsync_range"),
    call(
        "node_ftruncate",
        "ftruncate of a node opened O_RDWR",
        ReadWrite,
        Operation::Ftruncate { len: 0 },
        "EINVAL",
        "do_ftruncate",
    ),
    call(
        "node_fallocate",
        "fallocate of a node opened O_RDWR",
        ReadWrite,
        Operation::Fallocate { mode: 0, offset: 0, len: 1 },
        "ENODEV",
        "vfs_fallocate",
    ),
    call("node_get_seals", "fcntl F_GET_SEALS", ReadOnly, Operation::GetSeals, "EINVAL", "memfd_fcntl"),
    case(
        "node_unused_minor",
        "open of a device number that no heap has, by a node on a file system that is mounted nowhere",
        Outcomes::both("ENXIO"),
        "chrdev_open",
        CaseAction::Custom(custom::unused_minor),
    ),
];
