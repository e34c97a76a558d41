//! Paths that lead through the simulator's directories and out of them again, as `/dev/dma_heap/..`.
//!
//! The kernel would not find what they mean, so they are looked up here: with the caller's rights, from its root
//! directory, and without opening anything but a directory. Opening can wait for ever (a FIFO) or do something
//! (a device), and the open file would be this process's doing.

use super::path::given;
use crate::sim::caller::Caller;
use crate::sim::supervisor::Supervisor;
use crate::sim::syscall::decode::PathOperation;
use crate::sim::syscall::layout::{Stat, Statfs};
use crate::sys::Errno;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, FileKind};
use crate::sys::sim::seccomp::Answer;
use crate::uapi::fcntl as uapi;
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Such a path, without the way through the simulator's directories.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elsewhere<'a> {
    pub(crate) path: &'a [u8],
    /// Whether a last symbolic link is followed.
    pub(crate) follow: bool,
    /// Whether it names a directory, or nothing.
    pub(crate) is_directory: bool,
}

impl Elsewhere<'_> {
    fn open(self, root: BorrowedFd<'_>, purpose: Purpose) -> Result<OwnedFd, Errno> {
        file::open_in_root(root, Path::new(OsStr::from_bytes(self.path)), purpose)
    }

    /// The object without opening it, and what it is.
    fn look(self, root: BorrowedFd<'_>) -> Result<(OwnedFd, FileKind), Errno> {
        let object = self.open(root, if self.follow { Purpose::Look } else { Purpose::LookAtLink })?;
        let kind = status::status(object.as_fd())?.kind;
        if self.is_directory && kind != FileKind::Directory {
            return Err(Errno::ENOTDIR);
        }
        Ok((object, kind))
    }
}

impl Supervisor {
    /// Answers a call on such a path.
    pub(crate) fn answer_elsewhere(
        &self,
        caller: &Caller<'_>,
        place: Elsewhere<'_>,
        operation: PathOperation,
    ) -> Answer {
        let answer = match operation {
            PathOperation::Open { flags } => open(caller, place, flags),
            PathOperation::Stat { layout, into } => {
                stat(caller, place).map(|stat| self.store(caller, into, &stat.encode(layout)))
            }
            PathOperation::Statx { into } => {
                stat(caller, place).map(|stat| self.store(caller, into, &stat.encode_statx()))
            }
            PathOperation::Statfs { layout, into, size } => {
                let file_system = caller.act(|root| status::file_system(place.look(root)?.0.as_fd()));
                file_system.map(|found| self.store_statfs(caller, &Statfs::from(found), (layout, into, size)))
            }
            PathOperation::Access { mode, .. } => {
                let may = caller.act(|root| file::may(place.look(root)?.0.as_fd(), mode));
                may.map(|()| Answer::Value(0))
            }
            PathOperation::ReadLink { into, size } => read_link(caller, place).map(|target| {
                let len = target.len().min(size as usize);
                caller.store(into, &target[..len]).map_or_else(error, |()| Answer::Value(len as i64))
            }),
            PathOperation::GetAttribute => caller.act(|root| place.look(root)).and(Err(Errno::ENODATA)),
            PathOperation::ListAttributes => caller.act(|root| place.look(root)).map(|_| Answer::Value(0)),
            PathOperation::Truncate { .. } => match caller.act(|root| place.look(root)) {
                Ok((_, FileKind::Directory)) => Err(Errno::EISDIR),
                Ok((_, FileKind::Regular)) => Err(Errno::EOPNOTSUPP),
                Ok(_) => Err(Errno::EINVAL),
                Err(errno) => Err(errno),
            },
            PathOperation::OpenHow { .. } => Err(Errno::EOPNOTSUPP),
        };
        answer.unwrap_or_else(error)
    }
}

/// open(2): of a directory only. What the kernel refuses to open is refused as it does.
fn open(caller: &Caller<'_>, place: Elsewhere<'_>, flags: u32) -> Result<Answer, Errno> {
    let creates = flags & uapi::O_CREAT != 0;
    let kind = match caller.act(|root| place.look(root)) {
        Ok(_) if creates && flags & uapi::O_EXCL != 0 => return Err(Errno::EEXIST),
        Ok((_, kind)) => kind,
        Err(Errno::ENOENT) if creates => return Err(Errno::EOPNOTSUPP),
        Err(errno) => return Err(errno),
    };
    match kind {
        FileKind::Directory if creates || flags & 3 != 0 => Err(Errno::EISDIR),
        FileKind::Directory => {
            let directory = caller.act(|root| place.open(root, Purpose::List))?;
            Ok(given(caller.give(directory.as_fd(), flags & uapi::O_CLOEXEC != 0)))
        }
        _ if flags & uapi::O_DIRECTORY != 0 => Err(Errno::ENOTDIR),
        FileKind::Link if flags & uapi::O_PATH == 0 => Err(Errno::ELOOP),
        _ => Err(Errno::EOPNOTSUPP),
    }
}

fn stat(caller: &Caller<'_>, place: Elsewhere<'_>) -> Result<Stat, Errno> {
    caller.act(|root| status::status(place.look(root)?.0.as_fd())).map(|status| Stat::from(&status))
}

fn read_link(caller: &Caller<'_>, place: Elsewhere<'_>) -> Result<Vec<u8>, Errno> {
    caller.act(|root| match place.look(root)? {
        (link, FileKind::Link) => Ok(file::read_link(link.as_fd())?.into_vec()),
        _ => Err(Errno::EINVAL),
    })
}

fn error(errno: Errno) -> Answer {
    Answer::Error(errno as i32)
}
