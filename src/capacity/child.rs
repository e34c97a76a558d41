//! The child's part: it asks the heap and tells each answer.

use super::event::{Event, Stop};
use super::search::Search;
use crate::heap::budget::guard::Guard;
use crate::heap::budget::request::{Demand, Memories};
use crate::heap::budget::shared::SharedBudget;
use crate::heap::{Heap, Place, Request};
use crate::host::memory::Memory;
use crate::host::{Root, cma};
use crate::sys::Errno;
use crate::sys::process::rlimit;
use crate::sys::process::{fork, victim};
use std::os::fd::OwnedFd;

/// Files that are read at the end.
const SPARE: usize = 4;

/// What is asked, of which heap.
pub(super) struct Asker<'a> {
    pub(super) root: &'a Root,
    pub(super) heap: &'a Heap,
    pub(super) place: &'a Place,
    pub(super) guard: &'a Guard,
    pub(super) request: Request,
    /// Bytes that may be taken, at first sight; `None` where no budget bounds the heap.
    pub(super) budget: Option<u64>,
    pub(super) page: u64,
    /// Whether its memory is not its own, as far as the kernel says.
    pub(super) is_guarded: bool,
}

impl Asker<'_> {
    /// Looks for the largest buffer.
    pub(super) fn largest(&self, pipe: &OwnedFd, mut search: Search) {
        self.volunteer();
        while let Some(pages) = search.next() {
            let size = pages.saturating_mul(self.page);
            fork::tell(pipe, &Event::Trying(size).encode());
            match self.may_ask(size).and_then(|()| self.allocate(size).map(drop)) {
                Ok(()) => {
                    search.fit(pages);
                    fork::tell(pipe, &Event::Fits(size).encode());
                }
                Err(stop) => {
                    let hint = if stop == Stop::Budget { self.live_budget() / self.page } else { 0 };
                    search.refuse(pages, hint);
                    fork::tell(pipe, &Event::Refused(stop).encode());
                    if matches!(stop, Stop::Refused(errno) if errno != Errno::ENOMEM) {
                        return;
                    }
                }
            }
        }
    }

    /// Takes buffers of `chunk` bytes until there are no more.
    pub(super) fn total(&self, pipe: &OwnedFd, chunk: u64) {
        self.volunteer();
        // Where it cannot be raised, EMFILE is the answer.
        let _ = rlimit::raise_open_files(u64::MAX);
        // Where files run out, there would be none to ask what is left.
        let spare: Vec<_> = (0..SPARE).filter_map(|_| pipe.try_clone().ok()).collect();
        let mut held: Vec<OwnedFd> = Vec::new();
        let budget = SharedBudget::new(self.root, self.guard, std::slice::from_ref(self.place));
        let stop = loop {
            let Some(_reserved) = budget.reserve(0, chunk) else { break Stop::Budget };
            match self.allocate(chunk) {
                Ok(fd) => held.push(fd),
                Err(stop) => break stop,
            }
            fork::tell(pipe, &Event::Held(held.len() as u64).encode());
        };
        drop(spare);
        fork::tell(pipe, &Event::Full(stop, self.left()).encode());
    }

    /// It is this process that asks, so it is the one to be killed; its parent then says so.
    fn volunteer(&self) {
        if self.is_guarded {
            // Where that cannot be, the guard uses half of the budget.
            let _ = victim::volunteer();
        }
    }

    fn may_ask(&self, size: u64) -> Result<(), Stop> {
        let demand = Demand { of: Memories::Heap(self.place), size, count: 1 };
        let exceeds = self.budget.is_some_and(|budget| size > budget);
        if exceeds || self.guard.check(self.root, &[demand], self.page).is_err() { Err(Stop::Budget) } else { Ok(()) }
    }

    fn live_budget(&self) -> u64 {
        self.guard.budget_of_heaps(self.root, self.page).bytes()
    }

    fn allocate(&self, len: u64) -> Result<OwnedFd, Stop> {
        loop {
            match self.heap.allocate(&Request { len, ..self.request }) {
                Ok(allocation) => return Ok(allocation.buffer.into()),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(Stop::Refused(errno)),
            }
        }
    }

    /// What is free in the heap's area, if it has one.
    fn left(&self) -> Option<u64> {
        area(self.root, self.heap.name())?.free
    }
}

/// The area of the heap `name`.
pub(super) fn area(root: &Root, name: &str) -> Option<cma::Area> {
    cma::areas(root, Memory::of(root).as_ref()).into_iter().find(|area| area.name == name)
}
