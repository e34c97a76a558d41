//! Calls on an object of the tree, however it was named.

use crate::sim::caller::Caller;
use crate::sim::syscall::decode::PathOperation;
use crate::sim::syscall::layout::StatfsCall;
use crate::sim::vfs::tree::{Object, ObjectKind};
use crate::sys::Errno;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, FileSystem};
use crate::sys::sim::remote;
use crate::sys::sim::seccomp::CallResult;
use crate::uapi::fcntl::S_IFDIR;
use std::os::fd::AsFd;
use std::path::Path;

/// `R_OK`, `W_OK`, `X_OK`: all that access(2) can be asked.
const ACCESS_BITS: u32 = 7;
/// Where the type is in a mode.
const S_IFMT: u32 = 0o170_000;

/// Answers a call that opens nothing.
pub(super) fn answer(caller: &Caller<'_>, name: &[u8], object: &Object, operation: PathOperation) -> CallResult {
    let kind = &object.kind;
    match operation {
        PathOperation::Stat { layout, into } => caller.store(into, &layout.encode(&object.stat)),
        PathOperation::Statfs(call) => statfs(caller, name, call),
        PathOperation::Access { mode, effective } => {
            let is_root = remote::user(caller.thread, effective).is_ok_and(|user| user == 0);
            may(kind.mode(), mode, is_root)
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

/// access(2). Everything belongs to root, who may do what any other user may; the permissions of all others are the same.
fn may(mode: u32, wanted: u32, is_root: bool) -> CallResult {
    let executable = mode & 0o111 != 0 || mode & S_IFMT == S_IFDIR;
    let allowed = if is_root { 6 | u32::from(executable) } else { mode & ACCESS_BITS };
    if wanted & !ACCESS_BITS != 0 {
        Errno::EINVAL.into()
    } else if wanted & !allowed != 0 {
        Errno::EACCES.into()
    } else {
        CallResult::Value(0)
    }
}
