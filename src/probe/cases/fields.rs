//! The other fields of the struct, and what stands behind it.

use super::{EINVAL, FIELDS, LENGTH, OK, OK_BUT_UNKNOWN, send};
use crate::probe::case::{Case, Outcomes};
use crate::probe::request::{Fd, Len, RawRequest, Show};
use crate::uapi::ioctl::{READ, SIZE_MAX, WRITE};

pub(super) const FD_FIELD: &[Case] = &[
    send("fd_field_zero", "fd 0, as it has to be", RawRequest::GOOD, OK, FIELDS),
    send("fd_field_one", "fd 1", RawRequest::GOOD.fd(Fd::Number(1)), EINVAL, FIELDS),
    send("fd_field_max", "fd u32::MAX", RawRequest::GOOD.fd(Fd::Number(u32::MAX)), EINVAL, FIELDS),
    send("fd_field_open", "an open fd: the heap's own", RawRequest::GOOD.fd(Fd::Open), EINVAL, FIELDS),
    send(
        "fd_field_without_low_byte",
        "fd 256, whose low byte is 0",
        RawRequest::GOOD.fd(Fd::Number(256)),
        EINVAL,
        FIELDS,
    ),
];

/// v12 checks its reserved words; mainline does not look behind its own struct.
const OK_BUT_RESERVED: Outcomes = Outcomes::of("ok", "EINVAL");

/// The request of type `H` and number 0, both directions, this size.
const fn both_ways(size: u32) -> RawRequest {
    RawRequest::GOOD.sized(READ | WRITE, size)
}

pub(super) const RESERVED: &[Case] = &[
    send("reserved_zero", "32 bytes, the last 8 of them 0", both_ways(32), OK, FIELDS),
    send("reserved_first", "32 bytes, reserved0 1", both_ways(32).reserved([1, 0]), OK_BUT_RESERVED, FIELDS),
    send("reserved_second", "32 bytes, reserved1 1", both_ways(32).reserved([0, 1]), OK_BUT_RESERVED, FIELDS),
    send(
        "reserved_both",
        "32 bytes, both reserved words set",
        both_ways(32).reserved([u32::MAX; 2]),
        OK_BUT_RESERVED,
        FIELDS,
    ),
    send(
        "reserved_and_tail_short",
        "40 bytes, garbage from byte 24 on, which has to stay as it is",
        both_ways(40).reserved([u32::MAX; 2]).tail(0xff),
        OK_BUT_UNKNOWN,
        FIELDS,
    ),
    send(
        "reserved_and_tail",
        "48 bytes, garbage from byte 24 on, which has to stay as it is",
        both_ways(48).reserved([u32::MAX; 2]).tail(0xff),
        OK_BUT_UNKNOWN,
        FIELDS,
    ),
    send(
        "reserved_and_tail_longest",
        "16383 bytes, garbage from byte 24 on, which has to stay as it is",
        both_ways(SIZE_MAX).reserved([u32::MAX; 2]).tail(0xff),
        OK_BUT_UNKNOWN,
        FIELDS,
    ),
];

/// A length that is accepted, with the size that comes of it.
const fn rounded(id: &'static str, sends: &'static str, len: Len, outcome: &'static str) -> Case {
    send(id, sends, RawRequest::GOOD.len(len).show(Show::Pages), Outcomes::both(outcome), LENGTH)
}

/// A length that is refused.
const fn refused(id: &'static str, sends: &'static str, len: Len) -> Case {
    send(id, sends, RawRequest::GOOD.len(len), EINVAL, LENGTH)
}

pub(super) const LEN: &[Case] = &[
    refused("len_zero", "len 0", Len::Bytes(0)),
    rounded("len_one", "len 1, which is not written back rounded", Len::Bytes(1), "ok 1p"),
    rounded("len_page_less_one", "len one byte less than a page", Len::Pages(1, -1), "ok 1p"),
    rounded("len_page", "len one page", Len::Pages(1, 0), "ok 1p"),
    rounded("len_page_and_one", "len one byte more than a page", Len::Pages(1, 1), "ok 2p"),
    rounded("len_two_pages", "len two pages", Len::Pages(2, 0), "ok 2p"),
    refused("len_wraps_most", "len u64::MAX, which is 0 once it is rounded", Len::Wraps(0)),
    refused("len_wraps_more", "len u64::MAX - 1, which is 0 once it is rounded", Len::Wraps(1)),
    refused("len_wraps_least", "the least len that is 0 once it is rounded", Len::LeastThatWraps),
    send("len_zero_and_fd", "len 0 and fd 1", RawRequest::GOOD.len(Len::Bytes(0)).fd(Fd::Number(1)), EINVAL, FIELDS),
    send(
        "len_zero_and_everything",
        "len 0, fd 1, all fd_flags and all heap_flags",
        RawRequest::GOOD.len(Len::Bytes(0)).fd(Fd::Number(1)).fd_flags(u32::MAX).heap_flags(u64::MAX),
        EINVAL,
        FIELDS,
    ),
];
