//! A buffer: its ioctls, file operations, mappings and contents.

use super::row::{DONE, EACCES, EBADF, EFAULT, EINVAL, ENOTTY, ESPIPE, cases, same};
use crate::heap::MemoryKind;
use crate::model::AccessMode::{Neither, ReadOnly, ReadWrite, WriteOnly};
use crate::model::Operation::{
    AddSeals, EpollAdd, Fallocate, Fsync, Ftruncate, Lseek, Poll, Pread, Pwrite, Read, Write,
};
use crate::model::Release;
use crate::probe::case::CaseAction::{self, Call, Custom, Mmap, Send};
use crate::probe::case::OpenedFile::Buffer;
use crate::probe::case::{Case, Feature, Map, Outcomes};
use crate::probe::custom;
use crate::probe::request::BufferArgument::{Name, Sync, SyncFile};
use crate::probe::request::Placement::{Kernel, LastBytes, Null, Straddling};
use crate::probe::request::SyncFileFd::{self, Exported, Number};
use crate::probe::request::{FilesLimit, Placement, RawRequest};
use crate::uapi::dma_buf::{IOCTL_EXPORT_SYNC_FILE, IOCTL_IMPORT_SYNC_FILE, IOCTL_SYNC, SET_NAME_A, SET_NAME_B};
use crate::uapi::ioctl::{self, ioc};

const IOCTL: &str = "dma_buf_ioctl";
const SET_NAME: &str = "dma_buf_set_name";
const EXPORT: &str = "dma_buf_export_sync_file";
const IMPORT: &str = "dma_buf_import_sync_file";
const LLSEEK: &str = "dma_buf_llseek";
const MMAP: &str = "dma_buf_mmap_internal";
const ALLOCATE: &str = "system_heap_allocate";

/// The end of a CPU access that was never begun (`end_cpu_udmabuf`).
const ENDED: Outcomes = DONE.on(&[(MemoryKind::Udmabuf, "EINVAL")]);

const fn sync(flags: u64) -> RawRequest {
    RawRequest::of_buffer(IOCTL_SYNC, Sync(flags))
}

/// Another number, with the argument of DMA_BUF_IOCTL_SYNC.
const fn number(number: u32) -> RawRequest {
    RawRequest::of_buffer(number, Sync(3))
}

/// A name of `len` bytes and its NUL.
const fn name(len: usize) -> RawRequest {
    RawRequest::of_buffer(SET_NAME_B, Name(len))
}

const fn export(flags: u32) -> RawRequest {
    RawRequest::of_buffer(IOCTL_EXPORT_SYNC_FILE, SyncFile { flags, file: Number(-1) })
}

const fn import(flags: u32, file: SyncFileFd) -> RawRequest {
    RawRequest::of_buffer(IOCTL_IMPORT_SYNC_FILE, SyncFile { flags, file })
}

const SINCE_6_0: Outcomes = ENOTTY.without(Feature::SyncFile, "ENOTTY");
const FENCE_OK: Outcomes = SINCE_6_0.since(&[(Release(6, 0), "ok")]);
const FENCE_DONE: Outcomes = SINCE_6_0.since(&[(Release(6, 0), "done")]);
const FENCE_EINVAL: Outcomes = SINCE_6_0.since(&[(Release(6, 0), "EINVAL")]);
const FENCE_EMFILE: Outcomes = SINCE_6_0.since(&[(Release(6, 0), "EMFILE")]);
const FENCE_EFAULT: Outcomes = SINCE_6_0.since(&[(Release(6, 0), "EFAULT")]);

const fn lseek(offset: i64, whence: u32) -> CaseAction {
    Call(Buffer(ReadWrite), Lseek { offset, whence })
}

/// All of a buffer of two pages, shared, for reading and writing.
const WHOLE: Map = Map { pages: 2, first: 0, askew: 0, read: true, write: true, exec: false, shared: true };
const READ: Map = Map { write: false, ..WHOLE };
const WRITE: Map = Map { read: false, ..WHOLE };
const PRIVATE: Map = Map { shared: false, ..WHOLE };

/// `outcome`, but for a heap whose buffers cannot be mapped.
const fn mapped(outcome: &'static str) -> Outcomes {
    same(outcome).without(Feature::Mappings, "EINVAL")
}

const MAPPED: Outcomes = mapped("done");
/// `cma_heap_mmap` and `mmap_udmabuf` take shared mappings only.
const REFUSED: &[(MemoryKind, &str)] = &[(MemoryKind::Cma, "EINVAL"), (MemoryKind::Udmabuf, "EINVAL")];
/// `remap_pfn_range` of one page, since the heaps no longer share helpers that refuse.
const PRIVATE_PAGE: Outcomes = mapped("EINVAL").on(REFUSED).since(&[(Release(5, 11), "done")]);
const ZERO: Outcomes = mapped("zero");
/// Where buffers must be filled before.
const ZERO_AGAIN: Outcomes = same("zero").without(Feature::Mappings, "not_sent fill buffers: EINVAL");

pub(super) const CASES: &[Case] = cases! {
    "buffer_sync_00": "DMA_BUF_IOCTL_SYNC with flags 0", Send(sync(0)) => EINVAL, IOCTL;
    "buffer_sync_01": "DMA_BUF_IOCTL_SYNC with flags 1", Send(sync(1)) => DONE, IOCTL;
    "buffer_sync_02": "DMA_BUF_IOCTL_SYNC with flags 2", Send(sync(2)) => DONE, IOCTL;
    "buffer_sync_03": "DMA_BUF_IOCTL_SYNC with flags 3", Send(sync(3)) => DONE, IOCTL;
    "buffer_sync_04": "DMA_BUF_IOCTL_SYNC with flags 4", Send(sync(4)) => EINVAL, IOCTL;
    "buffer_sync_05": "DMA_BUF_IOCTL_SYNC with flags 5", Send(sync(5)) => ENDED, IOCTL;
    "buffer_sync_06": "DMA_BUF_IOCTL_SYNC with flags 6", Send(sync(6)) => ENDED, IOCTL;
    "buffer_sync_07": "DMA_BUF_IOCTL_SYNC with flags 7", Send(sync(7)) => ENDED, IOCTL;
    "buffer_sync_08": "DMA_BUF_IOCTL_SYNC with flags 8", Send(sync(8)) => EINVAL, IOCTL;
    "buffer_sync_09": "DMA_BUF_IOCTL_SYNC with flags 9", Send(sync(9)) => EINVAL, IOCTL;
    "buffer_sync_10": "DMA_BUF_IOCTL_SYNC with flags 10", Send(sync(10)) => EINVAL, IOCTL;
    "buffer_sync_11": "DMA_BUF_IOCTL_SYNC with flags 11", Send(sync(11)) => EINVAL, IOCTL;
    "buffer_sync_12": "DMA_BUF_IOCTL_SYNC with flags 12", Send(sync(12)) => EINVAL, IOCTL;
    "buffer_sync_13": "DMA_BUF_IOCTL_SYNC with flags 13", Send(sync(13)) => EINVAL, IOCTL;
    "buffer_sync_14": "DMA_BUF_IOCTL_SYNC with flags 14", Send(sync(14)) => EINVAL, IOCTL;
    "buffer_sync_15": "DMA_BUF_IOCTL_SYNC with flags 15", Send(sync(15)) => EINVAL, IOCTL;
    "buffer_sync_bit_04": "DMA_BUF_IOCTL_SYNC with flags 19", Send(sync(0x13)) => EINVAL, IOCTL;
    "buffer_sync_bit_31": "DMA_BUF_IOCTL_SYNC with flags 2147483651", Send(sync(0x8000_0003)) => EINVAL, IOCTL;
    "buffer_sync_bit_32": "DMA_BUF_IOCTL_SYNC with flags 4294967299", Send(sync(0x1_0000_0003)) => EINVAL, IOCTL;
    "buffer_sync_bit_63": "DMA_BUF_IOCTL_SYNC with flags 9223372036854775811",
        Send(sync(0x8000_0000_0000_0003)) => EINVAL, IOCTL;
    "buffer_sync_all": "DMA_BUF_IOCTL_SYNC with flags 18446744073709551615",
        Send(sync(0xffff_ffff_ffff_ffff)) => EINVAL, IOCTL;
    "buffer_sync_null": "DMA_BUF_IOCTL_SYNC with NULL", Send(sync(3).at(Null)) => EFAULT, IOCTL;
    "buffer_sync_read_only": "DMA_BUF_IOCTL_SYNC with flags in a page that can only be read",
        Send(sync(3).at(Placement::ReadOnly)) => DONE, IOCTL;
    "buffer_sync_straddling": "DMA_BUF_IOCTL_SYNC with half of the flags mapped",
        Send(sync(3).at(Straddling(4))) => EFAULT, IOCTL;
    "buffer_name_empty": "DMA_BUF_SET_NAME with an empty name", Send(name(0)) => DONE, SET_NAME;
    "buffer_name_longest": "DMA_BUF_SET_NAME with 31 bytes", Send(name(31)) => DONE, SET_NAME;
    "buffer_name_longest_a": "DMA_BUF_SET_NAME of 32-bit programs with 31 bytes",
        Send(RawRequest::of_buffer(SET_NAME_A, Name(31))) => DONE, SET_NAME;
    "buffer_name_too_long": "DMA_BUF_SET_NAME with 32 bytes", Send(name(32)) => EINVAL, SET_NAME;
    "buffer_name_at_the_end": "DMA_BUF_SET_NAME with a name that ends where its memory ends",
        Send(name(4).at(LastBytes)) => DONE, SET_NAME;
    "buffer_name_unterminated": "DMA_BUF_SET_NAME with a name whose NUL is not mapped",
        Send(name(8).at(Straddling(8))) => EFAULT, SET_NAME;
    "buffer_name_null": "DMA_BUF_SET_NAME with NULL", Send(name(0).at(Null)) => EFAULT, SET_NAME;
    "buffer_name_kernel": "DMA_BUF_SET_NAME with a kernel address",
        Send(name(0).at(Kernel)) => EFAULT, SET_NAME;
    "buffer_sync_other_size": "DMA_BUF_IOCTL_SYNC with a size of 4 bytes: a buffer compares the whole number",
        Send(number(ioc(ioctl::WRITE, b'b', 0, 4))) => same("ENOTTY"), IOCTL;
    "buffer_sync_both": "DMA_BUF_IOCTL_SYNC with both directions",
        Send(number(ioc(ioctl::READ | ioctl::WRITE, b'b', 0, 8))) => same("ENOTTY"), IOCTL;
    "buffer_unknown": "type b, number 255",
        Send(number(ioc(ioctl::READ | ioctl::WRITE, b'b', 255, 8))) => same("ENOTTY"), IOCTL;
    "buffer_export": "DMA_BUF_IOCTL_EXPORT_SYNC_FILE for reading and writing",
        Send(export(3)) => FENCE_OK, EXPORT;
    "buffer_export_no_flags": "DMA_BUF_IOCTL_EXPORT_SYNC_FILE with flags 0",
        Send(export(0)) => FENCE_EINVAL, EXPORT;
    "buffer_export_end": "DMA_BUF_IOCTL_EXPORT_SYNC_FILE with flags 4", Send(export(4)) => FENCE_EINVAL, EXPORT;
    "buffer_export_all_flags": "DMA_BUF_IOCTL_EXPORT_SYNC_FILE with flags 7", Send(export(7)) => FENCE_EINVAL, EXPORT;
    "buffer_export_files_full": "DMA_BUF_IOCTL_EXPORT_SYNC_FILE while no descriptor is free",
        Send(export(3).files(FilesLimit::Full)) => FENCE_EMFILE, EXPORT;
    "buffer_export_null": "DMA_BUF_IOCTL_EXPORT_SYNC_FILE with NULL",
        Send(export(3).at(Null)) => FENCE_EFAULT, EXPORT;
    "buffer_export_read_only": "DMA_BUF_IOCTL_EXPORT_SYNC_FILE with a struct that can only be read",
        Send(export(3).at(Placement::ReadOnly)) => FENCE_EFAULT, EXPORT;
    "buffer_import_none": "DMA_BUF_IOCTL_IMPORT_SYNC_FILE with descriptor -1",
        Send(import(3, Number(-1))) => FENCE_EINVAL, IMPORT;
    "buffer_import_other": "DMA_BUF_IOCTL_IMPORT_SYNC_FILE with a descriptor that is not a sync_file",
        Send(import(3, Number(0))) => FENCE_EINVAL, IMPORT;
    "buffer_import_no_flags": "DMA_BUF_IOCTL_IMPORT_SYNC_FILE of a real sync_file with flags 0",
        Send(import(0, Exported)) => FENCE_EINVAL, IMPORT;
    "buffer_import_end": "DMA_BUF_IOCTL_IMPORT_SYNC_FILE of a real sync_file with flags 7",
        Send(import(7, Exported)) => FENCE_EINVAL, IMPORT;
    "buffer_import_null": "DMA_BUF_IOCTL_IMPORT_SYNC_FILE with NULL",
        Send(import(3, Number(-1)).at(Null)) => FENCE_EFAULT, IMPORT;
    "buffer_import_exported": "a sync_file exported from a buffer and imported again",
        Send(import(3, Exported)) => FENCE_DONE, IMPORT;
    "buffer_lseek_end": "lseek SEEK_END 0: the size", lseek(0, 2) => same("done 2p"), LLSEEK;
    "buffer_lseek_set": "lseek SEEK_SET 0", lseek(0, 0) => same("done 0p"), LLSEEK;
    "buffer_lseek_cur": "lseek SEEK_CUR 0", lseek(0, 1) => EINVAL, LLSEEK;
    "buffer_lseek_data": "lseek SEEK_DATA 0", lseek(0, 3) => EINVAL, LLSEEK;
    "buffer_lseek_hole": "lseek SEEK_HOLE 0", lseek(0, 4) => EINVAL, LLSEEK;
    "buffer_lseek_unknown": "lseek with whence 5", lseek(0, 5) => EINVAL, LLSEEK;
    "buffer_lseek_set_more": "lseek SEEK_SET 1", lseek(1, 0) => EINVAL, LLSEEK;
    "buffer_lseek_end_less": "lseek SEEK_END -1", lseek(-1, 2) => EINVAL, LLSEEK;
    "buffer_read": "read of a buffer", Call(Buffer(ReadWrite), Read) => EINVAL, "vfs_read";
    "buffer_read_wronly": "read of a buffer that is write-only", Call(Buffer(WriteOnly), Read) => EBADF, "vfs_read";
    "buffer_write": "write to a buffer", Call(Buffer(ReadWrite), Write) => EINVAL, "vfs_write";
    "buffer_write_rdonly": "write to a buffer that is read-only", Call(Buffer(ReadOnly), Write) => EBADF, "vfs_write";
    "buffer_pread": "pread of a buffer", Call(Buffer(ReadWrite), Pread { offset: 0 }) => ESPIPE, "ksys_pread64";
    "buffer_pwrite": "pwrite to a buffer", Call(Buffer(ReadWrite), Pwrite { offset: 0 }) => ESPIPE, "ksys_pwrite64";
    "buffer_ftruncate": "ftruncate of a buffer",
        Call(Buffer(ReadWrite), Ftruncate { len: 0 }) => EINVAL, "do_ftruncate";
    "buffer_fallocate": "fallocate of a buffer",
        Call(Buffer(ReadWrite), Fallocate { mode: 0, offset: 0, len: 1 }) => same("ENODEV"), "vfs_fallocate";
    "buffer_fsync": "fsync of a buffer", Call(Buffer(ReadWrite), Fsync) => EINVAL, "vfs_fsync_range";
    "buffer_seals": "fcntl F_ADD_SEALS on a buffer",
        Call(Buffer(ReadWrite), AddSeals { seals: 2 }) => EINVAL, "memfd_fcntl";
    "buffer_poll": "poll of an idle buffer for everything",
        Call(Buffer(ReadWrite), Poll { events: 0x1ff }) => same("done 0x5"), "dma_buf_poll";
    "buffer_epoll": "epoll_ctl ADD of a buffer", Call(Buffer(ReadWrite), EpollAdd) => DONE, "do_epoll_ctl";
    "buffer_reopen": "open of the buffer's link in /proc", Custom(custom::reopen) => same("ENXIO"), "no_open";
    "buffer_mmap": "a shared mapping of all of it", Mmap(Buffer(ReadWrite), WHOLE) => MAPPED, MMAP;
    "buffer_mmap_second_page": "a shared mapping of its second page",
        Mmap(Buffer(ReadWrite), Map { pages: 1, first: 1, ..WHOLE }) => MAPPED, MMAP;
    "buffer_mmap_too_long": "a shared mapping of a page too many",
        Mmap(Buffer(ReadWrite), Map { pages: 3, ..WHOLE }) => EINVAL, MMAP;
    "buffer_mmap_past_the_end": "a shared mapping that begins at its end",
        Mmap(Buffer(ReadWrite), Map { pages: 1, first: 2, ..WHOLE }) => EINVAL, MMAP;
    "buffer_mmap_across_the_end": "a shared mapping that reaches over its end",
        Mmap(Buffer(ReadWrite), Map { first: 1, ..WHOLE }) => EINVAL, MMAP;
    "buffer_mmap_askew": "a shared mapping at an offset of one byte",
        Mmap(Buffer(ReadWrite), Map { askew: 1, ..WHOLE }) => EINVAL, MMAP;
    "buffer_mmap_empty": "a shared mapping of no bytes",
        Mmap(Buffer(ReadWrite), Map { pages: 0, ..WHOLE }) => EINVAL, MMAP;
    "buffer_mmap_private_page": "a private mapping of one page", Mmap(Buffer(ReadWrite), Map { pages: 1, ..PRIVATE })
            => PRIVATE_PAGE, MMAP;
    "buffer_mmap_private": "a private mapping of two pages", Mmap(Buffer(ReadWrite), PRIVATE)
            => EINVAL.on(REFUSED).since(&[(Release(6, 19), "done|EINVAL")]), MMAP;
    "buffer_mmap_exec": "a shared mapping for execution", Mmap(Buffer(ReadWrite), Map { exec: true, ..READ })
            => mapped("done|EPERM"), MMAP;
    "buffer_mmap_rdonly": "a shared mapping for reading of a buffer that is read-only",
        Mmap(Buffer(ReadOnly), READ) => MAPPED, MMAP;
    "buffer_mmap_write_rdonly": "a shared mapping for writing of a buffer that is read-only",
        Mmap(Buffer(ReadOnly), WHOLE) => EACCES, MMAP;
    "buffer_mmap_read_wronly": "a shared mapping for reading of a buffer that is write-only",
        Mmap(Buffer(WriteOnly), READ) => EACCES, MMAP;
    "buffer_mmap_write_wronly": "a shared mapping for writing of a buffer that is write-only",
        Mmap(Buffer(WriteOnly), WRITE) => EACCES, MMAP;
    "buffer_mmap_accmode": "a shared mapping for reading of a buffer that is neither",
        Mmap(Buffer(Neither), READ) => EACCES, MMAP;
    "buffer_fstat": "fstat: size, mode, blocks", Custom(custom::stat) => same("2p 0600 none"), "dma_buf_getfile";
    "buffer_inode": "the inode numbers of 8 buffers and of their duplicates",
        Custom(custom::inodes) => same("unique"), "dma_buf_getfile";
    "buffer_fstatfs": "fstatfs: the magic number of dma-bufs",
        Custom(custom::file_system) => same("0x444d4142"), "simple_statfs";
    "buffer_getfl": "fcntl F_GETFL of a buffer made O_RDWR|O_CLOEXEC",
        Custom(custom::status_flags) => same("0x2"), "dma_buf_getfile";
    "buffer_zeroed": "the contents of 16 new buffers of a page", Custom(custom::zeroed_small) => ZERO, ALLOCATE;
    "buffer_zeroed_large": "the contents of a new buffer of 1 MiB", Custom(custom::zeroed_large) => ZERO, ALLOCATE;
    "buffer_zeroed_recycled": "the contents of 32 new buffers, after 32 were filled and freed",
        Custom(custom::zeroed_recycled) => ZERO_AGAIN, ALLOCATE;
    "buffer_zeroed_recycled_large":
        "the contents of a new buffer of 1 MiB, after another was filled and freed, four times",
        Custom(custom::zeroed_recycled_large) => ZERO_AGAIN, ALLOCATE;
    "buffer_outlives_fd": "a mapping written and read after its descriptor was closed",
        Custom(custom::outlives_fd) => mapped("kept"), "dma_buf_release";
};
