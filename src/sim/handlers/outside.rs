//! Paths that lead through the simulator's directories and out of them again, as `/dev/dma_heap/..`.
//!
//! The kernel would not find what they mean, so they are looked up here: with the caller's rights, from its root
//! directory, and without opening anything but a directory. Opening can wait for ever (a FIFO) or do something
//! (a device), and the open file would be this process's doing.

use super::object::store_statfs;
use crate::sim::caller::Caller;
use crate::sim::syscall::decode::PathOperation;
use crate::sys::Errno;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, FileKind};
use crate::sys::sim::seccomp::CallResult;
use crate::uapi::fcntl as uapi;
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Such a path, without the way through the simulator's directories.
#[derive(Clone, Copy)]
pub(super) struct OutsidePath<'a> {
    pub(super) caller: &'a Caller<'a>,
    pub(super) path: &'a [u8],
    /// Whether a last symbolic link is followed.
    pub(super) follow: bool,
    /// Whether it names a directory, or nothing.
    pub(super) is_directory: bool,
}

impl OutsidePath<'_> {
    pub(super) fn answer(self, operation: PathOperation) -> CallResult {
        let caller = self.caller;
        let answer = match operation {
            PathOperation::Open { flags } => self.open(flags),
            PathOperation::Stat { layout, into } => {
                self.ask(|object, _| status::status(object)).map(|stat| caller.store(into, &layout.encode(&stat)))
            }
            PathOperation::Statfs(call) => {
                self.ask(|object, _| status::file_system(object)).map(|found| store_statfs(caller, &found, call))
            }
            PathOperation::Access { mode, .. } => {
                self.ask(|object, _| file::may(object, mode)).map(|()| CallResult::Value(0))
            }
            PathOperation::ReadLink { into, size } => self
                .ask(|object, kind| if kind == FileKind::Link { file::read_link(object) } else { Err(Errno::EINVAL) })
                .map(|target| caller.store_link(into, size, target.as_bytes())),
            PathOperation::GetAttribute => self.kind().and(Err(Errno::ENODATA)),
            PathOperation::ListAttributes => self.kind().map(|_| CallResult::Value(0)),
            PathOperation::Truncate { .. } => self.kind().and_then(|kind| match kind {
                FileKind::Directory => Err(Errno::EISDIR),
                FileKind::Regular => Err(Errno::EOPNOTSUPP),
                _ => Err(Errno::EINVAL),
            }),
            PathOperation::OpenHow { .. } => Err(Errno::EOPNOTSUPP),
        };
        answer.unwrap_or_else(CallResult::from)
    }

    /// open(2): of a directory only. What the kernel refuses to open is refused as it does.
    fn open(self, flags: u32) -> Result<CallResult, Errno> {
        let creates = flags & uapi::O_CREAT != 0;
        let kind = match self.kind() {
            Ok(_) if creates && flags & uapi::O_EXCL != 0 => return Err(Errno::EEXIST),
            Err(Errno::ENOENT) if creates => return Err(Errno::EOPNOTSUPP),
            kind => kind?,
        };
        match kind {
            FileKind::Directory if creates || flags & 3 != 0 => Err(Errno::EISDIR),
            FileKind::Directory => {
                let directory = self.caller.act(|root| open_at(root, self.path, Purpose::List))?;
                Ok(self.caller.give(directory.as_fd(), flags & uapi::O_CLOEXEC != 0).into())
            }
            _ if flags & uapi::O_DIRECTORY != 0 => Err(Errno::ENOTDIR),
            FileKind::Link if flags & uapi::O_PATH == 0 => Err(Errno::ELOOP),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    fn kind(self) -> Result<FileKind, Errno> {
        self.ask(|_, kind| Ok(kind))
    }

    /// Asks something of the object, which is not opened, with the caller's rights.
    fn ask<T: Send>(self, ask: impl FnOnce(BorrowedFd<'_>, FileKind) -> Result<T, Errno> + Send) -> Result<T, Errno> {
        let Self { caller, path, follow, is_directory } = self;
        caller.act(|root| {
            let object = open_at(root, path, if follow { Purpose::Look } else { Purpose::LookAtLink })?;
            let kind = status::status(object.as_fd())?.kind;
            if is_directory && kind != FileKind::Directory {
                return Err(Errno::ENOTDIR);
            }
            ask(object.as_fd(), kind)
        })
    }
}

fn open_at(root: BorrowedFd<'_>, path: &[u8], purpose: Purpose) -> Result<OwnedFd, Errno> {
    file::open_in_root(root, Path::new(OsStr::from_bytes(path)), purpose)
}
