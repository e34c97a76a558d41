//! `fd_flags` and `heap_flags`.

use super::row::{EINVAL, FIELDS, same, send};
use crate::probe::case::Case;
use crate::probe::request::{RawRequest, Show};
use crate::sys::fd::oflags::{CLOEXEC, RDONLY, RDWR, WRONLY};

macro_rules! refused {
    ($prefix:literal, $field:literal, $with:ident, $type:ty: $($bit:literal)*) => {
        [$(send(
            concat!($prefix, stringify!($bit)),
            concat!($field, " with bit ", stringify!($bit), " alone"),
            RawRequest::GOOD.$with(1 << ($bit as $type)),
            EINVAL,
            FIELDS,
        ),)*]
    };
}

/// Flags that are accepted, and what fcntl(2) says of the new descriptor.
const fn accepted(id: &'static str, sends: &'static str, flags: u32, outcome: &'static str) -> Case {
    send(id, sends, RawRequest::GOOD.fd_flags(flags).show(Show::Flags), same(outcome), FIELDS)
}

const ACCEPTED: [Case; 11] = [
    accepted("fd_flags_bit_00", "fd_flags with bit 00 alone: O_WRONLY", 1, "ok wo"),
    accepted("fd_flags_bit_01", "fd_flags with bit 01 alone: O_RDWR", 2, "ok rw"),
    accepted("fd_flags_bit_19", "fd_flags with bit 19 alone: O_CLOEXEC", 1 << 19, "ok ro cloexec"),
    accepted("fd_flags_rdonly", "fd_flags O_RDONLY", RDONLY, "ok ro"),
    accepted("fd_flags_wronly", "fd_flags O_WRONLY", WRONLY, "ok wo"),
    accepted("fd_flags_rdwr", "fd_flags O_RDWR", RDWR, "ok rw"),
    accepted("fd_flags_accmode", "fd_flags O_ACCMODE: neither reading nor writing", 3, "ok none"),
    accepted("fd_flags_rdonly_cloexec", "fd_flags O_RDONLY|O_CLOEXEC", RDONLY | CLOEXEC, "ok ro cloexec"),
    accepted("fd_flags_wronly_cloexec", "fd_flags O_WRONLY|O_CLOEXEC", WRONLY | CLOEXEC, "ok wo cloexec"),
    accepted("fd_flags_rdwr_cloexec", "fd_flags O_RDWR|O_CLOEXEC", RDWR | CLOEXEC, "ok rw cloexec"),
    accepted("fd_flags_accmode_cloexec", "fd_flags O_ACCMODE|O_CLOEXEC", 3 | CLOEXEC, "ok none cloexec"),
];

#[expect(clippy::zero_prefixed_literal, reason = "bits are numbered with two digits, in the ids too")]
const REFUSED: [Case; 29] = refused!("fd_flags_bit_", "fd_flags", fd_flags, u32:
    02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 20 21 22 23 24 25 26 27 28 29 30 31);

const MIXED: [Case; 2] = [
    send("fd_flags_all", "fd_flags with every bit", RawRequest::GOOD.fd_flags(u32::MAX), EINVAL, FIELDS),
    send(
        "fd_flags_valid_and_nonblock",
        "fd_flags O_RDWR|O_CLOEXEC and O_NONBLOCK",
        RawRequest::GOOD.fd_flags(RDWR | CLOEXEC | 0o4000),
        EINVAL,
        FIELDS,
    ),
];

pub(super) const FD_FLAGS: &[Case] = &{
    let mut all = [ACCEPTED[0]; ACCEPTED.len() + REFUSED.len() + MIXED.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < ACCEPTED.len() {
            ACCEPTED[at]
        } else if at < ACCEPTED.len() + REFUSED.len() {
            REFUSED[at - ACCEPTED.len()]
        } else {
            MIXED[at - ACCEPTED.len() - REFUSED.len()]
        };
        at += 1;
    }
    all
};

#[expect(clippy::zero_prefixed_literal, reason = "bits are numbered with two digits, in the ids too")]
pub(super) const HEAP_FLAGS: &[Case] = &refused!("heap_flags_bit_", "heap_flags", heap_flags, u64:
    00 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);
