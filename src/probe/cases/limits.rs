//! RLIMIT_NOFILE, many nodes, many buffers.

use super::{EINVAL, FIELDS, send};
use crate::probe::case::{Case, CaseAction, Outcomes};
use crate::probe::custom;
use crate::probe::request::{FilesLimit, Len, RawRequest};

const FD: &str = "get_unused_fd_flags";

pub(super) const CASES: &[Case] = &[
    send(
        "limits_files_full",
        "a good request while no descriptor is free: the buffer has to go again",
        RawRequest::GOOD.files(FilesLimit::Full),
        Outcomes::both("EMFILE"),
        FD,
    ),
    send(
        "limits_files_zero",
        "a good request while RLIMIT_NOFILE is 0",
        RawRequest::GOOD.files(FilesLimit::Zero),
        Outcomes::both("EMFILE"),
        FD,
    ),
    send(
        "limits_files_full_and_empty",
        "len 0 while no descriptor is free: the fields are looked at first",
        RawRequest::GOOD.files(FilesLimit::Full).len(Len::Bytes(0)),
        EINVAL,
        FIELDS,
    ),
    Case {
        id: "limits_many_nodes",
        sends: "the node opened 100 times, and a request to each",
        expected: Outcomes::both("ok"),
        function: "dma_heap_open",
        act: CaseAction::Custom(custom::many_nodes),
    },
    Case {
        id: "limits_many_buffers",
        sends: "1000 buffers of a page alive at the same time",
        expected: Outcomes::both("ok"),
        function: "dma_buf_export",
        act: CaseAction::Custom(custom::many_buffers),
    },
];
