//! Whether I may open a heap, and if not what stands in the way.

use super::devices;
use super::finding::Finding;
use crate::heap::discover::{HeapAccess, HeapEntry};
use crate::model::Abi;
use crate::sys::errno_name;

/// Programs know the request of Linux 5.6 and later.
pub(super) fn abi(entry: &HeapEntry) -> Option<Finding> {
    let (check, name) = ("abi", entry.name.as_str());
    match entry.abi {
        Some(Abi::V12) => {
            let why = "takes the 32-byte request of the 2019 patches only: programs send 24 bytes and get ENOTTY";
            Some(Finding::problem(check, name, why).help("use a driver of this heap for Linux 5.6 or later"))
        }
        None if entry.access == HeapAccess::Granted => Some(Finding::unknown(
            check,
            name,
            "answers neither as a heap of Linux 5.6 or later nor as one of the 2019 patches",
        )),
        _ => None,
    }
}

const CHECK: &str = "access";

pub(super) fn check(entry: &HeapEntry) -> Option<Finding> {
    let path = entry.path.display().to_string();
    if entry.access == HeapAccess::NotTried {
        return Some(Finding::unknown(CHECK, path, "not tried: these are another machine's files"));
    }
    if !devices::may_be_opened(entry) {
        return None;
    }
    let HeapAccess::Denied(errno) = entry.access else { return Some(Finding::ok(CHECK, path, "opened read-only")) };
    Some(match &entry.denial {
        Some(denial) => Finding::of_denial(CHECK, &path, format!("{}: {}", errno_name(errno), denial.evidence), denial),
        None => Finding::problem(CHECK, path, errno_name(errno)),
    })
}
