//! A shared mapping of a file descriptor, of which no reference is ever handed out.
//!
//! Others write this memory while we look at it: a device, another process. So bytes cross it by raw
//! copy, or by volatile accesses of one width, into and out of memory that is ours alone.

use crate::sys::clock::Stamp;
use crate::sys::mem::fault::{self, FaultReport};
use crate::sys::mem::filemap::{FileMap, Wanted};
use crate::sys::system::page_size;
use crate::sys::{Errno, Result};
use std::hint::black_box;
use std::os::fd::BorrowedFd;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{Ordering, compiler_fence};

/// The use of a mapping, hence its protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MappingAccess {
    /// `PROT_READ`.
    Read,
    /// `PROT_WRITE`.
    Write,
    ReadWrite,
}

impl MappingAccess {
    fn reads(self) -> bool {
        self != Self::Write
    }

    fn writes(self) -> bool {
        self != Self::Read
    }
}

/// A number that a processor reads or writes by one access.
pub(crate) trait MemoryWord: Copy {
    /// Takes bytes in memory order.
    fn from_memory(bytes: &[u8]) -> Self;
    /// To bytes in memory order.
    fn to_memory(self, bytes: &mut [u8]);
}

macro_rules! cells {
    ($($number:ty)*) => {$(
        impl MemoryWord for $number {
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

/// A range of a file mapped `MAP_SHARED`; unmapped when dropped. Threads may share it.
///
/// What lies outside it, or is not aligned, or the direction that it was not made for, is the caller's mistake and a
/// panic.
pub(crate) struct Mapping {
    memory: FileMap,
    access: MappingAccess,
    report: Option<Arc<FaultReport>>,
}

// SAFETY: the methods that threads share take `&self` and touch the memory only by raw copies and
// volatile accesses, which need no exclusive access: others write this memory anyway. The fields do not change.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `length` bytes of `fd` from `offset` on, which must be a multiple of the page size.
    ///
    /// # Errors
    /// EOVERFLOW for more than this processor can address, EINVAL for a length of 0 or what the
    /// exporter refuses, EACCES when the descriptor's access mode forbids it, ENODEV for what cannot be
    /// mapped at all, ENOMEM.
    pub(crate) fn new(fd: BorrowedFd<'_>, offset: u64, length: u64, access: MappingAccess) -> Result<Self> {
        Self::timed(fd, offset, length, access).map(|(mapping, _)| mapping)
    }

    /// Maps as [`Mapping::new`] does from the beginning, for both directions, and writes a 0 to the first byte of each
    /// page: a fault a page, unless the exporter has put all of them in at once. Returns also how long mmap(2) and the
    /// writing took, with nothing else counted, in nanoseconds.
    pub(crate) fn touched(fd: BorrowedFd<'_>, length: u64, report: Arc<FaultReport>) -> Result<(Self, u64)> {
        let (mapping, map_time) = Self::timed(fd, 0, length, MappingAccess::ReadWrite)?;
        let mapping = mapping.reporting(report);
        let (start, length, page) = (mapping.memory.start(), mapping.memory.len(), page_size() as usize);
        let touch_time = mapping.reported(|| {
            let begin = Stamp::now();
            for at in (0..length).step_by(page) {
                // SAFETY: `at` is less than the length of the mapping, which is writable and lives for the call.
                unsafe { start.add(at).write_volatile(0) };
            }
            Stamp::now().since(begin)
        });
        Ok((mapping, map_time + touch_time))
    }

    /// Does what [`Mapping::new`] does. Returns also the nanoseconds that mmap(2) took.
    fn timed(fd: BorrowedFd<'_>, offset: u64, length: u64, access: MappingAccess) -> Result<(Self, u64)> {
        let len = isize::try_from(length).map_err(|_| Errno::EOVERFLOW)?.unsigned_abs();
        let offset = i64::try_from(offset).map_err(|_| Errno::EOVERFLOW)?;
        let wanted = Wanted { len, offset, read: access.reads(), write: access.writes(), exec: false, shared: true };
        let (memory, time) = FileMap::timed(fd, wanted)?;
        Ok((Self { memory, access, report: None }, time))
    }

    /// Lets memory that does not answer (SIGBUS) end the process after `report`, instead of killing it without a word.
    pub(crate) fn reporting(mut self, report: Arc<FaultReport>) -> Self {
        self.report = Some(report);
        self
    }

    /// The length in bytes that was asked for.
    pub(crate) fn length(&self) -> usize {
        self.memory.len()
    }

    /// Copies from position `at` on into `into`.
    pub(crate) fn read(&self, at: usize, into: &mut [u8]) {
        let from = self.inside(self.access.reads(), at, into.len());
        // SAFETY: `inside` has checked that as many bytes as `into` has lie in the mapping, which lives as long as
        // `self`; `into` is ours and does not overlap it, because no slice over a mapping exists. What another writes
        // in the meantime arrives torn, which any byte may be.
        self.reported(|| unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), into.as_mut_ptr(), into.len()) });
    }

    /// Copies `from` to position `at`.
    pub(crate) fn write(&self, at: usize, from: &[u8]) {
        let into = self.inside(self.access.writes(), at, from.len());
        // SAFETY: as in `read`, in the other direction.
        self.reported(|| unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), into.as_ptr(), from.len()) });
    }

    /// Sets `length` bytes from position `at` on to `byte`, as fast as memset(3).
    pub(crate) fn fill(&self, at: usize, length: usize, byte: u8) {
        let into = self.inside(self.access.writes(), at, length);
        // SAFETY: as in `write`: `inside` has checked the range.
        self.reported(|| unsafe { std::ptr::write_bytes(into.as_ptr(), byte, length) });
    }

    /// Sets the first `length` bytes to `byte` as often as `passes` says.
    pub(crate) fn fill_again(&self, length: usize, byte: u8, passes: u64) {
        let into = self.inside(self.access.writes(), 0, length);
        self.reported(|| {
            for _ in 0..passes {
                // SAFETY: as in `write`: `inside` has checked the range.
                unsafe { std::ptr::write_bytes(into.as_ptr(), byte, length) }
                // Each pass is one of its own.
                compiler_fence(Ordering::SeqCst);
            }
        });
    }

    /// Copies the first bytes into `into` as often as `passes` says.
    pub(crate) fn read_again(&self, into: &mut [u8], passes: u64) {
        let from = self.inside(self.access.reads(), 0, into.len());
        let into = black_box(into);
        self.reported(|| {
            for _ in 0..passes {
                // SAFETY: as in `read`.
                unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), into.as_mut_ptr(), into.len()) }
                compiler_fence(Ordering::SeqCst);
            }
        });
    }

    /// Reads into `into` by volatile accesses of the width of `T`, aligned, each place once, upwards.
    pub(crate) fn read_cells<T: MemoryWord>(&self, at: usize, into: &mut [u8]) {
        let from = self.cells::<T>(self.access.reads(), at, into.len());
        self.reported(|| {
            for (index, bytes) in into.chunks_exact_mut(size_of::<T>()).enumerate() {
                // SAFETY: `cells` has checked that all of the range lies in the mapping and that it
                // begins at a multiple of the width, in the mapping and (pages are aligned) in memory.
                let value: T = unsafe { from.add(index).read_volatile() };
                value.to_memory(bytes);
            }
        });
    }

    /// Writes `from` by volatile accesses of the width of `T`, aligned, each place once, upwards.
    pub(crate) fn write_cells<T: MemoryWord>(&self, at: usize, from: &[u8]) {
        let into = self.cells::<T>(self.access.writes(), at, from.len());
        self.reported(|| {
            for (index, bytes) in from.chunks_exact(size_of::<T>()).enumerate() {
                // SAFETY: as in `read_cells`.
                unsafe { into.add(index).write_volatile(T::from_memory(bytes)) };
            }
        });
    }

    fn reported<T>(&self, access: impl FnOnce() -> T) -> T {
        let Some(report) = &self.report else { return access() };
        let start = self.memory.start().as_ptr().addr();
        fault::reported(start..start + self.memory.len(), report, access)
    }

    /// The address of `length` bytes at `at`.
    fn inside(&self, direction: bool, at: usize, length: usize) -> NonNull<u8> {
        assert!(direction, "not mapped for this direction");
        let end = at.checked_add(length);
        assert!(end.is_some_and(|end| end <= self.memory.len()), "outside the mapping");
        // SAFETY: `at` is at most the length of the mapping, one allocation of at most isize::MAX bytes.
        unsafe { self.memory.start().add(at) }
    }

    fn cells<T: MemoryWord>(&self, direction: bool, at: usize, length: usize) -> NonNull<T> {
        let width = size_of::<T>();
        assert!(at % width == 0 && length % width == 0, "no multiple of the width");
        self.inside(direction, at, length).cast()
    }
}

#[cfg(test)]
mod tests;
