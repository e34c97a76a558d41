//! Calls on an object of the tree, however it was named.

use crate::sim::caller::Caller;
use crate::sim::syscall::decode::PathOperation;
use crate::sim::syscall::layout::StatfsCall;
use crate::sim::vfs::tree::{Object, ObjectKind};
use crate::sys::Errno;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, FileSystem};
use crate::sys::sim::seccomp::CallResult;
use std::os::fd::AsFd;
use std::path::Path;

/// `R_OK`, `W_OK`, `X_OK`: all that access(2) can be asked.
const ACCESS_BITS: u32 = 7;

/// Answers a call that opens nothing.
pub(super) fn answer(caller: &Caller<'_>, name: &[u8], object: &Object, operation: PathOperation) -> CallResult {
    let kind = &object.kind;
    match operation {
        PathOperation::Stat { layout, into } => caller.store(into, &layout.encode(&object.stat)),
        PathOperation::Statfs(call) => statfs(caller, name, call),
        PathOperation::Access { mode, .. } if mode & !ACCESS_BITS != 0 => Errno::EINVAL.into(),
        PathOperation::Access { mode, effective } => {
            if !effective {
                caller.asks_as_real_user();
            }
            if caller.may(&object.stat, mode) { CallResult::Value(0) } else { Errno::EACCES.into() }
        }
        // `vfs_truncate`; only root may write to sysfs and devtmpfs.
        PathOperation::Truncate { len } if len < 0 => Errno::EINVAL.into(),
        PathOperation::Truncate { .. } => match kind {
            ObjectKind::Directory => Errno::EISDIR.into(),
            ObjectKind::Node(_) | ObjectKind::Link(_) => Errno::EINVAL.into(),
            ObjectKind::Text(_) | ObjectKind::FreePages(_) | ObjectKind::Marker => Errno::EACCES.into(),
        },
        PathOperation::ReadLink { into, size } => match kind {
            ObjectKind::Link(target) if size as i32 > 0 => caller.store_link(into, size, target),
            _ => Errno::EINVAL.into(),
        },
        PathOperation::GetAttribute => Errno::ENODATA.into(),
        PathOperation::ListAttributes => CallResult::Value(0),
        PathOperation::Open { .. } | PathOperation::OpenHow { .. } => CallResult::Continue,
    }
}

/// The file system below is the one that the name belongs to.
pub(super) fn statfs(caller: &Caller<'_>, name: &[u8], call: StatfsCall) -> CallResult {
    let below = Path::new(if name.starts_with(b"/dev") { "/dev" } else { "/sys" });
    let found = file::open(below, Purpose::Look).and_then(|below| status::file_system(below.as_fd()));
    found.map_or_else(CallResult::from, |found| store_statfs(caller, &found, call))
}

pub(super) fn store_statfs(caller: &Caller<'_>, found: &FileSystem, call: StatfsCall) -> CallResult {
    call.encode(found).map_or(Errno::EINVAL.into(), |bytes| caller.store(call.into, &bytes))
}
