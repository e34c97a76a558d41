//! File operations on a buffer, its mappings and its contents.

use super::case;
use crate::model::AccessMode::{Neither, ReadOnly, ReadWrite, WriteOnly};
use crate::model::{AccessMode, Operation, Release};
use crate::probe::case::{Case, CaseAction, Feature, FileAct, Map, Outcomes};
use crate::probe::custom;

const fn call(
    id: &'static str,
    sends: &'static str,
    access: AccessMode,
    operation: Operation,
    outcome: &'static str,
    function: &'static str,
) -> Case {
    case(id, sends, Outcomes::both(outcome), function, CaseAction::Buffer(access, 2, FileAct::Call(operation)))
}

const fn lseek(id: &'static str, sends: &'static str, offset: i64, whence: u32, outcome: &'static str) -> Case {
    call(id, sends, ReadWrite, Operation::Lseek { offset, whence }, outcome, "dma_buf_llseek")
}

const fn map(id: &'static str, sends: &'static str, access: AccessMode, map: Map, expected: Outcomes) -> Case {
    case(id, sends, expected, "dma_buf_mmap_internal", CaseAction::Buffer(access, 2, FileAct::Map(map)))
}

/// All of a buffer of two pages, shared, for reading and writing.
const WHOLE: Map = Map { pages: 2, first: 0, askew: 0, read: true, write: true, exec: false, shared: true };
const READ: Map = Map { write: false, ..WHOLE };
const WRITE: Map = Map { read: false, ..WHOLE };
const PRIVATE: Map = Map { shared: false, ..WHOLE };

const DONE: Outcomes = Outcomes::both("done").without(Feature::Mappings, "EINVAL");
const ZERO: Outcomes = Outcomes::both("zero").without(Feature::Mappings, "EINVAL");
/// Where buffers have to be filled before.
const ZERO_AGAIN: Outcomes = Outcomes::both("zero").without(Feature::Mappings, "not_sent fill buffers: EINVAL");
const EINVAL: Outcomes = Outcomes::both("EINVAL");
const EACCES: Outcomes = Outcomes::both("EACCES");

pub(super) const CASES: &[Case] = &[
    lseek("buffer_lseek_end", "lseek SEEK_END 0: the size", 0, 2, "done 2p"),
    lseek("buffer_lseek_set", "lseek SEEK_SET 0", 0, 0, "done 0p"),
    lseek("buffer_lseek_cur", "lseek SEEK_CUR 0", 0, 1, "EINVAL"),
    lseek("buffer_lseek_data", "lseek SEEK_DATA 0", 0, 3, "EINVAL"),
    lseek("buffer_lseek_hole", "lseek SEEK_HOLE 0", 0, 4, "EINVAL"),
    lseek("buffer_lseek_unknown", "lseek with whence 5", 0, 5, "EINVAL"),
    lseek("buffer_lseek_set_more", "lseek SEEK_SET 1", 1, 0, "EINVAL"),
    lseek("buffer_lseek_end_less", "lseek SEEK_END -1", -1, 2, "EINVAL"),
    call("buffer_read", "read of a buffer", ReadWrite, Operation::Read, "EINVAL", "vfs_read"),
    call("buffer_read_wronly", "read of a buffer that is write-only", WriteOnly, Operation::Read, "EBADF", "vfs_read"),
    call("buffer_write", "write to a buffer", ReadWrite, Operation::Write, "EINVAL", "vfs_write"),
    call(
        "buffer_write_rdonly",
        "write to a buffer that is read-only",
        ReadOnly,
        Operation::Write,
        "EBADF",
        "vfs_write",
    ),
    call("buffer_pread", "pread of a buffer", ReadWrite, Operation::Pread { offset: 0 }, "ESPIPE", "ksys_pread64"),
    call("buffer_pwrite", "pwrite to a buffer", ReadWrite, Operation::Pwrite { offset: 0 }, "ESPIPE", "ksys_pwrite64"),
    call(
        "buffer_ftruncate",
        "ftruncate of a buffer",
        ReadWrite,
        Operation::Ftruncate { len: 0 },
        "EINVAL",
        "do_ftruncate",
    ),
    call(
        "buffer_fallocate",
        "fallocate of a buffer",
        ReadWrite,
        Operation::Fallocate { mode: 0, offset: 0, len: 1 },
        "ENODEV",
        "vfs_fallocate",
    ),
    call("buffer_fsync", "fsync of a buffer", ReadWrite, Operation::Fsync, "EINVAL", "vfs_fsync_range"),
    call(
        "buffer_seals",
        "fcntl F_ADD_SEALS on a buffer",
        ReadWrite,
        Operation::AddSeals { seals: 2 },
        "EINVAL",
        "memfd_fcntl",
    ),
    call(
        "buffer_poll",
        "poll of an idle buffer for everything",
        ReadWrite,
        Operation::Poll { events: 0x1ff },
        "done 0x5",
        "dma_buf_poll",
    ),
    call("buffer_epoll", "epoll_ctl ADD of a buffer", ReadWrite, Operation::EpollAdd, "done", "do_epoll_ctl"),
    case(
        "buffer_reopen",
        "open of the buffer's link in /proc",
        Outcomes::both("ENXIO"),
        "no_open",
        CaseAction::Custom(custom::reopen),
    ),
    map("buffer_mmap", "a shared mapping of all of it", ReadWrite, WHOLE, DONE),
    map(
        "buffer_mmap_second_page",
        "a shared mapping of its second page",
        ReadWrite,
        Map { pages: 1, first: 1, ..WHOLE },
        DONE,
    ),
    map("buffer_mmap_too_long", "a shared mapping of a page too many", ReadWrite, Map { pages: 3, ..WHOLE }, EINVAL),
    map(
        "buffer_mmap_past_the_end",
        "a shared mapping that begins at its end",
        ReadWrite,
        Map { pages: 1, first: 2, ..WHOLE },
        EINVAL,
    ),
    map(
        "buffer_mmap_across_the_end",
        "a shared mapping that reaches over its end",
        ReadWrite,
        Map { first: 1, ..WHOLE },
        EINVAL,
    ),
    map("buffer_mmap_askew", "a shared mapping at an offset of one byte", ReadWrite, Map { askew: 1, ..WHOLE }, EINVAL),
    map("buffer_mmap_empty", "a shared mapping of no bytes", ReadWrite, Map { pages: 0, ..WHOLE }, EINVAL),
    map(
        "buffer_mmap_private_page",
        "a private mapping of one page",
        ReadWrite,
        Map { pages: 1, ..PRIVATE },
        DONE.cma("EINVAL").v12("EINVAL").since(&[(Release(5, 6), "EINVAL"), (Release(5, 11), "done")]),
    ),
    map(
        "buffer_mmap_private",
        "a private mapping of two pages",
        ReadWrite,
        PRIVATE,
        EINVAL.cma("EINVAL").since(&[(Release(6, 19), "done|EINVAL")]),
    ),
    map(
        "buffer_mmap_exec",
        "a shared mapping for execution",
        ReadWrite,
        Map { exec: true, ..READ },
        Outcomes::both("done|EPERM").without(Feature::Mappings, "EINVAL"),
    ),
    map("buffer_mmap_rdonly", "a shared mapping for reading of a buffer that is read-only", ReadOnly, READ, DONE),
    map(
        "buffer_mmap_write_rdonly",
        "a shared mapping for writing of a buffer that is read-only",
        ReadOnly,
        WHOLE,
        EACCES,
    ),
    map(
        "buffer_mmap_read_wronly",
        "a shared mapping for reading of a buffer that is write-only",
        WriteOnly,
        READ,
        EACCES,
    ),
    map(
        "buffer_mmap_write_wronly",
        "a shared mapping for writing of a buffer that is write-only",
        WriteOnly,
        WRITE,
        EACCES,
    ),
    map("buffer_mmap_accmode", "a shared mapping for reading of a buffer that is neither", Neither, READ, EACCES),
    case(
        "buffer_fstat",
        "fstat: size, mode, blocks",
        Outcomes::both("2p 0600 none"),
        "dma_buf_getfile",
        CaseAction::Custom(custom::stat),
    ),
    case(
        "buffer_fstatfs",
        "fstatfs: the magic number of dma-bufs",
        Outcomes::both("0x444d4142"),
        "simple_statfs",
        CaseAction::Custom(custom::file_system),
    ),
    case(
        "buffer_getfl",
        "fcntl F_GETFL of a buffer made O_RDWR|O_CLOEXEC",
        Outcomes::both("0x2"),
        "dma_buf_getfile",
        CaseAction::Custom(custom::status_flags),
    ),
    case(
        "buffer_zeroed",
        "the contents of 16 new buffers of a page",
        ZERO,
        "system_heap_allocate",
        CaseAction::Custom(custom::zeroed_small),
    ),
    case(
        "buffer_zeroed_large",
        "the contents of a new buffer of 1 MiB",
        ZERO,
        "system_heap_allocate",
        CaseAction::Custom(custom::zeroed_large),
    ),
    case(
        "buffer_zeroed_recycled",
        "the contents of 32 new buffers, after 32 were filled and freed",
        ZERO_AGAIN,
        "system_heap_allocate",
        CaseAction::Custom(custom::zeroed_recycled),
    ),
    case(
        "buffer_zeroed_recycled_large",
        "the contents of a new buffer of 1 MiB, after another was filled and freed, four times",
        ZERO_AGAIN,
        "system_heap_allocate",
        CaseAction::Custom(custom::zeroed_recycled_large),
    ),
    case(
        "buffer_outlives_fd",
        "a mapping written and read after its descriptor was closed",
        Outcomes::both("kept").without(Feature::Mappings, "EINVAL"),
        "dma_buf_release",
        CaseAction::Custom(custom::outlives_fd),
    ),
];
