//! What is going to be asked for, and what that takes.

use super::{Cost, MemoryBudget};
use crate::heap::Place;

/// Memory of the kernel's own for a buffer, bytes: `dma_buf`, `file`, `inode`, the table of its pages.
/// 1.4 to 3 KiB were measured on Linux 6.12.
pub(crate) const OVERHEAD: u64 = 4 * 1024;

/// Whose memory it is going to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MemoryOwner<'a> {
    /// Buffers of the heap there.
    Heap(&'a Place),
    Process,
}

/// A request that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryRequest<'a> {
    pub of: MemoryOwner<'a>,
    /// Bytes of one buffer, as requested.
    pub size: u64,
    /// Buffers held at the same time.
    pub count: u64,
}

impl MemoryRequest<'_> {
    /// Returns what the kernel would take: `count` times the size rounded up to pages. A size that wraps to 0 when it
    /// is rounded takes nothing, because the kernel rejects it (EINVAL). `None` where the product is beyond 64 bits.
    pub(crate) fn bytes(&self, page_size: u64) -> Option<u64> {
        self.size.checked_next_multiple_of(page_size).unwrap_or(0).checked_mul(self.count)
    }

    pub(super) fn object(&self) -> &str {
        match self.of {
            MemoryOwner::Heap(place) => &place.name,
            MemoryOwner::Process => "anonymous memory",
        }
    }
}

/// The bytes that requests need together; `None` where that is beyond 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TotalRequest {
    pub(super) bytes: Option<u64>,
    /// The part charged to the cgroup of this process.
    charged: Option<u64>,
    /// The kernel's own structures, always charged. A single buffer's are within the reserve.
    pub(super) overhead: Option<u64>,
}

impl TotalRequest {
    /// `heaps_charge`: whether buffers are charged. What a process has of its own always is.
    pub(super) fn of(requests: &[MemoryRequest<'_>], heaps_charge: bool, page_size: u64) -> Self {
        let add = |sum: u64, request: &MemoryRequest<'_>| sum.checked_add(request.bytes(page_size)?);
        let count = requests.iter().try_fold(0_u64, |sum, request| sum.checked_add(request.count));
        let singles = requests.len() as u64;
        let mut charged = requests.iter().filter(|request| heaps_charge || matches!(request.of, MemoryOwner::Process));
        Self {
            bytes: requests.iter().try_fold(0, add),
            charged: charged.try_fold(0, add),
            overhead: count.and_then(|count| count.saturating_sub(singles).checked_mul(OVERHEAD)),
        }
    }

    /// Returns what they cost, with what the kernel needs for them.
    pub(super) fn cost(self) -> Option<Cost> {
        let overhead = self.overhead?;
        Some(Cost { machine: self.bytes?.checked_add(overhead)?, cgroup: self.charged?.checked_add(overhead)? })
    }

    pub(super) fn is_covered(self, budget: &MemoryBudget) -> bool {
        self.cost().is_some_and(|cost| budget.covers(cost))
    }

    /// Returns what the kernel needs for the buffers, if that is what is too much.
    pub(super) fn excess_overhead(self, budget: &MemoryBudget) -> Option<u64> {
        let bare = Cost { machine: self.bytes?, cgroup: self.charged? };
        self.overhead.filter(|_| budget.covers(bare))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn place() -> Place {
        Place { name: "system".to_owned(), path: PathBuf::from("/dev/dma_heap/system"), by_alias: false }
    }

    fn bytes(size: u64, count: u64, page_size: u64) -> Option<u64> {
        MemoryRequest { of: MemoryOwner::Process, size, count }.bytes(page_size)
    }

    #[test]
    fn a_request_is_rounded_to_pages_and_multiplied() {
        assert_eq!(bytes(1, 3, 4096), Some(3 * 4096));
        assert_eq!(bytes(4097, 1, 65_536), Some(65_536));
        assert_eq!(bytes(1 << 40, 1 << 30, 4096), None);
    }

    #[test]
    fn many_small_buffers_take_memory_of_the_kernel_too() {
        let place = place();
        let of = |size, count| MemoryRequest { of: MemoryOwner::Heap(&place), size, count };
        let sum = TotalRequest::of(&[of(4096, 1000), of(1, 1)], false, 4096);
        assert_eq!(sum.cost(), Some(Cost { machine: 1001 * 4096 + 999 * OVERHEAD, cgroup: 999 * OVERHEAD }));
        assert_eq!(TotalRequest::of(&[of(1, u64::MAX)], false, 4096).cost(), None);
        // The kernel refuses these itself, at once and without harm.
        assert_eq!(TotalRequest::of(&[of(u64::MAX, 1)], true, 4096).cost(), Some(Cost::default()));
    }

    #[test]
    fn process_memory_is_charged_and_buffers_where_the_kernel_does_so() {
        let place = place();
        let requests = [
            MemoryRequest { of: MemoryOwner::Heap(&place), size: 1 << 20, count: 1 },
            MemoryRequest { of: MemoryOwner::Process, size: 4096, count: 1 },
        ];
        let cgroup = |heaps_charge| TotalRequest::of(&requests, heaps_charge, 4096).cost().unwrap().cgroup;
        assert_eq!((cgroup(false), cgroup(true)), (4096, 4096 + (1 << 20)));
    }

    #[test]
    fn only_a_length_that_wraps_is_free_of_charge() {
        assert_eq!(bytes(u64::MAX, 1000, 4096), Some(0));
        assert_eq!(bytes(u64::MAX - 4094, 1, 4096), Some(0));
        assert_eq!(bytes(u64::MAX - 4095, 1, 4096), Some(u64::MAX - 4095));
        assert_eq!(bytes(u64::MAX - 4095, 1, 65_536), Some(0));
    }
}
