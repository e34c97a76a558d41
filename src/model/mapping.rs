//! An mmap(2) of a file, as far as the file decides.

use super::{AccessMode, Errno, Kernel, LongBits};

/// The arguments of mmap(2) that reach a file.
///
/// Whether the address space has room for the mapping (ENOMEM) is not a rule about the file and is not decided here,
/// but for lengths that no address space has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MmapRequest {
    /// Bytes asked for; the kernel rounds up to pages.
    pub len: u64,
    /// Bytes from the start of the file.
    pub offset: u64,
    /// `PROT_WRITE`.
    pub write: bool,
    /// `PROT_EXEC`.
    pub exec: bool,
    /// `MAP_SHARED` or `MAP_SHARED_VALIDATE`, not `MAP_PRIVATE`.
    pub shared: bool,
}

impl MmapRequest {
    /// The first page of the file.
    pub(super) const fn first_page(&self, kernel: &Kernel) -> u64 {
        kernel.size_t(self.offset / kernel.page_size)
    }

    /// The number of pages.
    pub(super) const fn pages(&self, kernel: &Kernel) -> u64 {
        kernel.page_align(self.len) / kernel.page_size
    }

    /// Returns why the mapping fails before the file's own mmap is asked, in the order of `sys_mmap` and `do_mmap`;
    /// `noexec` is that of the mount or the file system (`path_noexec`).
    pub(super) fn refused(&self, kernel: &Kernel, access: AccessMode, noexec: bool) -> Option<Errno> {
        let len = kernel.page_align(self.len);
        if self.offset % kernel.page_size != 0 || kernel.size_t(self.len) == 0 {
            Some(Errno::EINVAL)
        } else if len == 0 {
            Some(Errno::ENOMEM)
        } else if kernel.size_t(self.first_page(kernel).wrapping_add(self.pages(kernel))) < self.first_page(kernel) {
            Some(Errno::EOVERFLOW)
        } else if kernel.long_bits == LongBits::Bits64 && len >= 1 << 63 {
            Some(Errno::ENOMEM)
        } else if self.first_page(kernel) > (kernel.size_t(u64::MAX) - len) / kernel.page_size {
            Some(Errno::EOVERFLOW)
        } else if (self.shared && self.write && !access.can_write()) || !access.can_read() {
            Some(Errno::EACCES)
        } else if self.exec && noexec {
            Some(Errno::EPERM)
        } else {
            None
        }
    }
}
