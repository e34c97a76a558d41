//! RLIMIT_NOFILE, many nodes, many buffers.

use super::row::{EINVAL, FIELDS, GOOD, OK, cases, same};
use crate::probe::case::Case;
use crate::probe::case::CaseAction::{Custom, Send};
use crate::probe::custom;
use crate::probe::request::{FilesLimit, Len};

const FD: &str = "get_unused_fd_flags";

pub(super) const CASES: &[Case] = cases! {
    "limits_files_full": "a good request while no descriptor is free: the buffer must be released",
        Send(GOOD.files(FilesLimit::Full)) => same("EMFILE"), FD;
    "limits_files_zero": "a good request while RLIMIT_NOFILE is 0",
        Send(GOOD.files(FilesLimit::Zero)) => same("EMFILE"), FD;
    "limits_files_full_and_empty": "len 0 while no descriptor is free: the fields are checked first",
        Send(GOOD.files(FilesLimit::Full).len(Len::Bytes(0))) => EINVAL, FIELDS;
    "limits_many_nodes": "the node opened 100 times, and a request to each",
        Custom(custom::many_nodes) => OK, "dma_heap_open";
    "limits_many_buffers": "1000 buffers of a page at the same time",
        Custom(custom::many_buffers) => OK, "dma_buf_export";
};
