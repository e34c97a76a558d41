//! A range of a buffer mapped for an access, in offsets of the buffer.

use super::range::ByteRange;
use super::sync::{Brackets, Direction};
use super::width::Width;
use crate::error::{Error, Hint};
use crate::sys::Errno;
use crate::sys::mem::mapping::{Access, AccessError, Fault, FaultCause, Mapping};
use crate::sys::system::page_size;
use std::os::fd::BorrowedFd;

/// A buffer, and how its bytes are to be accessed.
#[derive(Clone, Debug)]
pub(crate) struct Target<'fd> {
    pub fd: BorrowedFd<'fd>,
    pub object: String,
    /// The `DMA_BUF_IOCTL_SYNC` around each access.
    pub brackets: Brackets,
    /// Only aligned volatile accesses of this width; else whatever is fastest.
    pub width: Option<Width>,
}

impl Target<'_> {
    /// Maps `range` for `direction` and does `work` on it between the brackets.
    ///
    /// # Errors
    /// A range that the width cannot cover, a mapping or a bracket that the kernel refuses, and those
    /// of `work`.
    pub(crate) fn access<T>(
        &self,
        direction: Direction,
        range: ByteRange,
        work: impl FnOnce(&Mapped) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mapped = Mapped::new(self, direction, range)?;
        self.brackets.around(self.fd, &self.object, direction, || work(&mapped))
    }
}

/// A mapped range of a buffer. Unmapped when dropped.
///
/// Positions are offsets in the buffer; those outside the range are errors. Threads may share it.
#[derive(Debug)]
pub(crate) struct Mapped {
    mapping: Mapping,
    /// The offset in the buffer at which the mapping begins: the beginning of a page.
    base: u64,
    object: String,
    width: Option<Width>,
}

impl Mapped {
    /// Maps `range` of `target`, without any bracket.
    ///
    /// # Errors
    /// A range that the width cannot cover, or a mapping that the kernel refuses.
    pub(crate) fn new(target: &Target<'_>, direction: Direction, range: ByteRange) -> Result<Self, Error> {
        if let Some(width) = target.width {
            range.check_width(&target.object, width)?;
        }
        let access = match direction {
            Direction::Read => Access::Read,
            Direction::Write => Access::Write,
        };
        let base = range.offset() - range.offset() % page_size();
        let mapping = Mapping::new(target.fd, base, range.end() - base, access)
            .map_err(|errno| refused(&target.object, direction, range, errno))?;
        Ok(Self { mapping, base, object: target.object.clone(), width: target.width })
    }

    /// What errors call the buffer.
    #[must_use]
    pub(crate) fn object(&self) -> &str {
        &self.object
    }

    /// The width of each access, if one was asked for.
    #[must_use]
    pub(crate) fn width(&self) -> Option<Width> {
        self.width
    }

    /// Copies from `offset` on into `into`.
    ///
    /// # Errors
    /// Memory that does not answer (SIGBUS).
    pub(crate) fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let at = self.position(offset);
        match self.width {
            None => self.mapping.read(at, into),
            Some(Width::Bits8) => self.mapping.read_cells::<u8>(at, into),
            Some(Width::Bits16) => self.mapping.read_cells::<u16>(at, into),
            Some(Width::Bits32) => self.mapping.read_cells::<u32>(at, into),
            Some(Width::Bits64) => self.mapping.read_cells::<u64>(at, into),
        }
        .map_err(|error| self.failed("read", error))
    }

    /// Copies `from` to `offset`.
    ///
    /// # Errors
    /// Memory that does not answer (SIGBUS).
    pub(crate) fn write(&self, offset: u64, from: &[u8]) -> Result<(), Error> {
        let at = self.position(offset);
        match self.width {
            None => self.mapping.write(at, from),
            Some(Width::Bits8) => self.mapping.write_cells::<u8>(at, from),
            Some(Width::Bits16) => self.mapping.write_cells::<u16>(at, from),
            Some(Width::Bits32) => self.mapping.write_cells::<u32>(at, from),
            Some(Width::Bits64) => self.mapping.write_cells::<u64>(at, from),
        }
        .map_err(|error| self.failed("write", error))
    }

    /// Sets every byte of `range` to `byte` as memset(3) does, whatever the width.
    ///
    /// # Errors
    /// Memory that does not answer (SIGBUS).
    pub(crate) fn set(&self, range: ByteRange, byte: u8) -> Result<(), Error> {
        // A length that no usize can hold is outside the mapping, and found so there.
        let length = usize::try_from(range.length()).unwrap_or(usize::MAX);
        self.mapping.fill(self.position(range.offset()), length, byte).map_err(|error| self.failed("write", error))
    }

    /// The position in the mapping; one that cannot be is outside, and found so there.
    fn position(&self, offset: u64) -> usize {
        offset.checked_sub(self.base).and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX)
    }

    fn failed(&self, operation: &'static str, error: AccessError) -> Error {
        let refused = |reason: &str| Error::refused(operation, &self.object, reason);
        match error {
            AccessError::Direction => refused("it is not mapped for that"),
            AccessError::Outside => refused("outside what is mapped"),
            AccessError::Misaligned => refused("not a multiple of the width"),
            AccessError::Fault(fault) => self.faulted(operation, fault),
        }
    }

    fn faulted(&self, operation: &'static str, fault: Fault) -> Error {
        let offset = self.base + fault.at as u64;
        let (reason, hint) = match fault.cause {
            FaultCause::Alignment => ("the memory refuses this kind of access", Some(Hint::WordAccess)),
            FaultCause::NoPage => (
                "no memory there",
                Some(match self.width {
                    None => Hint::WordAccessOrTruncated,
                    Some(_) => "its file was truncated, or its exporter has nothing there".into(),
                }),
            ),
            FaultCause::Hardware => ("the hardware reports broken memory", None),
            FaultCause::Other => ("the memory does not answer", None),
        };
        let error = Error::refused(operation, &self.object, format!("{reason}, at offset {offset:#x} (SIGBUS)"));
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

/// The kernel's refusals of mmap(2) on a dma-buf: `dma_buf_mmap_internal`, and do_mmap's access modes.
fn refused(object: &str, direction: Direction, range: ByteRange, errno: Errno) -> Error {
    let explained = |reason: &str| Error::explained("map", object, reason, errno);
    match (errno, direction) {
        (Errno::EACCES, Direction::Read) => {
            explained("its descriptor is open for writing only, so it cannot be read").with_hint(Hint::AllocateReadable)
        }
        (Errno::EACCES, _) => explained("its descriptor is not open for reading and writing, so it cannot be written")
            .with_hint(Hint::AllocateWritable),
        (Errno::EINVAL, _) => explained("its exporter does not let it be mapped"),
        (Errno::EBADF, _) => explained("it was opened by its path only (O_PATH), not for any access"),
        (Errno::ENODEV, _) => explained("it is nothing that can be mapped"),
        (Errno::ENOMEM | Errno::EOVERFLOW, _) => {
            explained(&format!("no room for {} bytes in the address space", range.length()))
                .with_hint(Hint::SmallerRange)
        }
        _ => Error::errno("map", object, errno),
    }
}
