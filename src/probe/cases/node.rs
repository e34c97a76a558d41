//! File operations on the node.

use super::row::{EACCES, EBADF, EINVAL, ESPIPE, cases, same};
use crate::model::AccessMode::{ReadOnly, ReadWrite, WriteOnly};
use crate::model::Operation::{
    EpollAdd, Fallocate, Fsync, Ftruncate, GetSeals, Lseek, Poll, Pread, Pwrite, Read, Write,
};
use crate::probe::case::CaseAction::{Call, Custom, Mmap};
use crate::probe::case::OpenedFile::Node;
use crate::probe::case::{Case, Map, Outcomes};
use crate::probe::custom;

const ENODEV: Outcomes = same("ENODEV");

/// A shared mapping of one page.
const READ: Map = Map { pages: 1, first: 0, askew: 0, read: true, write: false, exec: false, shared: true };
const WRITE: Map = Map { read: false, write: true, ..READ };

pub(super) const CASES: &[Case] = cases! {
    "node_read": "read of a node opened O_RDONLY", Call(Node(ReadOnly), Read) => EINVAL, "vfs_read";
    "node_read_wronly": "read of a node opened O_WRONLY", Call(Node(WriteOnly), Read) => EBADF, "vfs_read";
    "node_write": "write to a node opened O_RDWR", Call(Node(ReadWrite), Write) => EINVAL, "vfs_write";
    "node_write_rdonly": "write to a node opened O_RDONLY", Call(Node(ReadOnly), Write) => EBADF, "vfs_write";
    "node_pread": "pread of a node", Call(Node(ReadOnly), Pread { offset: 0 }) => ESPIPE, "ksys_pread64";
    "node_pread_negative": "pread at offset -1", Call(Node(ReadOnly), Pread { offset: -1 }) => EINVAL, "ksys_pread64";
    "node_pwrite": "pwrite to a node opened O_RDWR",
        Call(Node(ReadWrite), Pwrite { offset: 0 }) => ESPIPE, "ksys_pwrite64";
    "node_lseek_set": "lseek SEEK_SET 0",
        Call(Node(ReadOnly), Lseek { offset: 0, whence: 0 }) => ESPIPE, "nonseekable_open";
    "node_lseek_cur": "lseek SEEK_CUR 0",
        Call(Node(ReadOnly), Lseek { offset: 0, whence: 1 }) => ESPIPE, "nonseekable_open";
    "node_lseek_end": "lseek SEEK_END 0",
        Call(Node(ReadOnly), Lseek { offset: 0, whence: 2 }) => ESPIPE, "nonseekable_open";
    "node_lseek_unknown": "lseek with whence 5",
        Call(Node(ReadOnly), Lseek { offset: 0, whence: 5 }) => EINVAL, "ksys_lseek";
    "node_mmap": "a shared mapping for reading", Mmap(Node(ReadOnly), READ) => ENODEV, "do_mmap";
    "node_mmap_private": "a private mapping for reading",
        Mmap(Node(ReadOnly), Map { shared: false, ..READ }) => ENODEV, "do_mmap";
    "node_mmap_write": "a shared mapping for writing of a node opened O_RDWR",
        Mmap(Node(ReadWrite), WRITE) => ENODEV, "do_mmap";
    "node_mmap_write_rdonly": "a shared mapping for writing of a node opened O_RDONLY",
        Mmap(Node(ReadOnly), WRITE) => EACCES, "do_mmap";
    "node_mmap_wronly": "a shared mapping for reading of a node opened O_WRONLY",
        Mmap(Node(WriteOnly), READ) => EACCES, "do_mmap";
    "node_poll": "poll for everything: always ready",
        Call(Node(ReadOnly), Poll { events: 0x1ff }) => same("done 0x145"), "do_pollfd";
    "node_epoll": "epoll_ctl ADD", Call(Node(ReadOnly), EpollAdd) => same("EPERM"), "do_epoll_ctl";
    "node_fsync": "fsync", Call(Node(ReadOnly), Fsync) => EINVAL, "vfs_fsync_range";
    "node_ftruncate": "ftruncate of a node opened O_RDWR",
        Call(Node(ReadWrite), Ftruncate { len: 0 }) => EINVAL, "do_ftruncate";
    "node_fallocate": "fallocate of a node opened O_RDWR",
        Call(Node(ReadWrite), Fallocate { mode: 0, offset: 0, len: 1 }) => ENODEV, "vfs_fallocate";
    "node_get_seals": "fcntl F_GET_SEALS", Call(Node(ReadOnly), GetSeals) => EINVAL, "memfd_fcntl";
    "node_unused_minor": "open of a device number that no heap has, by a node on a file system that is mounted nowhere",
        Custom(custom::unused_minor) => same("ENXIO"), "chrdev_open";
};
