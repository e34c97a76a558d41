//! RLIMIT_NOFILE, many nodes, many buffers.

use super::{EINVAL, FIELDS, send};
use crate::probe::case::{Act, Case, Expected};
use crate::probe::own;
use crate::probe::shot::{Files, Len, Shot};

const FD: &str = "get_unused_fd_flags";

pub(super) const CASES: &[Case] = &[
    send(
        "limits_files_full",
        "a good request while no descriptor is free: the buffer has to go again",
        Shot::GOOD.files(Files::Full),
        Expected::both("EMFILE"),
        FD,
    ),
    send(
        "limits_files_zero",
        "a good request while RLIMIT_NOFILE is 0",
        Shot::GOOD.files(Files::Zero),
        Expected::both("EMFILE"),
        FD,
    ),
    send(
        "limits_files_full_and_empty",
        "len 0 while no descriptor is free: the fields are looked at first",
        Shot::GOOD.files(Files::Full).len(Len::Bytes(0)),
        EINVAL,
        FIELDS,
    ),
    Case {
        id: "limits_many_nodes",
        sends: "the node opened 100 times, and a request to each",
        expected: Expected::both("ok"),
        function: "dma_heap_open",
        act: Act::Own(own::many_nodes),
    },
    Case {
        id: "limits_many_buffers",
        sends: "1000 buffers of a page alive at the same time",
        expected: Expected::both("ok"),
        function: "dma_buf_export",
        act: Act::Own(own::many_buffers),
    },
];
