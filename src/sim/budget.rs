//! What the machine has for buffers.
//!
//! A small buffer has its pages from the beginning, so that /proc/meminfo knows of them. A large one gets
//! them when they are touched, as all of them at once would take long: what it has not got yet is added up
//! here, for those who hold it may touch it any time.

use crate::machine::{Root, memory::Memory};
use crate::sys::{limits, traced};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// How long an answer of /proc/meminfo is good for requests that are small beside it.
const FRESH: Duration = Duration::from_millis(100);

/// What may be allocated from heaps without an area of their own (see [`Memory::budget`]).
#[derive(Debug, Default)]
pub(super) struct Budget {
    bytes: u64,
    asked: Option<Instant>,
}

impl Budget {
    /// The budget as far as a request of `len` bytes depends on it: an answer that is not old serves
    /// for what is small beside it.
    pub(super) fn for_request(&mut self, len: u64) -> u64 {
        let fresh = self.asked.is_some_and(|asked| asked.elapsed() < FRESH);
        if !fresh || len > self.bytes / 64 {
            self.bytes = Memory::of(&Root::machine()).map_or(0, |memory| memory.budget(limits::page_size()));
            self.asked = Some(Instant::now());
        }
        self.bytes
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
            let link = traced::read_link(process, traced::Link::Fd(fd), &mut link);
            if !link.is_ok_and(|link| link.starts_with(begin_of_link)) {
                continue;
            }
            if let Ok(view) = traced::file_view(process, fd) {
                if wanted.contains(&view.inode) && seen.insert(view.inode) {
                    bytes += view.resident;
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
