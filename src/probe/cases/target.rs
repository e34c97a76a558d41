//! What the request is sent to.

use super::{DRIVER, OK, send};
use crate::probe::case::{Case, Outcomes};
use crate::probe::request::{RawRequest, RequestTarget};
use crate::sys::fd::oflags::{RDONLY, RDWR, WRONLY};

const ENTRY: &str = "__do_sys_ioctl";
const VFS: &str = "vfs_ioctl";
const EBADF: Outcomes = Outcomes::both("EBADF");
const ENOTTY: Outcomes = Outcomes::both("ENOTTY");

const fn to(
    id: &'static str,
    sends: &'static str,
    target: RequestTarget,
    expected: Outcomes,
    function: &'static str,
) -> Case {
    send(id, sends, RawRequest::GOOD.to(target), expected, function)
}

pub(super) const CASES: &[Case] = &[
    to("target_closed", "the request to descriptor -1", RequestTarget::Closed, EBADF, ENTRY),
    to("target_path", "the request to the heap opened O_PATH", RequestTarget::PathOnly, EBADF, ENTRY),
    to("target_null", "the request to /dev/null", RequestTarget::Null, ENOTTY, VFS),
    to("target_file", "the request to a file in memory", RequestTarget::File, ENOTTY, VFS),
    to("target_directory", "the request to the root directory", RequestTarget::Directory, ENOTTY, VFS),
    to("target_socket", "the request to a socket", RequestTarget::Socket, ENOTTY, "sock_ioctl"),
    to("target_buffer", "the request to a buffer", RequestTarget::Buffer, ENOTTY, "dma_buf_ioctl"),
    to("target_rdonly", "the request to the heap opened O_RDONLY", RequestTarget::HeapOpened(RDONLY), OK, DRIVER),
    to("target_wronly", "the request to the heap opened O_WRONLY", RequestTarget::HeapOpened(WRONLY), OK, DRIVER),
    to("target_rdwr", "the request to the heap opened O_RDWR", RequestTarget::HeapOpened(RDWR), OK, DRIVER),
];
