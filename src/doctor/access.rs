//! Whether I may open a heap, and if not what stands in the way.

use super::devices;
use super::finding::Finding;
use crate::heap::discover::{HeapAccess, HeapEntry};
use crate::sys::errno_name;

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
