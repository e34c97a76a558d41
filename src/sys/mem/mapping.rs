//! A shared mapping of a file descriptor, of which no reference is ever handed out.
//!
//! Others write this memory while we look at it: a device, another process. So bytes cross it by raw
//! copy, or by volatile accesses of one width, into and out of memory that is ours alone. A fault on
//! the way (SIGBUS) is an error of the call; see [`crate::sys::mem::fault`].

use crate::sys::clock::Stamp;
use crate::sys::mem::fault::{self, Region, Watch};
use crate::sys::mem::filemap::{FileMap, Wanted};
use crate::sys::system::page_size;
use crate::sys::{Errno, Result};
use std::hint::black_box;
use std::os::fd::BorrowedFd;
use std::ptr::NonNull;
use std::sync::atomic::{Ordering, compiler_fence};

pub(crate) use crate::sys::mem::fault::{Fault, FaultCause};

/// What a mapping is for, hence its protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// `PROT_READ`.
    Read,
    /// `PROT_WRITE`.
    Write,
    ReadWrite,
}

impl Access {
    fn reads(self) -> bool {
        self != Self::Write
    }

    fn writes(self) -> bool {
        self != Self::Read
    }
}

/// Why an access to a mapping was not made, or not to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessError {
    /// The mapping was not made for this direction. Nothing was touched.
    Direction,
    /// Part of it lies outside the mapping. Nothing was touched.
    Outside,
    /// Position or length is no multiple of the width. Nothing was touched.
    Misaligned,
    /// The memory did not answer.
    Fault(Fault),
}

impl From<Fault> for AccessError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

pub(crate) type Accessed = std::result::Result<(), AccessError>;

/// A number that a processor reads or writes by one access.
pub(crate) trait Cell: Copy + private::Sealed {
    /// From bytes in memory order.
    fn from_memory(bytes: &[u8]) -> Self;
    /// To bytes in memory order.
    fn to_memory(self, bytes: &mut [u8]);
}

mod private {
    pub(crate) trait Sealed {}
}

macro_rules! cells {
    ($($number:ty)*) => {$(
        impl private::Sealed for $number {}
        impl Cell for $number {
            fn from_memory(bytes: &[u8]) -> Self {
                let mut memory = [0; size_of::<Self>()];
                memory.copy_from_slice(bytes);
                Self::from_ne_bytes(memory)
            }
            fn to_memory(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_ne_bytes());
            }
        }
    )*};
}
cells!(u8 u16 u32 u64);

/// Bytes of a constant fill between two looks for a fault. Where memset(3) is asked for more than the caches hold,
/// processors do it in another way, a third faster; the faults of as many pages take a third of a second.
pub(crate) const FILL_PIECE: usize = 128 << 20;

/// A range of a file mapped `MAP_SHARED`; unmapped when dropped.
///
/// While it lives SIGBUS is handled (see [`crate::sys::mem::fault`]), so it is made for an operation and
/// dropped after it. Threads may share it; it stays in the thread that made it.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// Unmapped before SIGBUS is left to others again: fields are dropped in this order.
    memory: FileMap,
    access: Access,
    region: Region,
    _watch: Watch,
}

// SAFETY: the methods that threads share take `&self` and touch the memory only by raw copies and
// volatile accesses, which need no exclusive access: others write this memory anyway. `memory`
// and `access` do not change, `region` is made of atomics, `_watch` is only looked at by drop, which
// happens in the thread that made it because `Mapping` is not `Send`.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `length` bytes of `fd` from `offset` on, which has to be a multiple of the page size.
    ///
    /// # Errors
    /// EOVERFLOW for more than this processor can address, EINVAL for a length of 0 or what the
    /// exporter refuses, EACCES when the descriptor's access mode forbids it, ENODEV for what cannot be
    /// mapped at all, ENOMEM.
    pub(crate) fn new(fd: BorrowedFd<'_>, offset: u64, length: u64, access: Access) -> Result<Self> {
        Self::timed(fd, offset, length, access).map(|(mapping, _)| mapping)
    }

    /// As [`Mapping::new`] from the beginning, for both directions, and writes a 0 to the first byte of each
    /// page: a fault a page, unless the exporter has put all of them in at once. Answers also how long
    /// mmap(2) and the writing took, with nothing else counted, in nanoseconds.
    ///
    /// # Errors
    /// Those of [`Mapping::new`]. Memory that does not answer is found by [`Mapping::fault`].
    pub(crate) fn touched(fd: BorrowedFd<'_>, length: u64) -> Result<(Self, u64)> {
        let (mapping, map_time) = Self::timed(fd, 0, length, Access::ReadWrite)?;
        let (start, length, page) = (mapping.memory.start(), mapping.memory.len(), mapping.region.page());
        let mut touch_time = 0;
        // A fault is kept by the region.
        let _ = fault::guarded(&mapping.region, || {
            let begin = Stamp::now();
            for at in (0..length).step_by(page) {
                // SAFETY: `at` is less than the length of the mapping, which is writable and lives for the call.
                unsafe { start.add(at).write_volatile(0) };
            }
            touch_time = Stamp::now().since(begin);
        });
        Ok((mapping, map_time + touch_time))
    }

    /// As [`Mapping::new`], and the nanoseconds that mmap(2) took.
    fn timed(fd: BorrowedFd<'_>, offset: u64, length: u64, access: Access) -> Result<(Self, u64)> {
        let length = isize::try_from(length).map_err(|_| Errno::EOVERFLOW)?.unsigned_abs();
        let offset = i64::try_from(offset).map_err(|_| Errno::EOVERFLOW)?;
        let page = usize::try_from(page_size()).map_err(|_| Errno::EOVERFLOW)?;
        let watch = Watch::new()?;
        let wanted =
            Wanted { len: length, offset, read: access.reads(), write: access.writes(), exec: false, shared: true };
        let (memory, time) = FileMap::timed(fd, wanted)?;
        // The kernel maps whole pages, and this mapping owns all of the last one.
        let owned = length.next_multiple_of(page);
        let region = Region::new(memory.start().as_ptr().addr(), owned, page);
        Ok((Self { memory, access, region, _watch: watch }, time))
    }

    /// The length in bytes that was asked for.
    #[must_use]
    pub(crate) fn length(&self) -> usize {
        self.memory.len()
    }

    /// The first fault since it was mapped. After one, every access answers with it.
    #[must_use]
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.region.fault()
    }

    /// Copies from position `at` on into `into`.
    pub(crate) fn read(&self, at: usize, into: &mut [u8]) -> Accessed {
        let from = self.inside(self.access.reads(), at, into.len())?;
        fault::guarded(&self.region, || {
            // SAFETY: `inside` has checked that as many bytes as `into` has lie in the mapping, which
            // lives as long as `self`; `into` is ours and does not overlap it, because no slice over a
            // mapping exists. What another writes meanwhile arrives torn, which any byte may be.
            unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), into.as_mut_ptr(), into.len()) }
        })?;
        Ok(())
    }

    /// Copies `from` to position `at`.
    pub(crate) fn write(&self, at: usize, from: &[u8]) -> Accessed {
        let into = self.inside(self.access.writes(), at, from.len())?;
        fault::guarded(&self.region, || {
            // SAFETY: as in `read`, in the other direction.
            unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), into.as_ptr(), from.len()) }
        })?;
        Ok(())
    }

    /// Sets `length` bytes from position `at` on to `byte`, as fast as memset(3).
    pub(crate) fn fill(&self, at: usize, length: usize, byte: u8) -> Accessed {
        self.inside(self.access.writes(), at, length)?;
        let end = at + length;
        for piece in (at..end).step_by(FILL_PIECE) {
            let length = FILL_PIECE.min(end - piece);
            let into = self.inside(self.access.writes(), piece, length)?;
            fault::guarded(&self.region, || {
                // SAFETY: as in `write`: `inside` has checked the range.
                unsafe { std::ptr::write_bytes(into.as_ptr(), byte, length) }
            })?;
        }
        Ok(())
    }

    /// Sets the first `length` bytes to `byte` as often as `passes` says, and looks for a fault once: the look is
    /// as long as it takes to set a page.
    pub(crate) fn fill_again(&self, length: usize, byte: u8, passes: u64) -> Accessed {
        if passes <= 1 {
            return self.fill(0, length, byte);
        }
        let into = self.inside(self.access.writes(), 0, length)?;
        fault::guarded(&self.region, || {
            for _ in 0..passes {
                // SAFETY: as in `write`: `inside` has checked the range.
                unsafe { std::ptr::write_bytes(into.as_ptr(), byte, length) }
                // Each pass is one of its own.
                compiler_fence(Ordering::SeqCst);
            }
        })?;
        Ok(())
    }

    /// Copies the first bytes into `into` as often as `passes` says, and looks for a fault once.
    pub(crate) fn read_again(&self, into: &mut [u8], passes: u64) -> Accessed {
        let from = self.inside(self.access.reads(), 0, into.len())?;
        let into = black_box(into);
        fault::guarded(&self.region, || {
            for _ in 0..passes {
                // SAFETY: as in `read`.
                unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), into.as_mut_ptr(), into.len()) }
                compiler_fence(Ordering::SeqCst);
            }
        })?;
        Ok(())
    }

    /// Reads into `into` by volatile accesses of the width of `T`, aligned, each place once, upwards.
    pub(crate) fn read_cells<T: Cell>(&self, at: usize, into: &mut [u8]) -> Accessed {
        let from = self.cells::<T>(self.access.reads(), at, into.len())?;
        fault::guarded(&self.region, || {
            for (index, bytes) in into.chunks_exact_mut(size_of::<T>()).enumerate() {
                // SAFETY: `cells` has checked that all of the range lies in the mapping and that it
                // begins at a multiple of the width, in the mapping and (pages are aligned) in memory.
                let value: T = unsafe { from.add(index).read_volatile() };
                value.to_memory(bytes);
            }
        })?;
        Ok(())
    }

    /// Writes `from` by volatile accesses of the width of `T`, aligned, each place once, upwards.
    pub(crate) fn write_cells<T: Cell>(&self, at: usize, from: &[u8]) -> Accessed {
        let into = self.cells::<T>(self.access.writes(), at, from.len())?;
        fault::guarded(&self.region, || {
            for (index, bytes) in from.chunks_exact(size_of::<T>()).enumerate() {
                // SAFETY: as in `read_cells`.
                unsafe { into.add(index).write_volatile(T::from_memory(bytes)) };
            }
        })?;
        Ok(())
    }

    /// Reads the first byte without saying so to the handler.
    #[cfg(test)]
    pub(super) fn touch(&self) -> u8 {
        // SAFETY: a mapping has one byte at least, and any byte is a valid u8.
        unsafe { self.memory.start().read_volatile() }
    }

    /// The address of `length` bytes at `at`, if the mapping has them and is made for this direction.
    fn inside(&self, direction: bool, at: usize, length: usize) -> std::result::Result<NonNull<u8>, AccessError> {
        if !direction {
            return Err(AccessError::Direction);
        }
        match at.checked_add(length) {
            // SAFETY: `at` is at most the length of the mapping, one allocation of at most isize::MAX bytes.
            Some(end) if end <= self.memory.len() => Ok(unsafe { self.memory.start().add(at) }),
            _ => Err(AccessError::Outside),
        }
    }

    fn cells<T: Cell>(
        &self,
        direction: bool,
        at: usize,
        length: usize,
    ) -> std::result::Result<NonNull<T>, AccessError> {
        let width = size_of::<T>();
        if at % width != 0 || length % width != 0 {
            return Err(AccessError::Misaligned);
        }
        Ok(self.inside(direction, at, length)?.cast())
    }
}

#[cfg(test)]
mod tests;
