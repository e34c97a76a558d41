//! Where the struct is.

use super::{FIELDS, OK, send};
use crate::probe::case::{Case, Outcomes};
use crate::probe::request::{Len, Placement, RawRequest};
use crate::uapi::dma_heap::IOCTL_UNKNOWN;
use crate::uapi::ioctl::WRITE;

const COPY_IN: &str = "copy_from_user";
const COPY_OUT: &str = "copy_to_user";
const EFAULT: Outcomes = Outcomes::both("EFAULT");

const fn faults(id: &'static str, sends: &'static str, place: Placement) -> Case {
    send(id, sends, RawRequest::GOOD.at(place), EFAULT, COPY_IN)
}

pub(super) const CASES: &[Case] = &[
    faults("pointer_null", "NULL", Placement::Null),
    faults("pointer_one", "address 1", Placement::One),
    faults("pointer_minus_one", "address -1", Placement::MinusOne),
    faults("pointer_kernel", "an address of the kernel's half", Placement::Kernel),
    faults("pointer_no_access", "a struct in a PROT_NONE page", Placement::NoAccess),
    faults("pointer_straddling_early", "a struct whose first byte alone is mapped", Placement::Straddling(1)),
    faults("pointer_straddling", "a struct half of which is mapped", Placement::Straddling(12)),
    faults("pointer_straddling_late", "a struct whose last byte is not mapped", Placement::Straddling(23)),
    faults("pointer_freed", "a struct in a page that was unmapped", Placement::Freed),
    send(
        "pointer_last_bytes",
        "a struct that ends where its memory ends",
        RawRequest::GOOD.at(Placement::LastBytes),
        OK,
        COPY_OUT,
    ),
    send("pointer_misaligned", "a struct at an odd address", RawRequest::GOOD.at(Placement::Misaligned), OK, COPY_OUT),
    send(
        "pointer_read_only",
        "a good request in a page that can only be read: the buffer has to go again",
        RawRequest::GOOD.at(Placement::ReadOnly),
        EFAULT.before_fix("EFAULT+lost_fd"),
        COPY_OUT,
    ),
    send(
        "pointer_read_only_and_empty",
        "len 0 in a page that can only be read: nothing is copied back",
        RawRequest::GOOD.at(Placement::ReadOnly).len(Len::Bytes(0)),
        Outcomes::both("EINVAL").before_fix("EFAULT"),
        FIELDS,
    ),
    send(
        "pointer_read_only_and_flags",
        "bad fd_flags in a page that can only be read: nothing is copied back",
        RawRequest::GOOD.at(Placement::ReadOnly).fd_flags(u32::MAX),
        Outcomes::both("EINVAL").before_fix("EFAULT"),
        FIELDS,
    ),
    send(
        "pointer_read_only_and_write",
        "a request that only the kernel reads, in a page that can only be read",
        RawRequest::GOOD.at(Placement::ReadOnly).sized(WRITE, 24),
        super::HIDDEN,
        COPY_OUT,
    ),
    send(
        "pointer_null_and_unknown",
        "NULL with number 1: the number is looked at first",
        RawRequest::GOOD.raw(IOCTL_UNKNOWN).at(Placement::Null),
        super::UNKNOWN,
        super::DRIVER,
    ),
];
