//! Passes over a buffer, and the same over anonymous memory.

use crate::pattern::SEGMENT;
use crate::sys::Errno;
use crate::sys::clock::Stamp;
use crate::sys::fd::poll::Deadline;
use crate::sys::mem::mapping::Mapping;
use crate::sys::system::page_size;
use std::hint::black_box;
use std::sync::atomic::{Ordering, compiler_fence};

/// Least number of bytes moved between two stamps: small buffers are passed over several times.
const LEAST: u64 = 1 << 20;

/// Places in memory that sweeps begin at, a page apart, in turns: where both lie decides how fast one is copied into
/// the other, in all rounds alike if they stayed there. A prime number, so each of several sizes comes to each of them.
const PLACES: usize = 17;

/// Returns how many passes over `size` bytes stand between two stamps.
pub(super) fn passes(size: u64) -> u64 {
    LEAST.div_ceil(size.max(1))
}

/// Anonymous memory, and room for a piece of a comparison. All of it is aligned, or what a sweep costs would depend on
/// what the process has allocated before, such as the run to compare with.
#[derive(Debug)]
pub(super) struct Memory {
    from: Aligned,
    /// With room for [`PLACES`].
    into: Aligned,
    piece: Aligned,
    expected: Aligned,
    place: usize,
}

/// Bytes from the beginning of a page on, as those of a mapping are: memset and memcpy are not as fast
/// elsewhere.
#[derive(Debug)]
struct Aligned {
    room: Vec<u8>,
    start: usize,
}

impl Aligned {
    /// `length` bytes, all of them present, unless the `deadline` passes first: what is used of them then panics.
    fn new(length: usize, byte: u8, deadline: Option<Deadline>) -> Result<Self, Errno> {
        let page = usize::try_from(page_size()).map_err(|_| Errno::ENOMEM)?;
        let room = room(length.checked_add(page).ok_or(Errno::ENOMEM)?, byte, deadline)?;
        let start = room.as_ptr().align_offset(page);
        // Beyond a page it would be "cannot be aligned", which bytes can.
        Ok(Self { room, start: start.min(page) })
    }

    fn bytes(&mut self, length: usize) -> &mut [u8] {
        &mut self.room[self.start..][..length]
    }
}

fn room(length: usize, byte: u8, deadline: Option<Deadline>) -> Result<Vec<u8>, Errno> {
    let mut room = Vec::new();
    room.try_reserve_exact(length).map_err(|_| Errno::ENOMEM)?;
    let piece = vec![byte; length.min(SEGMENT as usize)];
    while room.len() < length && !deadline.is_some_and(|deadline| deadline.has_passed()) {
        room.extend_from_slice(&piece[..piece.len().min(length - room.len())]);
    }
    Ok(room)
}

/// The sweeps over memory, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sweep {
    Memset,
    Fill,
    Memcpy,
    Copy,
    Verify,
}

impl Sweep {
    pub(super) const ALL: [Self; 5] = [Self::Memset, Self::Fill, Self::Memcpy, Self::Copy, Self::Verify];
}

/// The memory does not hold what it was filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Differs;

/// The byte that all memory is filled with.
const BYTE: u8 = 0xa5;

impl Memory {
    /// Twice `size` bytes and room to shift half of them, all present, unless the `deadline` passes first: nothing is
    /// swept after it.
    pub(super) fn new(size: u64, deadline: Option<Deadline>) -> Result<Self, Errno> {
        let size = usize::try_from(size).map_err(|_| Errno::ENOMEM)?;
        let segment = SEGMENT as usize;
        Ok(Self {
            // No page of zeros, which all could share.
            from: Aligned::new(size, BYTE, deadline)?,
            into: Aligned::new(size.saturating_add((PLACES - 1) * page_size() as usize), 1, deadline)?,
            piece: Aligned::new(segment, 0, deadline)?,
            expected: Aligned::new(segment, BYTE, deadline)?,
            place: 0,
        })
    }

    pub(super) fn shift(&mut self) {
        let page = page_size() as usize;
        self.into.start -= self.place * page;
        self.place = (self.place + 1) % PLACES;
        self.into.start += self.place * page;
    }

    /// Nanoseconds of [`passes`] over `size` bytes, all together. One more before them is not timed, so each finds the
    /// caches as its own kind leaves them and not as the one before it did.
    pub(super) fn sweep(&mut self, sweep: Sweep, mapping: &Mapping, size: u64) -> Result<u64, Differs> {
        let length = size as usize;
        let count = passes(size);
        self.run_passes(sweep, mapping, length, 1)?;
        let start = Stamp::now();
        self.run_passes(sweep, mapping, length, count)?;
        Ok(Stamp::now().since(start))
    }

    #[inline]
    fn run_passes(&mut self, sweep: Sweep, mapping: &Mapping, length: usize, count: u64) -> Result<(), Differs> {
        match sweep {
            Sweep::Memset => {
                let from = black_box(self.from.bytes(length));
                for _ in 0..count {
                    from.fill(BYTE);
                    compiler_fence(Ordering::SeqCst);
                }
            }
            Sweep::Fill => mapping.fill_again(length, BYTE, count),
            Sweep::Memcpy => {
                let (from, into) = (black_box(self.from.bytes(length)), black_box(self.into.bytes(length)));
                for _ in 0..count {
                    into.copy_from_slice(from);
                    compiler_fence(Ordering::SeqCst);
                }
            }
            Sweep::Copy => mapping.read_again(self.into.bytes(length), count),
            Sweep::Verify => {
                for _ in 0..count {
                    self.verify(mapping, length)?;
                }
            }
        }
        Ok(())
    }

    /// Piece by piece, as dmaheap-verify(1) does.
    fn verify(&mut self, mapping: &Mapping, length: usize) -> Result<(), Differs> {
        const PIECE: usize = SEGMENT as usize;
        let (piece, expected) = (self.piece.bytes(PIECE), self.expected.bytes(PIECE));
        for at in (0..length).step_by(PIECE) {
            let here = PIECE.min(length - at);
            let piece = &mut piece[..here];
            mapping.read(at, piece);
            if *piece != expected[..here] {
                return Err(Differs);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::mem::mapping::MappingAccess;
    use std::collections::BTreeSet;
    use std::os::fd::AsFd;
    use std::time::Duration;

    #[test]
    fn small_buffers_are_passed_over_until_a_mebibyte_is_moved() {
        assert_eq!((passes(4096), passes(1 << 20), passes(8 << 20)), (256, 1, 1));
        assert_eq!((passes(1), passes(600 << 10), passes(0)), (1 << 20, 2, 1 << 20));
    }

    #[test]
    fn all_memory_of_a_sweep_begins_at_a_page() {
        // Whatever was allocated before.
        let mut others = Vec::new();
        for size in [1, 100, 4096, 70_000, 1 << 20] {
            others.push(vec![0_u8; size + others.len() * 48]);
            let mut memory = Memory::new(size as u64, None).unwrap();
            let mut places = BTreeSet::new();
            for _ in 0..2 * PLACES {
                memory.shift();
                let Memory { from, into, piece, expected, .. } = &mut memory;
                places.insert(into.bytes(size).as_ptr().addr());
                for memory in [from, into, piece, expected] {
                    assert_eq!(memory.bytes(1).as_ptr().addr() as u64 % page_size(), 0, "{size}");
                }
            }
            assert_eq!(places.len(), PLACES);
        }
    }

    #[test]
    fn once_the_time_is_up_no_memory_is_taken() {
        let passed = Deadline::after(Duration::ZERO);
        let Memory { from, into, .. } = Memory::new(1 << 20, Some(passed)).unwrap();
        assert_eq!((from.room.len(), into.room.len()), (0, 0));
    }

    #[test]
    fn every_sweep_has_a_time_and_a_flipped_byte_is_found() {
        let file = tempfile::tempfile().unwrap();
        let size = SEGMENT * 2 + 100;
        file.set_len(size).unwrap();
        let mapping = Mapping::new(file.as_fd(), 0, size, MappingAccess::ReadWrite).unwrap();
        let mut memory = Memory::new(size, None).unwrap();
        for sweep in Sweep::ALL {
            assert!(memory.sweep(sweep, &mapping, size).is_ok(), "{sweep:?}");
        }
        assert!(memory.into.bytes(size as usize).iter().all(|byte| *byte == BYTE), "copied out");
        mapping.write(size as usize - 1, &[!BYTE]);
        assert_eq!(memory.sweep(Sweep::Verify, &mapping, size), Err(Differs));
    }
}
