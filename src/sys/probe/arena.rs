//! Memory whose pages have a chosen protection: what malformed requests point at.
//!
//! An [`Arena`] is a run of pages between two inaccessible ones, of which the later is longer than any
//! ioctl can copy. So a copy that begins in the arena ends in it or in a fault, never in memory that
//! something else owns.

use crate::sys::{Errno, Result};
use crate::uapi::ioctl::SIZE_MAX;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

/// Bytes of a word.
const WORD: usize = size_of::<u64>();

/// The accesses that a page allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Protection {
    /// `PROT_NONE`.
    None,
    /// `PROT_READ`.
    Read,
    /// `PROT_READ | PROT_WRITE`.
    ReadWrite,
}

impl Protection {
    const fn bits(self) -> libc::c_int {
        match self {
            Self::None => libc::PROT_NONE,
            Self::Read => libc::PROT_READ,
            Self::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
        }
    }
}

/// The addresses that an arena may lie at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Native,
    /// Below 2 GiB, where a 32-bit caller could have it (`MAP_32BIT`; on x86-64 only, EOPNOTSUPP elsewhere).
    Low,
}

/// Pages of private memory, zeroed, readable and writable until they are given another protection.
///
/// Every access is atomic, byte by byte or word by word, so other threads and the kernel may use it in the meantime. A
/// thread that reads a page which another takes away at that moment dies by SIGSEGV, and does nothing worse.
#[derive(Debug)]
pub(crate) struct Arena {
    base: *mut u8,
    page_size: usize,
    protection: Box<[AtomicU8]>,
}

// SAFETY: the mapping belongs to the arena alone, is not tied to a thread, and is accessed through
// atomics and system calls only.
unsafe impl Send for Arena {}
// SAFETY: as above; `protect` and `discard` change the pages by single system calls, and what another
// thread then reads is either there or a fault.
unsafe impl Sync for Arena {}

impl Arena {
    /// An arena of `pages` pages of `page_size` bytes.
    pub(crate) fn new(pages: usize, page_size: usize, reach: Reach) -> Result<Self> {
        let total = page_size + pages * page_size + tail(page_size);
        let low = match reach {
            Reach::Native => 0,
            #[cfg(target_arch = "x86_64")]
            Reach::Low => libc::MAP_32BIT,
            #[cfg(not(target_arch = "x86_64"))]
            Reach::Low => return Err(Errno::EOPNOTSUPP),
        };
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | low;
        // SAFETY: without MAP_FIXED a new mapping replaces nothing; no file is involved.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), total, libc::PROT_NONE, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        // SAFETY: the mapping is longer than one page, so the result lies inside it.
        let base = unsafe { start.cast::<u8>().add(page_size) };
        let protection = (0..pages).map(|_| AtomicU8::new(Protection::None as u8)).collect();
        let arena = Self { base, page_size, protection };
        arena.protect_all(Protection::ReadWrite)?;
        Ok(arena)
    }

    /// Bytes of a page.
    pub(crate) fn page_size(&self) -> usize {
        self.page_size
    }

    /// The number of pages.
    pub(crate) fn pages(&self) -> usize {
        self.protection.len()
    }

    /// Gives `page` another protection (mprotect(2)). EINVAL if there is no such page.
    pub(crate) fn protect(&self, page: usize, protection: Protection) -> Result<()> {
        self.protect_pages(page..page.saturating_add(1), protection)
    }

    /// Gives every page another protection, at once.
    pub(crate) fn protect_all(&self, protection: Protection) -> Result<()> {
        self.protect_pages(0..self.pages(), protection)
    }

    fn protect_pages(&self, pages: Range<usize>, protection: Protection) -> Result<()> {
        let states = self.protection.get(pages.clone()).ok_or(Errno::EINVAL)?;
        if states.iter().all(|state| state.load(Ordering::SeqCst) == protection as u8) {
            return Ok(());
        }
        // A reader that asks in between must not learn of more than exists.
        for state in states {
            state.store(Protection::None as u8, Ordering::SeqCst);
        }
        let length = states.len() * self.page_size;
        // SAFETY: the pages are inside this arena's own mapping (checked above), of which no reference
        // exists: accesses check the protection and go through raw pointers.
        Errno::result(unsafe { libc::mprotect(self.page(pages.start).cast(), length, protection.bits()) })?;
        for state in states {
            state.store(protection as u8, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Throws the contents of `page` away and makes it inaccessible, as munmap(2) would, but its address
    /// stays reserved. EINVAL if there is no such page.
    pub(crate) fn discard(&self, page: usize) -> Result<()> {
        let state = self.protection.get(page).ok_or(Errno::EINVAL)?;
        state.store(Protection::None as u8, Ordering::SeqCst);
        self.reserve(page)
    }

    /// Runs `act` while `page` is not mapped at all.
    ///
    /// `act` must not map anything, which could land in the hole: it is a single system call, and no
    /// other thread exists while a probe's child does this.
    pub(super) fn with_hole<T>(&self, page: usize, act: impl FnOnce() -> T) -> Result<T> {
        let state = self.protection.get(page).ok_or(Errno::EINVAL)?;
        state.store(Protection::None as u8, Ordering::SeqCst);
        // SAFETY: the page belongs to this arena, nothing refers to it, and it is reserved again below.
        Errno::result(unsafe { libc::munmap(self.page(page).cast(), self.page_size) })?;
        let answer = act();
        self.reserve(page)?;
        Ok(answer)
    }

    /// Remaps `page`, inaccessible.
    fn reserve(&self, page: usize) -> Result<()> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
        // SAFETY: the page lies inside this arena's own range, so MAP_FIXED replaces nothing of others.
        let answer = unsafe { libc::mmap(self.page(page).cast(), self.page_size, libc::PROT_NONE, flags, -1, 0) };
        if answer == libc::MAP_FAILED { Err(Errno::last()) } else { Ok(()) }
    }

    /// Copies `bytes` to `offset`. EFAULT where a page is not writable.
    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) -> Result<()> {
        self.check(offset, bytes.len(), Protection::ReadWrite)?;
        let head = self.unaligned(offset).min(bytes.len());
        let (head, rest) = bytes.split_at(head);
        let words = rest.chunks_exact(WORD);
        let tail = words.remainder();
        let mut at = offset;
        for byte in head {
            self.cell(at).store(*byte, Ordering::Relaxed);
            at += 1;
        }
        for word in words {
            self.word(at).store(u64::from_ne_bytes(word.try_into().unwrap_or_default()), Ordering::Relaxed);
            at += WORD;
        }
        for byte in tail {
            self.cell(at).store(*byte, Ordering::Relaxed);
            at += 1;
        }
        Ok(())
    }

    /// The `len` bytes at `offset`. EFAULT where a page is not readable.
    pub(crate) fn read(&self, offset: usize, len: usize) -> Result<Vec<u8>> {
        self.check(offset, len, Protection::Read)?;
        let mut bytes = Vec::with_capacity(len);
        let end = offset + len;
        let head = self.unaligned(offset).min(len);
        let words = offset + head..offset + head + (len - head) / WORD * WORD;
        bytes.extend((offset..words.start).map(|at| self.cell(at).load(Ordering::Relaxed)));
        for at in words.clone().step_by(WORD) {
            bytes.extend(self.word(at).load(Ordering::Relaxed).to_ne_bytes());
        }
        bytes.extend((words.end..end).map(|at| self.cell(at).load(Ordering::Relaxed)));
        Ok(bytes)
    }

    /// Stores a word at once, for threads that race with the kernel. EINVAL if it is not aligned.
    pub(crate) fn store(&self, offset: usize, word: u32) -> Result<()> {
        self.check(offset, size_of::<u32>(), Protection::ReadWrite)?;
        if offset % align_of::<AtomicU32>() != 0 {
            return Err(Errno::EINVAL);
        }
        // SAFETY: checked to be inside the arena and aligned (pages are); only atomics access the arena.
        unsafe { AtomicU32::from_ptr(self.base.add(offset).cast()) }.store(word, Ordering::Relaxed);
        Ok(())
    }

    /// The address of `offset`, which may be that of the end.
    pub(crate) fn at(&self, offset: usize) -> Pointer<'_> {
        let offset = offset.min(self.pages() * self.page_size);
        Pointer { address: self.base as usize + offset, arena: PhantomData }
    }

    fn page(&self, page: usize) -> *mut u8 {
        // SAFETY: callers have found `page` in the table of pages, so it is inside the mapping.
        unsafe { self.base.add(page * self.page_size) }
    }

    fn cell(&self, offset: usize) -> &AtomicU8 {
        // SAFETY: `check` has found the byte inside an accessible page, bytes have no alignment, and
        // nothing accesses the arena other than through atomics and the kernel.
        unsafe { AtomicU8::from_ptr(self.base.add(offset)) }
    }

    /// A word of the arena, for copies that are long.
    fn word(&self, offset: usize) -> &AtomicU64 {
        // SAFETY: as in `cell`; callers step from an aligned offset on (pages are aligned), and the whole
        // word was checked.
        unsafe { AtomicU64::from_ptr(self.base.add(offset).cast()) }
    }

    /// Returns how many bytes it is from `offset` to the next word.
    fn unaligned(&self, offset: usize) -> usize {
        offset.next_multiple_of(WORD) - offset
    }

    fn check(&self, offset: usize, len: usize, least: Protection) -> Result<()> {
        let end = offset.checked_add(len).filter(|end| *end <= self.pages() * self.page_size).ok_or(Errno::EFAULT)?;
        let mut pages = self.protection.iter().skip(offset / self.page_size);
        let count = end.div_ceil(self.page_size).saturating_sub(offset / self.page_size);
        let fits = pages.by_ref().take(count).all(|page| page.load(Ordering::SeqCst) >= least as u8);
        if fits { Ok(()) } else { Err(Errno::EFAULT) }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        let total = self.page_size + self.pages() * self.page_size + tail(self.page_size);
        // SAFETY: the mapping began one page below `base` and is `total` long (`new`); every page of it is
        // still the arena's, since holes are filled again, and nothing that borrows the arena is left.
        let _ = unsafe { libc::munmap(self.base.wrapping_sub(self.page_size).cast(), total) };
    }
}

/// Bytes after the last page in which no ioctl may land: whole pages, more than `_IOC_SIZE` can name.
fn tail(page_size: usize) -> usize {
    (SIZE_MAX as usize + 1).next_multiple_of(page_size)
}

/// An address to be given to the kernel: one in an arena, or one where a process has no memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pointer<'a> {
    address: usize,
    arena: PhantomData<&'a Arena>,
}

impl Pointer<'static> {
    pub(crate) const NULL: Self = Self::nowhere(0);
    /// 1, in the page that nobody may map (`vm.mmap_min_addr`).
    pub(crate) const ONE: Self = Self::nowhere(1);
    /// -1, the last byte of the address space.
    pub(crate) const MINUS_ONE: Self = Self::nowhere(usize::MAX);
    /// A page in the kernel's part of the address space.
    pub(crate) const KERNEL: Self = Self::nowhere(usize::MAX - (1 << 20) + 1);

    const fn nowhere(address: usize) -> Self {
        Self { address, arena: PhantomData }
    }
}

impl Pointer<'_> {
    pub(super) fn address(self) -> usize {
        self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 64 * 1024;

    #[test]
    fn pages_are_as_accessible_as_they_were_made() {
        let arena = Arena::new(2, PAGE, Reach::Native).expect("memory");
        assert_eq!(arena.write(PAGE - 2, &[1, 2, 3, 4]), Ok(()));
        assert_eq!(arena.read(PAGE - 2, 4), Ok(vec![1, 2, 3, 4]));
        let long: Vec<u8> = (0..100).collect();
        for (offset, len) in [(0, 100), (1, 100), (7, 3), (8, 8), (5, 20), (3, 0)] {
            assert_eq!(arena.write(offset, &long[..len]), Ok(()));
            assert_eq!(arena.read(offset, len), Ok(long[..len].to_vec()));
        }
        arena.protect(1, Protection::Read).expect("a page of its own");
        assert_eq!(arena.write(PAGE - 2, &[9; 4]), Err(Errno::EFAULT));
        assert_eq!(arena.read(PAGE, 2), Ok(vec![3, 4]));
        arena.discard(1).expect("a page of its own");
        assert_eq!(arena.read(PAGE - 1, 2), Err(Errno::EFAULT));
        assert_eq!(arena.read(PAGE - 1, 1), Ok(vec![2]));
        assert_eq!(arena.protect(2, Protection::Read), Err(Errno::EINVAL));
        assert_eq!(arena.store(PAGE - 1, 1), Err(Errno::EFAULT));
        assert_eq!(arena.store(1, 1), Err(Errno::EINVAL));
        arena.protect_all(Protection::Read).expect("its pages");
        assert_eq!((arena.write(0, &[1]), arena.read(2 * PAGE - 1, 1)), (Err(Errno::EFAULT), Ok(vec![0])));
        arena.protect_all(Protection::None).expect("its pages");
        assert_eq!(arena.read(0, 1), Err(Errno::EFAULT));
    }

    #[test]
    fn a_hole_is_closed_again() {
        let arena = Arena::new(2, PAGE, Reach::Native).expect("memory");
        arena.write(PAGE, &[7]).expect("writable");
        assert_eq!(arena.with_hole(1, || 3), Ok(3));
        assert_eq!(arena.read(PAGE, 1), Err(Errno::EFAULT));
        arena.protect(1, Protection::ReadWrite).expect("a page of its own");
        assert_eq!(arena.read(PAGE, 1), Ok(vec![0]));
    }
}
