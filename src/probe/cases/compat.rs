//! The same requests by the entry for 32-bit programs, with a struct of the same layout.

use super::row::{DRIVER, EFAULT, EINVAL, FIELDS, HIDDEN, LENGTH, OK, OK_BUT_UNKNOWN, UNKNOWN, cases, same};
use crate::probe::case::Case;
use crate::probe::case::CaseAction::Send;
use crate::probe::request::Placement::{Null, ReadOnly};
use crate::probe::request::{Fd, Len, RawRequest, Show};
use crate::uapi::dma_heap::IOCTL_UNKNOWN;
use crate::uapi::ioctl::{READ, WRITE};

const GOOD: RawRequest = RawRequest::GOOD.compat();

pub(super) const CASES: &[Case] = cases! {
    "compat_good": "a good request", Send(GOOD) => OK, "compat_ptr_ioctl";
    "compat_flags": "fd_flags O_RDWR|O_CLOEXEC",
        Send(GOOD.fd_flags(0o2_000_002).show(Show::Flags)) => same("ok rw cloexec"), FIELDS;
    "compat_len_page_and_one": "len one byte more than a page",
        Send(GOOD.len(Len::Pages(1, 1)).show(Show::Pages)) => same("ok 2p"), LENGTH;
    "compat_len_zero": "len 0", Send(GOOD.len(Len::Bytes(0))) => EINVAL, LENGTH;
    "compat_len_wraps": "len u64::MAX", Send(GOOD.len(Len::Wraps(0))) => EINVAL, LENGTH;
    "compat_fd_field": "fd 1", Send(GOOD.fd(Fd::Number(1))) => EINVAL, FIELDS;
    "compat_heap_flags_high": "heap_flags with bit 63 alone", Send(GOOD.heap_flags(1 << 63)) => EINVAL, FIELDS;
    "compat_unknown": "number 1", Send(GOOD.raw(IOCTL_UNKNOWN)) => UNKNOWN, DRIVER;
    "compat_write": "a request that only the kernel reads", Send(GOOD.sized(WRITE, 24)) => HIDDEN, DRIVER;
    "compat_longer": "both directions, 48 bytes", Send(GOOD.sized(READ | WRITE, 48)) => OK_BUT_UNKNOWN, DRIVER;
    "compat_null": "NULL", Send(GOOD.at(Null)) => EFAULT, "copy_from_user";
    "compat_read_only": "a good request in a page that can only be read",
        Send(GOOD.at(ReadOnly)) => EFAULT.before_fix("EFAULT+lost_fd"), "copy_to_user";
};
