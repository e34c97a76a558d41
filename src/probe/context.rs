//! What a case finds when its child begins.

use super::child::ChildLog;
use super::facts::Facts;
use super::request::{Len, RawRequest, RequestTarget};
use crate::heap::MemoryKind;
use crate::model::Abi;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, Status};
use crate::sys::fd::{ioctl, oflags};
use crate::sys::mem::memfd::{self, MemfdSize};
use crate::sys::probe::operation;
use crate::sys::process::signals::Signals;
use crate::sys::{Errno, Result};
use crate::uapi::udmabuf;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// A heap or udmabuf, and the kernel behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CaseContext<'a> {
    /// The heap, opened read-only.
    pub heap: BorrowedFd<'a>,
    pub path: &'a Path,
    pub kind: MemoryKind,
    pub facts: &'a Facts,
    /// Whom to tell what is going to be done; nobody outside of a child.
    pub log: Option<ChildLog<'a>>,
    /// The signals that end the run; none before it.
    pub signals: Option<&'a Signals>,
}

#[derive(Debug)]
pub(super) enum OpenTarget {
    Heap,
    None,
    Fd(OwnedFd),
    /// This, and what keeps it alive.
    Pair(OwnedFd, #[expect(dead_code, reason = "held for its other end")] OwnedFd),
}

impl<'a> CaseContext<'a> {
    pub(crate) fn logging_to<'b>(&self, log: ChildLog<'b>) -> CaseContext<'b>
    where
        'a: 'b,
    {
        CaseContext { log: Some(log), ..*self }
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.signals.is_some_and(Signals::have_come)
    }

    /// Reports what is about to be done, in case nothing else is heard of it.
    pub(super) fn announce(&self, what: impl FnOnce() -> String) {
        if let Some(log) = self.log {
            log.announce(&what());
        }
    }

    /// `request` in hexadecimal, as it is sent here.
    pub(super) fn describe(&self, request: &RawRequest) -> String {
        let kernel = &self.facts.kernel;
        request.describe(kernel.abi, kernel.page_size, self.heap.as_raw_fd() as u32)
    }

    pub(super) fn target(&self, target: RequestTarget) -> Result<OpenTarget> {
        Ok(match target {
            RequestTarget::Heap => OpenTarget::Heap,
            RequestTarget::HeapOpened(access) => OpenTarget::Fd(self.open_again(access)?),
            RequestTarget::Closed => OpenTarget::None,
            RequestTarget::PathOnly => OpenTarget::Fd(file::open(self.path, Purpose::Look)?),
            RequestTarget::Null => OpenTarget::Fd(null()?),
            RequestTarget::File => OpenTarget::Fd(operation::memory_file()?),
            RequestTarget::Directory => OpenTarget::Fd(file::open(Path::new("/"), Purpose::List)?),
            RequestTarget::Socket => {
                let (one, other) = operation::socket()?;
                OpenTarget::Pair(one, other)
            }
            RequestTarget::Buffer => OpenTarget::Fd(self.buffer(1, oflags::RDWR)?),
        })
    }

    /// The heap's node, opened with another access mode. EPROTO if another device has taken its place.
    pub(super) fn open_again(&self, access: u32) -> Result<OwnedFd> {
        let kind = |status: Status| status.kind;
        let wanted = status::status(self.heap).map(kind)?;
        let look = file::open(self.path, Purpose::Look)?;
        if status::status(look.as_fd()).map(kind)? != wanted {
            return Err(Errno::EPROTO);
        }
        let fd = operation::open(self.path, access)?;
        if status::status(fd.as_fd()).map(kind)? == wanted { Ok(fd) } else { Err(Errno::EPROTO) }
    }

    /// A buffer of `pages` pages; udmabuf knows one access mode only.
    pub(super) fn buffer(&self, pages: u64, access: u32) -> Result<OwnedFd> {
        let len = pages * self.facts.kernel.page_size;
        if self.kind == MemoryKind::Udmabuf {
            self.announce(|| format!("UDMABUF_CREATE of {len} bytes"));
            let memory = memfd::memory(c"dmaheap", MemfdSize::Sparse(len))?;
            return memfd::udmabuf(self.heap, memory.as_fd(), len, udmabuf::FLAGS_CLOEXEC);
        }
        let flags = access | oflags::CLOEXEC;
        self.announce(|| self.describe(&RawRequest::GOOD.len(Len::Bytes(len)).fd_flags(flags)));
        match self.facts.kernel.abi {
            Abi::Mainline => ioctl::heap_alloc(self.heap, len, flags, 0),
            Abi::V12 => ioctl::heap_alloc_v12(self.heap, len, flags, 0),
        }
    }
}

/// `/dev/null`, if it is what it is called: device 1:3.
fn null() -> Result<OwnedFd> {
    let path = Path::new("/dev/null");
    let look = file::open(path, Purpose::Look)?;
    let device = status::Device { major: 1, minor: 3 };
    if status::status(look.as_fd())?.kind != status::FileKind::Character(device) {
        return Err(Errno::ENODEV);
    }
    file::open(path, Purpose::Read)
}
