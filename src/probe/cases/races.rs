//! Threads that change, while the kernel is at work, what it works on.

use super::row::{cases, same};
use crate::probe::case::Case;
use crate::probe::case::CaseAction::Custom;
use crate::probe::race;

pub(super) const CASES: &[Case] = cases! {
    "race_two_requests": "two threads send the same struct, 40 times",
        Custom(race::two_requests) => same("ok|ok+EINVAL"), "dma_heap_ioctl";
    "race_changing_fields": "a thread changes len and fd_flags while the kernel reads them, 40 times",
        Custom(race::changing_fields) => same("ok|ok+EINVAL|EINVAL"), "dma_heap_ioctl";
    "race_closed_heap": "a thread closes the heap during the call, 40 times",
        Custom(race::closed_heap) => same("ok|ok+EBADF|EBADF"), "__do_sys_ioctl";
    "race_reused_number":
        "a thread closes the number of the new descriptor, which cannot be returned, and opens a file of its own there, 40 times",
        Custom(race::reused_number) => same("EFAULT").v12("EFAULT|EFAULT+EBADF").before_fix("EFAULT+lost_fd"), "copy_to_user";
    "race_unmapped_struct": "a thread unmaps the struct during the call, 200 times",
        Custom(race::unmapped_struct)
            => same("ok|ok+EFAULT|EFAULT").before_fix("ok+EFAULT+lost_fd|EFAULT+lost_fd"), "copy_to_user";
};
