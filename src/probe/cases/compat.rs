//! The same requests by the entry for 32-bit programs, with a struct of the same layout.

use super::{DRIVER, EINVAL, FIELDS, HIDDEN, LENGTH, OK, OK_BUT_UNKNOWN, UNKNOWN, send};
use crate::probe::case::{Case, Outcomes};
use crate::probe::request::{Fd, Len, Placement, RawRequest, Show};
use crate::uapi::dma_heap::IOCTL_UNKNOWN;
use crate::uapi::ioctl::{READ, WRITE};

const GOOD: RawRequest = RawRequest::GOOD.compat();

pub(super) const CASES: &[Case] = &[
    send("compat_good", "a good request", GOOD, OK, "compat_ptr_ioctl"),
    send(
        "compat_flags",
        "fd_flags O_RDWR|O_CLOEXEC",
        GOOD.fd_flags(0o2_000_002).show(Show::Flags),
        Outcomes::both("ok rw cloexec"),
        FIELDS,
    ),
    send(
        "compat_len_page_and_one",
        "len one byte more than a page",
        GOOD.len(Len::Pages(1, 1)).show(Show::Pages),
        Outcomes::both("ok 2p"),
        LENGTH,
    ),
    send("compat_len_zero", "len 0", GOOD.len(Len::Bytes(0)), EINVAL, LENGTH),
    send("compat_len_wraps", "len u64::MAX", GOOD.len(Len::Wraps(0)), EINVAL, LENGTH),
    send("compat_fd_field", "fd 1", GOOD.fd(Fd::Number(1)), EINVAL, FIELDS),
    send("compat_heap_flags_high", "heap_flags with bit 63 alone", GOOD.heap_flags(1 << 63), EINVAL, FIELDS),
    send("compat_unknown", "number 1", GOOD.raw(IOCTL_UNKNOWN), UNKNOWN, DRIVER),
    send("compat_write", "a request that only the kernel reads", GOOD.sized(WRITE, 24), HIDDEN, DRIVER),
    send("compat_longer", "both directions, 48 bytes", GOOD.sized(READ | WRITE, 48), OK_BUT_UNKNOWN, DRIVER),
    send("compat_null", "NULL", GOOD.at(Placement::Null), Outcomes::both("EFAULT"), "copy_from_user"),
    send(
        "compat_read_only",
        "a good request in a page that can only be read",
        GOOD.at(Placement::ReadOnly),
        Outcomes::both("EFAULT").before_fix("EFAULT+lost_fd"),
        "copy_to_user",
    ),
];
