//! The parent's part: it decides what the child asks, listens, and ends it in time.

use super::child::{Answer, Asker, Order, area};
use super::search::Search;
use super::stop::Stop;
use crate::error::Error;
use crate::heap::budget::guard::{Guard, Warn};
use crate::heap::budget::request::{MemoryOwner, MemoryRequest};
use crate::heap::budget::{Bound, MemoryBudget};
use crate::heap::{AllocationRequest, Heap, Place, alloc, budget::own_memory};
use crate::host::Root;
use crate::host::parse::buddyinfo::{self, Zone};
use crate::sys::Errno;
use crate::sys::fd::poll::{self, Interest, Timer};
use crate::sys::process::child::Child;
use crate::sys::process::signals::Signals;
use crate::sys::system;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Measurement<'a> {
    pub place: &'a Place,
    /// Flags and structure of every request; its length is not used.
    pub request: AllocationRequest,
    /// Bytes of each buffer of the total.
    pub chunk: u64,
    /// Whether to go beyond the budget.
    pub force: bool,
    /// The end of the time, if there is one.
    pub timer: Option<&'a Timer>,
    /// Called for each warning to the user.
    pub warn: Warn,
}

/// A figure, and what is in the way of a larger one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BoundedFigure {
    pub value: u64,
    pub stop: Option<Stop>,
}

/// The limits found. Sizes are bytes.
#[derive(Debug)]
pub(crate) struct Limits {
    pub heap: String,
    /// The largest single buffer.
    pub largest: BoundedFigure,
    /// Bytes of each buffer of the total, as the kernel rounds them.
    pub chunk: u64,
    /// How many such buffers were held at once, and what ended that.
    pub count: BoundedFigure,
    /// Size of the heap's CMA area.
    pub area: Option<u64>,
    /// Bytes of it that were free at first.
    pub free: Option<u64>,
    /// Bytes of it that were free when no further buffer could be had.
    pub left: Option<u64>,
    /// The memory budget at first, where it bounds the heap.
    pub budget: Option<u64>,
    /// The cgroup whose limit that budget is, if it is not the machine's.
    pub cgroup: Option<PathBuf>,
    /// Free blocks before and after.
    pub blocks: [Vec<Zone>; 2],
    /// The reason why the search ended early, if it did: the time, or a signal.
    pub early: Option<Stop>,
    pub failure: Option<Error>,
}

impl Limits {
    /// Bytes of all buffers of the total.
    pub(crate) fn total(&self) -> u64 {
        self.count.value.saturating_mul(self.chunk)
    }

    /// Returns how much of the free memory the largest buffer could have, in whole per cent: 100 only where it had all
    /// of it.
    pub(crate) fn largest_of_free(&self) -> Option<u64> {
        let free = self.free.filter(|free| *free > 0)?;
        Some((u128::from(self.largest.value) * 100 / u128::from(free)) as u64)
    }
}

/// Measures one heap. Everything that was taken is free again when this returns.
///
/// # Errors
/// A heap that cannot be opened, a chunk beyond the budget. Whatever goes wrong later is in [`Limits::failure`].
pub(crate) fn measure(root: &Root, what: &Measurement<'_>, signals: &Signals) -> Result<Limits, Error> {
    let heap = Heap::open(root, what.place, what.force)?;
    let page = system::page_size();
    let chunk = what.chunk.checked_next_multiple_of(page).unwrap_or(what.chunk);
    let guard = Guard::for_children(root, std::slice::from_ref(what.place), what.force, what.warn);
    guard.check(root, &[MemoryRequest { of: MemoryOwner::Heap(what.place), size: chunk, count: 1 }], page)?;
    let machine = guard.budget_of_heaps(root, page);
    let is_bounded = !own_memory::has(root, what.place, machine.memory.as_ref());
    let budget = is_bounded.then(|| machine.bytes());
    let area = if own_memory::is_seen(root, what.place) { area(root, heap.name()) } else { None };
    let mut limits = Limits {
        heap: heap.name().to_owned(),
        largest: BoundedFigure::default(),
        chunk,
        count: BoundedFigure::default(),
        area: area.as_ref().and_then(|area| area.total),
        free: area.as_ref().and_then(|area| area.free),
        left: None,
        budget,
        cgroup: budget.and_then(|_| binding_cgroup(&machine)),
        blocks: [blocks(root), Vec::new()],
        early: None,
        failure: None,
    };
    let asker = Asker { root, heap: &heap, place: what.place, guard: &guard, request: what.request, page };
    let cma_free = machine.memory.and_then(|memory| memory.cma_free);
    let hint = limits.free.or(limits.area).or(budget).or(cma_free).unwrap_or(page) / page;
    let parent = Parent { signals, timer: what.timer, budget: budget.filter(|_| !what.force), asker: &asker };
    // What was found until then is an answer as well.
    limits.failure = parent.both(&mut limits, Search::new(hint)).err();
    limits.blocks[1] = blocks(root);
    Ok(limits)
}

fn binding_cgroup(budget: &MemoryBudget) -> Option<PathBuf> {
    match budget.bound() {
        Bound::Cgroup(level) => Some(level.path.clone()),
        Bound::Machine => None,
    }
}

fn blocks(root: &Root) -> Vec<Zone> {
    root.contents(Path::new("/proc/buddyinfo")).map(|bytes| buddyinfo::parse(&bytes)).unwrap_or_default()
}

struct Parent<'a> {
    signals: &'a Signals,
    timer: Option<&'a Timer>,
    /// Bytes that may be taken, at first sight; `None` where no budget bounds the heap.
    budget: Option<u64>,
    asker: &'a Asker<'a>,
}

type Asking = Child<Order, Answer>;

/// An event while listening to a child.
enum Heard {
    Answer(Answer),
    /// It has ended, and not by this process.
    Killed,
    /// The time is up, or a signal came.
    Interrupted(Stop),
}

impl Parent<'_> {
    fn both(&self, limits: &mut Limits, search: Search) -> Result<(), Error> {
        let mut child = self.start()?;
        self.largest(&mut child, limits, search)?;
        if limits.early.is_none() { self.total(child, limits) } else { Ok(()) }
    }

    fn start(&self) -> Result<Asking, Error> {
        Child::start_bound(|channel| self.asker.serve(&channel)).map_err(failed)
    }

    fn largest(&self, child: &mut Asking, limits: &mut Limits, mut search: Search) -> Result<(), Error> {
        let page = self.asker.page;
        let limit = self.asker.heap.size_limit(self.asker.root);
        while let Some(pages) = search.next() {
            let size = pages.saturating_mul(page);
            let beyond = limit.filter(|limit| size > *limit);
            let (stop, hint) = if self.may_ask(size) {
                match self.ask(child, Order::Try(size))? {
                    Heard::Answer(Answer::Refused(errno)) => (Stop::Refused(errno), beyond.unwrap_or(0) / page),
                    Heard::Answer(_) => {
                        search.fit(pages);
                        limits.largest.value = size;
                        continue;
                    }
                    Heard::Killed => {
                        limits.largest.stop = Some(Stop::Killed);
                        if !self.asker.guard.is_forced() {
                            return Err(killed(&limits.heap));
                        }
                        *child = self.start()?;
                        (Stop::Killed, 0)
                    }
                    Heard::Interrupted(stop) => {
                        child.kill();
                        if let Ok(Some(Answer::Fits)) = child.channel.receive() {
                            limits.largest.value = size;
                        }
                        (limits.largest.stop, limits.early) = (Some(stop), Some(stop));
                        return Ok(());
                    }
                }
            } else {
                (Stop::Budget, self.asker.guard.budget_of_heaps(self.asker.root, page).bytes() / page)
            };
            search.refuse(pages, hint);
            limits.largest.stop = Some(stop);
            if let Some(errno) = stop.unexpected().filter(|_| beyond.is_none()) {
                return Err(self.explain(size, errno));
            }
        }
        Ok(())
    }

    fn may_ask(&self, size: u64) -> bool {
        let Asker { root, place, guard, page, .. } = *self.asker;
        let request = MemoryRequest { of: MemoryOwner::Heap(place), size, count: 1 };
        self.budget.is_none_or(|budget| size <= budget) && guard.check(root, &[request], page).is_ok()
    }

    fn total(&self, mut child: Asking, limits: &mut Limits) -> Result<(), Error> {
        let mut heard = self.ask(&child, Order::Fill(limits.chunk))?;
        let mut note = |answer| match answer {
            Answer::Held(count) => limits.count.value = count,
            Answer::Full(stop, left) => (limits.count.stop, limits.left) = (Some(stop), left),
            Answer::Fits | Answer::Refused(_) | Answer::Freed => {}
        };
        let end = loop {
            match heard {
                Heard::Answer(Answer::Freed) => break None,
                Heard::Answer(answer) => note(answer),
                Heard::Killed => break Some(Stop::Killed),
                Heard::Interrupted(stop) => {
                    child.kill();
                    while let Ok(Some(answer)) = child.channel.receive() {
                        note(answer);
                    }
                    limits.early = Some(stop);
                    break Some(stop);
                }
            }
            heard = self.hear(&child)?;
        };
        // What was in the way before stays so, though the child was ended when all that was left to do was to free.
        limits.count.stop = limits.count.stop.or(end);
        match limits.count.stop {
            Some(Stop::Killed) if !self.asker.guard.is_forced() => Err(killed(&limits.heap)),
            Some(stop) => stop.unexpected().map_or(Ok(()), |errno| Err(self.explain(limits.chunk, errno))),
            None => Ok(()),
        }
    }

    fn explain(&self, len: u64, errno: Errno) -> Error {
        alloc::explain(self.asker.root, self.asker.heap, &AllocationRequest { len, ..self.asker.request }, None, errno)
    }

    fn ask(&self, child: &Asking, order: Order) -> Result<Heard, Error> {
        match child.channel.send(&order) {
            Ok(()) => self.hear(child),
            Err(Errno::EPIPE | Errno::ECONNRESET) => Ok(Heard::Killed),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// The next that the child says, or what came instead.
    fn hear(&self, child: &Asking) -> Result<Heard, Error> {
        let mut awaited = vec![(child.channel.as_fd(), Interest::Read), (self.signals.as_fd(), Interest::Read)];
        awaited.extend(self.timer.map(|timer| (timer.as_fd(), Interest::Read)));
        loop {
            let ready = poll::wait(&awaited).map_err(failed)?;
            let is_ready = |index: usize| ready.get(index) == Some(&true);
            if is_ready(1) {
                if let Some(caught) = self.signals.next().map_err(failed)? {
                    return Ok(Heard::Interrupted(Stop::Signal(caught.signal)));
                }
            }
            if is_ready(2) {
                return Ok(Heard::Interrupted(Stop::Timeout));
            }
            if is_ready(0) {
                return Ok(child.channel.receive().map_err(failed)?.map_or(Heard::Killed, Heard::Answer));
            }
        }
    }
}

fn failed(errno: Errno) -> Error {
    Error::errno("measure with", "a child process", errno)
}

fn killed(heap: &str) -> Error {
    Error::refused("measure", heap, "the allocating process was killed")
        .with_hint("see the kernel log: the OOM killer ends a process that asks for too much")
}
