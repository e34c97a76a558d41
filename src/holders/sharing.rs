//! Tables of descriptors and address spaces that tasks share hold a buffer once, not once a task.

use crate::sys::holders::kcmp::{self, SharedResource};
use crate::sys::{Errno, Result};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Tasks of which no two share a thing, in the kernel's order of that thing.
#[derive(Debug)]
pub(super) struct Distinct {
    shared: SharedResource,
    tasks: Vec<u32>,
}

impl Distinct {
    pub(super) fn new(shared: SharedResource) -> Self {
        Self { shared, tasks: Vec::new() }
    }

    /// Adds `task` and says whether it shares with none of the others.
    ///
    /// A task that ends in the meantime can spoil the order; then a sharing may be missed and nothing worse.
    pub(super) fn add(&mut self, task: u32) -> Result<bool> {
        let (mut low, mut high) = (0, self.tasks.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match kcmp::compare(task, self.tasks[middle], self.shared)? {
                Ordering::Equal => return Ok(false),
                Ordering::Less => high = middle,
                Ordering::Greater => low = middle + 1,
            }
        }
        self.tasks.insert(low, task);
        Ok(true)
    }
}

/// The holdings of tasks, to find those that may share: only what looks the same is compared.
#[derive(Debug)]
pub(super) struct Sharing {
    shared: SharedResource,
    /// Whether some could not be compared.
    pub(super) is_unsure: bool,
    alike: BTreeMap<Vec<(u64, u64)>, Distinct>,
}

impl Sharing {
    pub(super) fn new(shared: SharedResource) -> Self {
        Self { shared, is_unsure: false, alike: BTreeMap::new() }
    }

    /// Adds what `task` holds (places and inode numbers). Returns whether it is held by a table of its own. Where that cannot be
    /// asked it counts as one.
    pub(super) fn add(&mut self, task: u32, held: Vec<(u64, u64)>) -> bool {
        let shared = self.shared;
        let answer = self.alike.entry(held).or_insert_with(|| Distinct::new(shared)).add(task);
        self.is_unsure |= answer.is_err_and(|errno| errno != Errno::ESRCH);
        answer.unwrap_or(true)
    }
}
