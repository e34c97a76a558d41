//! One request, sent as it was asked for.

use crate::dmabuf::DmaBuf;
use crate::heap::Heap;
use crate::sys::Errno;
use crate::sys::fd::{ioctl, oflags};
use crate::sys::mem::memfd::{self, MemfdSize};
use crate::sys::system::page_size;
use crate::uapi::udmabuf;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// The structure that the request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestAbi {
    /// Mainline's; and where the kernel does not know that request (ENOTTY), that of v12.
    Auto,
    /// Mainline's, 24 bytes (5.6 and later).
    Mainline,
    /// The 2019 v12 series, 32 bytes.
    V12,
}

/// A request on a heap. Nothing of it is checked here, as the kernel is the one to refuse, but what udmabuf has no word for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AllocationRequest {
    /// Bytes.
    pub len: u64,
    /// `O_*` flags of the new descriptor.
    pub fd_flags: u32,
    pub heap_flags: u64,
    pub abi: RequestAbi,
}

/// A buffer, and how long the kernel took to make it.
#[derive(Debug)]
pub(crate) struct NewBuffer {
    pub buffer: DmaBuf,
    /// Time of the ioctl that succeeded.
    pub elapsed: Duration,
}

impl Heap {
    /// Sends `request`.
    pub(crate) fn allocate(&self, request: &AllocationRequest) -> Result<NewBuffer, Errno> {
        match request.abi {
            _ if self.is_udmabuf => self.of_memfd(request),
            RequestAbi::Mainline => self.timed(request, false),
            RequestAbi::V12 => self.timed(request, true),
            RequestAbi::Auto => match self.timed(request, false) {
                Err(Errno::ENOTTY) => self.timed(request, true),
                answer => answer,
            },
        }
    }

    /// A buffer of a new memfd.
    ///
    /// # Errors
    /// EOPNOTSUPP, which is not the kernel's: no memfd can answer the request.
    fn of_memfd(&self, request: &AllocationRequest) -> Result<NewBuffer, Errno> {
        const INHERITED: u32 = oflags::RDWR;
        const CLOSED: u32 = oflags::RDWR | oflags::CLOEXEC;
        let flags = match (request.fd_flags, request.heap_flags, request.abi) {
            (INHERITED, 0, RequestAbi::Auto) => 0,
            (CLOSED, 0, RequestAbi::Auto) => udmabuf::FLAGS_CLOEXEC,
            _ => return Err(Errno::EOPNOTSUPP),
        };
        let size = request.len.checked_next_multiple_of(page_size()).unwrap_or(0);
        let start = Instant::now();
        let memory = memfd::memory(c"dmaheap", MemfdSize::Sparse(size))?;
        let fd = memfd::udmabuf(self.as_fd(), memory.as_fd(), size, flags)?;
        Ok(NewBuffer { elapsed: start.elapsed(), buffer: DmaBuf::from(fd) })
    }

    fn timed(&self, request: &AllocationRequest, v12: bool) -> Result<NewBuffer, Errno> {
        let send: fn(_, _, _, _) -> crate::sys::Result<OwnedFd> =
            if v12 { ioctl::heap_alloc_v12 } else { ioctl::heap_alloc };
        let start = Instant::now();
        let fd = send(self.as_fd(), request.len, request.fd_flags, request.heap_flags)?;
        let elapsed = start.elapsed();
        Ok(NewBuffer { buffer: DmaBuf::from(fd), elapsed })
    }
}
