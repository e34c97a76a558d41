//! Where the struct is.

use super::row::{DRIVER, EFAULT, EINVAL, FIELDS, GOOD, HIDDEN, OK, UNKNOWN, cases};
use crate::probe::case::Case;
use crate::probe::case::CaseAction::Send;
use crate::probe::request::Len;
use crate::probe::request::Placement::{
    Freed, Kernel, LastBytes, MinusOne, Misaligned, NoAccess, Null, One, ReadOnly, Straddling,
};
use crate::uapi::dma_heap::IOCTL_UNKNOWN;
use crate::uapi::ioctl::WRITE;

const COPY_IN: &str = "copy_from_user";
const COPY_OUT: &str = "copy_to_user";

pub(super) const CASES: &[Case] = cases! {
    "pointer_null": "NULL", Send(GOOD.at(Null)) => EFAULT, COPY_IN;
    "pointer_one": "address 1", Send(GOOD.at(One)) => EFAULT, COPY_IN;
    "pointer_minus_one": "address -1", Send(GOOD.at(MinusOne)) => EFAULT, COPY_IN;
    "pointer_kernel": "a kernel address", Send(GOOD.at(Kernel)) => EFAULT, COPY_IN;
    "pointer_no_access": "a struct in a PROT_NONE page", Send(GOOD.at(NoAccess)) => EFAULT, COPY_IN;
    "pointer_straddling_early": "a struct whose first byte alone is mapped",
        Send(GOOD.at(Straddling(1))) => EFAULT, COPY_IN;
    "pointer_straddling": "a struct half of which is mapped", Send(GOOD.at(Straddling(12))) => EFAULT, COPY_IN;
    "pointer_straddling_late": "a struct whose last byte is not mapped",
        Send(GOOD.at(Straddling(23))) => EFAULT, COPY_IN;
    "pointer_freed": "a struct in a page that was unmapped", Send(GOOD.at(Freed)) => EFAULT, COPY_IN;
    "pointer_last_bytes": "a struct that ends where its memory ends", Send(GOOD.at(LastBytes)) => OK, COPY_OUT;
    "pointer_misaligned": "a struct at an odd address", Send(GOOD.at(Misaligned)) => OK, COPY_OUT;
    "pointer_read_only": "a good request in a read-only page: the buffer must be released",
        Send(GOOD.at(ReadOnly)) => EFAULT.before_fix("EFAULT+lost_fd"), COPY_OUT;
    "pointer_read_only_and_empty": "len 0 in a page that can only be read: nothing is copied back",
        Send(GOOD.at(ReadOnly).len(Len::Bytes(0))) => EINVAL.before_fix("EFAULT"), FIELDS;
    "pointer_read_only_and_flags": "bad fd_flags in a page that can only be read: nothing is copied back",
        Send(GOOD.at(ReadOnly).fd_flags(u32::MAX)) => EINVAL.before_fix("EFAULT"), FIELDS;
    "pointer_read_only_and_write": "a request that only the kernel reads, in a page that can only be read",
        Send(GOOD.at(ReadOnly).sized(WRITE, 24)) => HIDDEN, COPY_OUT;
    "pointer_null_and_unknown": "NULL with number 1: the number is checked first",
        Send(GOOD.raw(IOCTL_UNKNOWN).at(Null)) => UNKNOWN, DRIVER;
};
