//! Where the struct is.

use super::{FIELDS, OK, send};
use crate::probe::case::{Case, Expected};
use crate::probe::shot::{Len, Place, Shot};
use crate::uapi::dma_heap::IOCTL_UNKNOWN;
use crate::uapi::ioctl::WRITE;

const COPY_IN: &str = "copy_from_user";
const COPY_OUT: &str = "copy_to_user";
const EFAULT: Expected = Expected::both("EFAULT");

const fn faults(id: &'static str, sends: &'static str, place: Place) -> Case {
    send(id, sends, Shot::GOOD.at(place), EFAULT, COPY_IN)
}

pub(super) const CASES: &[Case] = &[
    faults("pointer_null", "NULL", Place::Null),
    faults("pointer_one", "address 1", Place::One),
    faults("pointer_minus_one", "address -1", Place::MinusOne),
    faults("pointer_kernel", "an address of the kernel's half", Place::Kernel),
    faults("pointer_no_access", "a struct in a PROT_NONE page", Place::NoAccess),
    faults("pointer_straddling_early", "a struct whose first byte alone is mapped", Place::Straddling(1)),
    faults("pointer_straddling", "a struct half of which is mapped", Place::Straddling(12)),
    faults("pointer_straddling_late", "a struct whose last byte is not mapped", Place::Straddling(23)),
    faults("pointer_freed", "a struct in a page that was unmapped", Place::Freed),
    send(
        "pointer_last_bytes",
        "a struct that ends where its memory ends",
        Shot::GOOD.at(Place::LastBytes),
        OK,
        COPY_OUT,
    ),
    send("pointer_misaligned", "a struct at an odd address", Shot::GOOD.at(Place::Misaligned), OK, COPY_OUT),
    send(
        "pointer_read_only",
        "a good request in a page that can only be read: the buffer has to go again",
        Shot::GOOD.at(Place::ReadOnly),
        EFAULT.before_fix("EFAULT+lost_fd"),
        COPY_OUT,
    ),
    send(
        "pointer_read_only_and_empty",
        "len 0 in a page that can only be read: nothing is copied back",
        Shot::GOOD.at(Place::ReadOnly).len(Len::Bytes(0)),
        Expected::both("EINVAL").before_fix("EFAULT"),
        FIELDS,
    ),
    send(
        "pointer_read_only_and_flags",
        "bad fd_flags in a page that can only be read: nothing is copied back",
        Shot::GOOD.at(Place::ReadOnly).fd_flags(u32::MAX),
        Expected::both("EINVAL").before_fix("EFAULT"),
        FIELDS,
    ),
    send(
        "pointer_read_only_and_write",
        "a request that only the kernel reads, in a page that can only be read",
        Shot::GOOD.at(Place::ReadOnly).sized(WRITE, 24),
        super::HIDDEN,
        COPY_OUT,
    ),
    send(
        "pointer_null_and_unknown",
        "NULL with number 1: the number is looked at first",
        Shot::GOOD.raw(IOCTL_UNKNOWN).at(Place::Null),
        super::UNKNOWN,
        super::DRIVER,
    ),
];
