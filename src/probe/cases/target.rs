//! What the request is sent to.

use super::row::{DRIVER, EBADF, ENOTTY, GOOD, OK, cases};
use crate::probe::case::Case;
use crate::probe::case::CaseAction::Send;
use crate::probe::request::RequestTarget::{Buffer, Closed, Directory, File, HeapOpened, Null, PathOnly, Socket};
use crate::sys::fd::oflags::{RDONLY, RDWR, WRONLY};

const ENTRY: &str = "__do_sys_ioctl";
const VFS: &str = "vfs_ioctl";

pub(super) const CASES: &[Case] = cases! {
    "target_closed": "the request to descriptor -1", Send(GOOD.to(Closed)) => EBADF, ENTRY;
    "target_path": "the request to the heap opened O_PATH", Send(GOOD.to(PathOnly)) => EBADF, ENTRY;
    "target_null": "the request to /dev/null", Send(GOOD.to(Null)) => ENOTTY, VFS;
    "target_file": "the request to a file in memory", Send(GOOD.to(File)) => ENOTTY, VFS;
    "target_directory": "the request to the root directory", Send(GOOD.to(Directory)) => ENOTTY, VFS;
    "target_socket": "the request to a socket", Send(GOOD.to(Socket)) => ENOTTY, "sock_ioctl";
    "target_buffer": "the request to a buffer", Send(GOOD.to(Buffer)) => ENOTTY, "dma_buf_ioctl";
    "target_rdonly": "the request to the heap opened O_RDONLY",
        Send(GOOD.to(HeapOpened(RDONLY))) => OK, DRIVER;
    "target_wronly": "the request to the heap opened O_WRONLY",
        Send(GOOD.to(HeapOpened(WRONLY))) => OK, DRIVER;
    "target_rdwr": "the request to the heap opened O_RDWR",
        Send(GOOD.to(HeapOpened(RDWR))) => OK, DRIVER;
};
