//! What the machine, and a cgroup, have for buffers.
//!
//! A small buffer has its pages from the beginning, so /proc/meminfo knows of them. A large one gets them when they are
//! touched, as all of them at once would take long: what it has not got yet is added up here, for those who hold it may
//! touch it any time.

use crate::heap::budget::{BudgetShare, MemoryBudget};
use crate::host::Root;
use crate::host::memory::SystemMemory;
use crate::host::memory_cgroup::{Hierarchies, Level};
use crate::sys::sim::remote;
use crate::sys::system;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// How long an answer of /proc/meminfo is good for requests that are small beside it.
const FRESH: Duration = Duration::from_millis(100);

/// Limits allocations from heaps without an area of their own: to what this machine has, and what the cgroup of the
/// supervisor leaves, to which the memory of buffers is charged, or that of the command, which is usually the same.
#[derive(Debug)]
pub(super) struct MachineBudget {
    share: BudgetShare,
    hierarchies: Option<Hierarchies>,
    bytes: u64,
    asked: Option<Instant>,
}

impl MachineBudget {
    pub(super) const fn new(share: BudgetShare) -> Self {
        Self { share, hierarchies: None, bytes: 0, asked: None }
    }

    /// The budget as far as a request of `len` bytes depends on it: an answer that is not old serves
    /// for what is small beside it.
    pub(super) fn for_request(&mut self, len: u64) -> u64 {
        let fresh = self.asked.is_some_and(|asked| asked.elapsed() < FRESH);
        if !fresh || len > self.bytes / 64 {
            self.bytes = self.ask();
            self.asked = Some(Instant::now());
        }
        self.bytes
    }

    fn ask(&mut self) -> u64 {
        let root = Root::machine();
        let limits = self.hierarchies.get_or_insert_with(|| Hierarchies::of(&root)).limits(&root);
        // Each descriptor that an answer was about leaves entries of /proc behind. They are the cgroup's, and are not reclaimed
        // fast enough where nothing else is left.
        let of_answers = limits.tightest().map_or(0, Level::reserve);
        let budget = MemoryBudget::new(SystemMemory::of(&root), Some(limits), self.share, system::page_size());
        budget.machine().min(budget.cgroup().saturating_sub(of_answers))
    }

    /// `len` bytes were taken from the machine since it was asked.
    pub(super) const fn spend(&mut self, len: u64) {
        self.bytes = self.bytes.saturating_sub(len);
    }
}

/// Bytes of memory that the files have whose inodes are `wanted`, as far as a process that can be looked
/// into has a descriptor of them. What is mapped only counts as if it had none.
pub(super) fn resident(begin_of_link: &[u8], wanted: &HashSet<u64>) -> u64 {
    let mut seen = HashSet::new();
    let mut bytes = 0;
    for process in numbers("/proc") {
        for fd in numbers(&format!("/proc/{process}/fd")) {
            let mut link = [0; 64];
            let link = remote::read_link(process, remote::ProcLink::Fd(fd), &mut link);
            if !link.is_ok_and(|link| link.starts_with(begin_of_link)) {
                continue;
            }
            if let Ok(stat) = remote::file_stat(process, fd) {
                if wanted.contains(&stat.inode) && seen.insert(stat.inode) {
                    bytes += stat.blocks * 512;
                }
            }
        }
    }
    bytes
}

/// The entries of a directory that are numbers.
fn numbers(directory: &str) -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fd::status;
    use crate::sys::mem::memfd::{self, MemfdSize};
    use std::io::Write;
    use std::os::fd::AsFd;

    #[test]
    fn resident_bytes_are_touched_ones_or_all_when_backed() {
        let page = system::page_size();
        let sparse = memfd::memory(c"dmaheap-budget-test", MemfdSize::Sparse(64 * page)).unwrap();
        let backed = memfd::memory(c"dmaheap-budget-test", MemfdSize::Backed(3 * page)).unwrap();
        let again = sparse.try_clone().unwrap();
        let inodes = |fds: &[&std::os::fd::OwnedFd]| {
            fds.iter().map(|fd| status::status(fd.as_fd()).unwrap().inode).collect::<HashSet<u64>>()
        };
        let of = |inodes: &HashSet<u64>| resident(b"/memfd:dmaheap-budget-test", inodes);
        assert_eq!(of(&inodes(&[&sparse])), 0);
        std::fs::File::from(again).write_all(&vec![1; page as usize + 1]).unwrap();
        assert_eq!(of(&inodes(&[&sparse])), 2 * page);
        assert_eq!(of(&inodes(&[&sparse, &backed])), 5 * page);
        assert_eq!(of(&HashSet::new()), 0);
    }

    #[test]
    fn spent_bytes_are_missing_until_the_machine_is_asked_again() {
        let asked = Some(Instant::now() + Duration::from_secs(60));
        let mut budget = MachineBudget { bytes: 1 << 30, asked, ..MachineBudget::new(BudgetShare::Whole) };
        budget.spend(1 << 20);
        assert_eq!(budget.for_request(4096), (1 << 30) - (1 << 20));
    }
}
