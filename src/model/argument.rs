//! What is at the pointer that a request carries.

use super::{Check, Kernel};

/// The memory at the third argument of ioctl(2), as far as a kernel would get at it.
///
/// Both lengths count from the pointer to the first byte that faults. A pointer that is not a user address, or a range
/// that leaves the user half of the address space (`access_ok`), has both 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arg<'a> {
    /// The readable bytes at the pointer, up to the first that faults.
    pub bytes: &'a [u8],
    /// How many bytes from the pointer on can be written.
    pub writable: usize,
}

impl<'a> Arg<'a> {
    /// `bytes` in ordinary memory: readable and writable exactly as far as they go.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, writable: bytes.len() }
    }

    /// `bytes` in memory that is not writable, such as a `PROT_READ` page.
    pub(crate) const fn read_only(bytes: &'a [u8]) -> Self {
        Self { bytes, writable: 0 }
    }

    /// A pointer to nothing: NULL, a kernel address, a `PROT_NONE` page.
    pub(crate) const fn fault() -> Self {
        Self { bytes: &[], writable: 0 }
    }

    /// `copy_from_user` of `len` bytes: all of them, or nothing that the kernel goes on with.
    pub(super) fn copy_in(&self, len: usize) -> Option<&'a [u8]> {
        self.bytes.get(..len)
    }

    /// `copy_from_user` of exactly `N` bytes, which `check` finds to have failed.
    pub(super) fn copy_in_array<const N: usize>(&self, kernel: &Kernel, check: Check) -> Option<[u8; N]> {
        self.bytes.first_chunk().copied().or_else(|| (!kernel.has(check)).then_some([0; N]))
    }

    /// `copy_to_user` of `bytes`: what lands in memory, and whether that is all of it.
    pub(super) fn copy_out(writable: usize, mut bytes: Vec<u8>) -> (Vec<u8>, bool) {
        let whole = bytes.len() <= writable;
        bytes.truncate(writable);
        (bytes, whole)
    }
}
