//! A part of a buffer that options name, opened for the verbs on bytes.

use super::source::{self, Opened};
use super::timeouts;
use crate::args::bytes::Bytes;
use crate::args::progress::ProgressChoice;
use crate::dmabuf::fence::Obstruction;
use crate::dmabuf::mapping::Target;
use crate::dmabuf::range::ByteRange;
use crate::dmabuf::sync::{Direction, SyncRequests};
use crate::dmabuf::width::Width;
use crate::error::Error;
use crate::exit::Exit;
use crate::pattern::{Jobs, SeededPattern, Source, Work};
use crate::sys::fd::status::{self, FileKind};
use crate::ui::progress::ProgressLine;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// A range of an open buffer, and how it is to be accessed.
#[derive(Debug)]
pub(super) struct Region {
    fd: OwnedFd,
    /// The buffer's name in errors.
    pub(super) object: String,
    pub(super) range: ByteRange,
    requests: SyncRequests,
    width: Option<Width>,
    progress: ProgressChoice,
}

impl Region {
    /// Gets hold of the buffer for `operation` and checks the range against its size. Nothing is accessed yet, but with a
    /// limit of time the fences that an access in `direction` waits for are signaled: the kernel has no limit, and does
    /// not say what it waits for.
    pub(super) fn open(bytes: &Bytes, operation: &'static str, direction: Direction) -> Result<Self, Error> {
        let Opened { fd, object, identity, .. } = source::open(&bytes.source, operation)?;
        if bytes.sync != SyncRequests::None || !identity.may_be_mapped() {
            let checked = identity.check("access", &object);
            checked.map_err(|error| {
                if identity.may_be_mapped() {
                    error.with_hint("--sync none also accepts descriptors that are not dma-bufs")
                } else {
                    error
                }
            })?;
        }
        let size = identity.size(fd.as_fd());
        // An eventfd, a pidfd: nothing that has bytes.
        if identity.kind == FileKind::Anonymous && !matches!(size, Ok(1..)) {
            identity.check("access", &object)?;
        }
        let size = size.map_err(|errno| Error::errno("measure", &object, errno))?;
        let range = ByteRange::within(&object, size, bytes.offset, bytes.length)?;
        let begins = matches!(bytes.sync, SyncRequests::Start | SyncRequests::Both);
        if bytes.source.timeouts.timeout.is_some() && begins {
            await_fences(bytes, fd.as_fd(), &object, direction)?;
            timeouts::go_on(&bytes.source.timeouts, operation, &object, Exit::Failure);
        }
        Ok(Self { fd, object, range, requests: bytes.sync, width: bytes.width, progress: bytes.progress })
    }

    /// The buffer, for an access.
    pub(super) fn target(&self) -> Target<'_> {
        Target { fd: self.fd.as_fd(), object: self.object.clone(), sync: self.requests, width: self.width }
    }

    /// Does `work` on the range with the bytes of `pattern`.
    pub(super) fn work<T>(
        &self,
        pattern: &SeededPattern<'_>,
        jobs: Jobs,
        work: impl FnOnce(&Target<'_>, &Source, &Work<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let source = pattern.open()?;
        let progress = self.progress(false);
        let add = |bytes| progress.add(bytes);
        let is_shown = progress.is_shown();
        work(&self.target(), &source, &Work { range: self.range, jobs, progress: is_shown.then_some(&add as _) })
    }

    /// Returns the inode number that debugfs knows it by.
    pub(super) fn inode(&self) -> Option<u64> {
        status::status(self.fd.as_fd()).ok().map(|status| status.inode)
    }

    /// Begins to show how far the work on the range is, unless `is_shared`: the output goes to the same terminal.
    pub(super) fn progress(&self, is_shared: bool) -> ProgressLine {
        self.progress.line(self.range.length(), is_shared)
    }
}

fn await_fences(bytes: &Bytes, fd: BorrowedFd<'_>, object: &str, direction: Direction) -> Result<(), Error> {
    let obstruction = Obstruction::of(fd, direction);
    let failed = |errno| Error::errno("wait for the fences of", object, errno);
    if obstruction.is_pending().map_err(failed)? {
        let awaited = format!("{} of {object}", obstruction.name());
        timeouts::go_on(&bytes.source.timeouts, "wait for", awaited, Exit::Failure);
        obstruction.wait().map_err(failed)?;
    }
    Ok(())
}
