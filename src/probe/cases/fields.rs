//! The other fields of the struct, and what stands behind it.

use super::row::{EINVAL, FIELDS, GOOD, LENGTH, OK, OK_BUT_UNKNOWN, cases, same};
use crate::probe::case::CaseAction::{self, Send};
use crate::probe::case::{Case, Outcomes};
use crate::probe::request::{Fd, Len, RawRequest, Show};
use crate::uapi::ioctl::{READ, SIZE_MAX, WRITE};

pub(super) const FD_FIELD: &[Case] = cases! {
    "fd_field_zero": "fd 0, as required", Send(GOOD) => OK, FIELDS;
    "fd_field_one": "fd 1", Send(GOOD.fd(Fd::Number(1))) => EINVAL, FIELDS;
    "fd_field_max": "fd u32::MAX", Send(GOOD.fd(Fd::Number(u32::MAX))) => EINVAL, FIELDS;
    "fd_field_open": "an open fd: the heap's own", Send(GOOD.fd(Fd::Open)) => EINVAL, FIELDS;
    "fd_field_without_low_byte": "fd 256, whose low byte is 0", Send(GOOD.fd(Fd::Number(256))) => EINVAL, FIELDS;
};

/// v12 checks its reserved words; mainline does not look behind its own struct.
const OK_BUT_RESERVED: Outcomes = same("ok").v12("EINVAL");

/// The request of type `H` and number 0, both directions, this size.
const fn both_ways(size: u32) -> RawRequest {
    GOOD.sized(READ | WRITE, size)
}

pub(super) const RESERVED: &[Case] = cases! {
    "reserved_zero": "32 bytes, the last 8 of them 0", Send(both_ways(32)) => OK, FIELDS;
    "reserved_first": "32 bytes, reserved0 1", Send(both_ways(32).reserved([1, 0])) => OK_BUT_RESERVED, FIELDS;
    "reserved_second": "32 bytes, reserved1 1", Send(both_ways(32).reserved([0, 1])) => OK_BUT_RESERVED, FIELDS;
    "reserved_both": "32 bytes, both reserved words set",
        Send(both_ways(32).reserved([u32::MAX; 2])) => OK_BUT_RESERVED, FIELDS;
    "reserved_and_tail_short": "40 bytes, garbage from byte 24 on, which must stay unchanged",
        Send(both_ways(40).reserved([u32::MAX; 2]).tail(0xff)) => OK_BUT_UNKNOWN, FIELDS;
    "reserved_and_tail": "48 bytes, garbage from byte 24 on, which must stay unchanged",
        Send(both_ways(48).reserved([u32::MAX; 2]).tail(0xff)) => OK_BUT_UNKNOWN, FIELDS;
    "reserved_and_tail_longest": "16383 bytes, garbage from byte 24 on, which must stay unchanged",
        Send(both_ways(SIZE_MAX).reserved([u32::MAX; 2]).tail(0xff)) => OK_BUT_UNKNOWN, FIELDS;
};

/// A length that is accepted: the size of the buffer is looked at.
const fn rounded(len: Len) -> CaseAction {
    Send(GOOD.len(len).show(Show::Pages))
}

pub(super) const LEN: &[Case] = cases! {
    "len_zero": "len 0", Send(GOOD.len(Len::Bytes(0))) => EINVAL, LENGTH;
    "len_one": "len 1, which is not written back rounded", rounded(Len::Bytes(1)) => same("ok 1p"), LENGTH;
    "len_page_less_one": "len one byte less than a page", rounded(Len::Pages(1, -1)) => same("ok 1p"), LENGTH;
    "len_page": "len one page", rounded(Len::Pages(1, 0)) => same("ok 1p"), LENGTH;
    "len_page_and_one": "len one byte more than a page", rounded(Len::Pages(1, 1)) => same("ok 2p"), LENGTH;
    "len_two_pages": "len two pages", rounded(Len::Pages(2, 0)) => same("ok 2p"), LENGTH;
    "len_wraps_most": "len u64::MAX, which rounds up to 0", Send(GOOD.len(Len::Wraps(0))) => EINVAL, LENGTH;
    "len_wraps_more": "len u64::MAX - 1, which rounds up to 0",
        Send(GOOD.len(Len::Wraps(1))) => EINVAL, LENGTH;
    "len_wraps_least": "the least len that rounds up to 0",
        Send(GOOD.len(Len::LeastThatWraps)) => EINVAL, LENGTH;
    "len_zero_and_fd": "len 0 and fd 1", Send(GOOD.len(Len::Bytes(0)).fd(Fd::Number(1))) => EINVAL, FIELDS;
    "len_zero_and_everything": "len 0, fd 1, all fd_flags and all heap_flags",
        Send(GOOD.len(Len::Bytes(0)).fd(Fd::Number(1)).fd_flags(u32::MAX).heap_flags(u64::MAX)) => EINVAL, FIELDS;
};
