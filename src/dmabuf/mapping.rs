//! A range of a buffer mapped for an access, in offsets of the buffer.

use super::range::ByteRange;
use super::sync::{CpuAccess, Direction, SyncRequests};
use super::width::Width;
use crate::error::{Error, Hint};
use crate::sys::Errno;
use crate::sys::mem::fault::{FaultCause, MemoryFault};
use crate::sys::mem::mapping::{Mapping, MappingAccess};
use crate::sys::system::page_size;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

/// A buffer, and how its bytes are to be accessed.
#[derive(Clone, Debug)]
pub(crate) struct Target<'fd> {
    pub fd: BorrowedFd<'fd>,
    /// The buffer's name in errors.
    pub object: String,
    /// The `DMA_BUF_IOCTL_SYNC` around each access.
    pub sync: SyncRequests,
    /// Only aligned volatile accesses of this width; else whatever is fastest.
    pub width: Option<Width>,
}

impl<'fd> Target<'fd> {
    /// Accessed as a program should: with both requests, as fast as it can be.
    pub(crate) fn new(fd: BorrowedFd<'fd>, object: impl Into<String>) -> Self {
        Self { fd, object: object.into(), sync: SyncRequests::Both, width: None }
    }

    /// Maps `range` and begins an access to it. Refused are a range that the width cannot cover, and what the kernel
    /// refuses.
    pub(crate) fn begin(&self, direction: Direction, range: ByteRange) -> Result<Mapped<'_>, Error> {
        if let Some(width) = self.width {
            range.check_width(&self.object, width)?;
        }
        let (access, operation) = match direction {
            Direction::Read => (MappingAccess::Read, "read"),
            Direction::Write => (MappingAccess::Write, "write"),
        };
        let base = range.offset() - range.offset() % page_size();
        let mapping = Mapping::new(self.fd, base, range.end() - base, access)
            .map_err(|errno| refused(&self.object, direction, range, errno))?;
        let (object, width) = (self.object.clone(), self.width);
        let report = move |fault| memory_fault(operation, &object, base, width, fault).end();
        let cpu = CpuAccess::begin(self.fd, &self.object, direction, self.sync)?;
        Ok(Mapped { target: self, cpu, mapping: mapping.reporting(Arc::new(report)), base })
    }
}

/// A mapped range of a buffer, and an access of the processor to it that has begun.
///
/// Positions are offsets in the buffer, within the range. Threads may share it. Memory that does not answer (SIGBUS)
/// ends the process with an error.
pub(crate) struct Mapped<'t> {
    target: &'t Target<'t>,
    /// Ended before it is unmapped: fields are dropped in this order.
    cpu: CpuAccess<'t>,
    mapping: Mapping,
    /// The offset in the buffer at which the mapping begins: the beginning of a page.
    base: u64,
}

impl Mapped<'_> {
    /// Returns the buffer's name in errors.
    pub(crate) fn object(&self) -> &str {
        &self.target.object
    }

    /// The width of each access, if one was asked for.
    pub(crate) fn width(&self) -> Option<Width> {
        self.target.width
    }

    /// Copies from `offset` on into `into`.
    pub(crate) fn read(&self, offset: u64, into: &mut [u8]) {
        let at = self.position(offset);
        match self.width() {
            None => self.mapping.read(at, into),
            Some(Width::Bits8) => self.mapping.read_cells::<u8>(at, into),
            Some(Width::Bits16) => self.mapping.read_cells::<u16>(at, into),
            Some(Width::Bits32) => self.mapping.read_cells::<u32>(at, into),
            Some(Width::Bits64) => self.mapping.read_cells::<u64>(at, into),
        }
    }

    /// Copies `from` to `offset`.
    pub(crate) fn write(&self, offset: u64, from: &[u8]) {
        let at = self.position(offset);
        match self.width() {
            None => self.mapping.write(at, from),
            Some(Width::Bits8) => self.mapping.write_cells::<u8>(at, from),
            Some(Width::Bits16) => self.mapping.write_cells::<u16>(at, from),
            Some(Width::Bits32) => self.mapping.write_cells::<u32>(at, from),
            Some(Width::Bits64) => self.mapping.write_cells::<u64>(at, from),
        }
    }

    /// Sets every byte of `range` to `byte` as memset(3) does, whatever the width.
    pub(crate) fn set(&self, range: ByteRange, byte: u8) {
        // What has been mapped has a length that a usize can hold.
        self.mapping.fill(self.position(range.offset()), range.length() as usize, byte);
    }

    /// Ends the access. Where its work failed it is dropped instead.
    pub(crate) fn finish(self) -> Result<(), Error> {
        self.cpu.finish()
    }

    /// The position in the mapping; one that cannot be is outside, and found so there.
    fn position(&self, offset: u64) -> usize {
        offset.checked_sub(self.base).and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX)
    }
}

fn memory_fault(operation: &'static str, object: &str, base: u64, width: Option<Width>, fault: MemoryFault) -> Error {
    let (reason, hint) = match (fault.cause, width) {
        (FaultCause::Alignment, _) => ("unsupported kind of access", Some(Hint::WordAccess)),
        (FaultCause::NoPage, None) => ("no memory", Some(Hint::WordAccessOrTruncated)),
        (FaultCause::NoPage, Some(_)) => {
            ("no memory", Some("its file was truncated, or its exporter has no page there".into()))
        }
        (FaultCause::Hardware, _) => ("the hardware reports a memory error", None),
        (FaultCause::Other, _) => ("memory access failed", None),
    };
    let offset = base + fault.at as u64;
    let error = Error::refused(operation, object, format!("{reason} at offset {offset:#x} (SIGBUS)"));
    match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// The kernel's refusals of mmap(2) on a dma-buf: `dma_buf_mmap_internal`, and do_mmap's access modes.
fn refused(object: &str, direction: Direction, range: ByteRange, errno: Errno) -> Error {
    let explained = |reason: &str| Error::explained("map", object, reason, errno);
    match (errno, direction) {
        (Errno::EACCES, Direction::Read) => {
            explained("its descriptor is write-only, so it cannot be read").with_hint(Hint::AllocateReadable)
        }
        (Errno::EACCES, _) => explained("its descriptor is not open for reading and writing, so it cannot be written")
            .with_hint(Hint::AllocateWritable),
        (Errno::EINVAL, _) => explained("its exporter does not support mmap"),
        (Errno::EBADF, _) => explained("it was opened with O_PATH, without access"),
        (Errno::ENODEV, _) => explained("it cannot be mapped"),
        (Errno::ENOMEM | Errno::EOVERFLOW, _) => {
            explained(&format!("the address space has no room for {} bytes", range.length()))
                .with_hint(Hint::SmallerRange)
        }
        _ => Error::errno("map", object, errno),
    }
}
