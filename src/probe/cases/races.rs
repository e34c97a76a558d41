//! Threads that change, while the kernel is at work, what it works on.

use crate::probe::case::{Case, CaseAction, Outcomes};
use crate::probe::race;

pub(super) const CASES: &[Case] = &[
    Case {
        id: "race_two_requests",
        sends: "two threads send the same struct, 40 times",
        expected: Outcomes::both("ok|ok+EINVAL"),
        function: "dma_heap_ioctl",
        act: CaseAction::Custom(race::two_requests),
    },
    Case {
        id: "race_changing_fields",
        sends: "a thread turns len and fd_flags over while the kernel reads them, 40 times",
        expected: Outcomes::both("ok|ok+EINVAL|EINVAL"),
        function: "dma_heap_ioctl",
        act: CaseAction::Custom(race::changing_fields),
    },
    Case {
        id: "race_closed_heap",
        sends: "a thread closes the heap during the call, 40 times",
        expected: Outcomes::both("ok|ok+EBADF|EBADF"),
        function: "__do_sys_ioctl",
        act: CaseAction::Custom(race::closed_heap),
    },
    Case {
        id: "race_unmapped_struct",
        sends: "a thread unmaps the struct during the call, 200 times",
        expected: Outcomes::both("ok|ok+EFAULT|EFAULT").before_fix("ok+EFAULT+lost_fd|EFAULT+lost_fd"),
        function: "copy_to_user",
        act: CaseAction::Custom(race::unmapped_struct),
    },
];
