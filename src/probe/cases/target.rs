//! What the request is sent to.

use super::{DRIVER, OK, send};
use crate::probe::case::{Case, Expected};
use crate::probe::shot::{Shot, Target};
use crate::sys::fd::oflags::{RDONLY, RDWR, WRONLY};

const ENTRY: &str = "__do_sys_ioctl";
const VFS: &str = "vfs_ioctl";
const EBADF: Expected = Expected::both("EBADF");
const ENOTTY: Expected = Expected::both("ENOTTY");

const fn to(id: &'static str, sends: &'static str, target: Target, expected: Expected, function: &'static str) -> Case {
    send(id, sends, Shot::GOOD.to(target), expected, function)
}

pub(super) const CASES: &[Case] = &[
    to("target_closed", "the request to descriptor -1", Target::Closed, EBADF, ENTRY),
    to("target_path", "the request to the heap opened O_PATH", Target::PathOnly, EBADF, ENTRY),
    to("target_null", "the request to /dev/null", Target::Null, ENOTTY, VFS),
    to("target_file", "the request to a file in memory", Target::File, ENOTTY, VFS),
    to("target_directory", "the request to the root directory", Target::Directory, ENOTTY, VFS),
    to("target_socket", "the request to a socket", Target::Socket, ENOTTY, "sock_ioctl"),
    to("target_buffer", "the request to a buffer", Target::Buffer, ENOTTY, "dma_buf_ioctl"),
    to("target_rdonly", "the request to the heap opened O_RDONLY", Target::HeapOpened(RDONLY), OK, DRIVER),
    to("target_wronly", "the request to the heap opened O_WRONLY", Target::HeapOpened(WRONLY), OK, DRIVER),
    to("target_rdwr", "the request to the heap opened O_RDWR", Target::HeapOpened(RDWR), OK, DRIVER),
];
