//! The parent's part: it starts the child, listens, and ends it in time.

use super::child::{Asker, area};
use super::event::{Event, Stop};
use super::search::Search;
use crate::error::Error;
use crate::heap::budget::guard::{Guard, Tell};
use crate::heap::budget::request::{Demand, Memories};
use crate::heap::budget::{Bound, Budget};
use crate::heap::{Heap, Place, Request, alloc, budget::own_memory};
use crate::host::Root;
use crate::host::parse::buddyinfo::{self, Zone};
use crate::sys::Errno;
use crate::sys::fd::file;
use crate::sys::fd::poll::{self, Interest, Timer};
use crate::sys::process::fork::{self, Child, Ending};
use crate::sys::process::signals::Signals;
use crate::sys::system;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a child that has closed its pipe may take to be gone.
const ENDING: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Measurement<'a> {
    pub place: &'a Place,
    /// Flags and structure of every request; its length is not used.
    pub request: Request,
    /// Bytes of each buffer of the total.
    pub chunk: u64,
    /// Whether to go beyond the budget.
    pub force: bool,
    /// The end of the time, if there is one.
    pub timer: Option<&'a Timer>,
    /// Who hears of what the user should know.
    pub tell: Tell,
}

/// What was found. Sizes are bytes.
#[derive(Debug)]
pub(crate) struct Limits {
    pub heap: String,
    /// The largest single buffer, and what is in the way of a page more.
    pub largest: (u64, Option<Stop>),
    /// Bytes of each buffer of the total, as the kernel rounds them.
    pub chunk: u64,
    /// How many such buffers were held at once, and what ended that.
    pub count: (u64, Option<Stop>),
    /// Size of the heap's CMA area.
    pub area: Option<u64>,
    /// What of it was free at first.
    pub free: Option<u64>,
    /// What of it was free when no buffer more could be had.
    pub left: Option<u64>,
    /// The memory budget at first, where it bounds the heap.
    pub budget: Option<u64>,
    /// The cgroup whose limit that budget is, if it is not the machine's.
    pub cgroup: Option<PathBuf>,
    /// Free blocks before and after.
    pub blocks: [Vec<Zone>; 2],
    /// What ended the search before its end, if anything did: the time, or a signal.
    pub early: Option<Stop>,
    pub failure: Option<Error>,
}

impl Limits {
    /// Bytes of all buffers of the total.
    #[must_use]
    pub(crate) fn total(&self) -> u64 {
        self.count.0.saturating_mul(self.chunk)
    }

    /// How much of the free memory the largest buffer could have, in whole per cent: 100 only where it
    /// had all of it.
    #[must_use]
    pub(crate) fn largest_of_free(&self) -> Option<u64> {
        let free = self.free.filter(|free| *free > 0)?;
        Some((u128::from(self.largest.0) * 100 / u128::from(free)) as u64)
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
    let is_guarded = !own_memory::is_seen(root, what.place);
    let guard = Guard::for_children(root, std::slice::from_ref(what.place), what.force, what.tell);
    guard.check(root, &[Demand { of: Memories::Heap(what.place), size: chunk, count: 1 }], page)?;
    let machine = guard.budget_of_heaps(root, page);
    let is_bounded = own_memory::spared(root, what.place, machine.memory.as_ref()) == 0;
    let budget = is_bounded.then(|| machine.bytes());
    let area = if is_guarded { None } else { area(root, heap.name()) };
    let mut limits = Limits {
        heap: heap.name().to_owned(),
        largest: (0, None),
        chunk,
        count: (0, None),
        area: area.as_ref().and_then(|area| area.total),
        free: area.as_ref().and_then(|area| area.free),
        left: None,
        budget,
        cgroup: budget.and_then(|_| binding_cgroup(&machine)),
        blocks: [blocks(root), Vec::new()],
        early: None,
        failure: None,
    };
    let asker = Asker {
        root,
        heap: &heap,
        place: what.place,
        guard: &guard,
        request: what.request,
        budget: budget.filter(|_| !what.force),
        page,
        is_guarded,
    };
    let cma_free = machine.memory.and_then(|memory| memory.cma_free);
    let hint = limits.free.or(limits.area).or(budget).or(cma_free).unwrap_or(page) / page;
    let parent = Parent { signals, timer: what.timer, asker: &asker };
    // What was found until then is an answer, too.
    limits.failure = parent.both(&mut limits, Search::new(hint)).err();
    limits.blocks[1] = blocks(root);
    Ok(limits)
}

fn binding_cgroup(budget: &Budget) -> Option<PathBuf> {
    match budget.bound() {
        Bound::Cgroup(level) => Some(level.path.clone()),
        Bound::Machine => None,
    }
}

fn blocks(root: &Root) -> Vec<Zone> {
    root.read(Path::new("/proc/buddyinfo")).map(|bytes| buddyinfo::parse(&bytes)).unwrap_or_default()
}

struct Parent<'a> {
    signals: &'a Signals,
    timer: Option<&'a Timer>,
    asker: &'a Asker<'a>,
}

/// How listening to a child ended.
enum Heard {
    /// It said all it had to say.
    All,
    /// It was killed, and not by this process.
    Killed,
    /// It was killed by this process.
    Stopped(Stop),
}

impl Heard {
    /// What is in the way of more, where the child has told `known`: that stays so, though the child was ended when all
    /// that was left to do was to free.
    fn in_the_way(&self, known: Option<Stop>) -> Option<Stop> {
        known.or(match self {
            Self::All => None,
            Self::Killed => Some(Stop::Killed),
            Self::Stopped(stop) => Some(*stop),
        })
    }

    fn early(&self) -> Option<Stop> {
        if let Self::Stopped(stop) = self { Some(*stop) } else { None }
    }
}

impl Parent<'_> {
    fn both(&self, limits: &mut Limits, search: Search) -> Result<(), Error> {
        self.largest(limits, search)?;
        if limits.early.is_none() { self.total(limits) } else { Ok(()) }
    }

    fn largest(&self, limits: &mut Limits, mut search: Search) -> Result<(), Error> {
        let page = self.asker.page;
        while search.next().is_some() {
            let begun = search;
            let mut tried = 0;
            let heard = self.listen(
                |pipe| self.asker.largest(pipe, begun),
                |event| match event {
                    Event::Trying(size) => tried = size,
                    Event::Fits(size) => {
                        search.fit(size / page);
                        limits.largest.0 = size;
                    }
                    Event::Refused(stop) => {
                        search.refuse(tried / page, 0);
                        limits.largest.1 = Some(stop);
                    }
                    Event::Held(_) | Event::Full(..) => {}
                },
            )?;
            match heard {
                Heard::Killed => {
                    limits.largest.1 = Some(Stop::Killed);
                    if !self.asker.guard.is_forced() || tried == 0 {
                        return Err(killed(&limits.heap));
                    }
                    search.refuse(tried / page, 0);
                }
                Heard::Stopped(_) => {
                    limits.early = heard.early();
                    // A refusal is what is in the way where one page less was given.
                    let known = limits.largest.1.filter(|_| search.next().is_none());
                    limits.largest.1 = heard.in_the_way(known);
                    return Ok(());
                }
                Heard::All => {}
            }
            if let Some(Stop::Refused(errno)) = limits.largest.1.filter(|stop| !is_limit(*stop)) {
                return Err(self.explain(tried, errno));
            }
        }
        Ok(())
    }

    fn total(&self, limits: &mut Limits) -> Result<(), Error> {
        let chunk = limits.chunk;
        let heard = self.listen(
            |pipe| self.asker.total(pipe, chunk),
            |event| match event {
                Event::Held(count) => limits.count.0 = count,
                Event::Full(stop, left) => {
                    limits.count.1 = Some(stop);
                    limits.left = left;
                }
                Event::Trying(_) | Event::Fits(_) | Event::Refused(_) => {}
            },
        )?;
        limits.count.1 = heard.in_the_way(limits.count.1);
        limits.early = heard.early();
        match limits.count.1 {
            Some(Stop::Killed) if !self.asker.guard.is_forced() => Err(killed(&limits.heap)),
            Some(Stop::Refused(errno)) if !is_limit(Stop::Refused(errno)) => Err(self.explain(chunk, errno)),
            _ => Ok(()),
        }
    }

    fn explain(&self, len: u64, errno: Errno) -> Error {
        alloc::explain(self.asker.root, self.asker.heap, &Request { len, ..self.asker.request }, None, errno)
    }

    /// Starts a child that does `body`, and hands what it says to `hear`.
    fn listen(&self, body: impl FnOnce(&std::os::fd::OwnedFd), mut hear: impl FnMut(Event)) -> Result<Heard, Error> {
        let failed = |errno| Error::errno("measure with", "a child process", errno);
        let child = fork::fork(|pipe| body(&pipe)).map_err(failed)?;
        let mut buffer = Vec::new();
        loop {
            if let Some(stop) = self.wait(&child).map_err(failed)? {
                // What it had said until then still counts.
                while poll::is_readable(child.as_fd()).map_err(failed)? && read(child.as_fd(), &mut buffer, &mut hear) {
                }
                drop(child);
                return Ok(Heard::Stopped(stop));
            }
            if !read(child.as_fd(), &mut buffer, &mut hear) {
                break;
            }
        }
        match child.wait(ENDING).1 {
            Ending::Exited(0) => Ok(Heard::All),
            _ => Ok(Heard::Killed),
        }
    }

    /// Waits for the child; answers what came instead.
    fn wait(&self, child: &Child) -> Result<Option<Stop>, Errno> {
        let mut awaited = vec![(child.as_fd(), Interest::Read), (self.signals.as_fd(), Interest::Read)];
        awaited.extend(self.timer.map(|timer| (timer.as_fd(), Interest::Read)));
        let ready = poll::wait(&awaited)?;
        if ready.get(1) == Some(&true) {
            if let Some(caught) = self.signals.next()? {
                return Ok(Some(Stop::Signal(caught.signal)));
            }
        }
        Ok((ready.get(2) == Some(&true)).then_some(Stop::Timeout))
    }
}

/// Whether a heap may end like that without anything being wrong.
fn is_limit(stop: Stop) -> bool {
    !matches!(stop, Stop::Refused(errno) if !matches!(errno, Errno::ENOMEM | Errno::EMFILE | Errno::ENFILE))
}

/// Reads what there is. False: there will be no more.
fn read(pipe: BorrowedFd<'_>, buffer: &mut Vec<u8>, hear: &mut impl FnMut(Event)) -> bool {
    let mut block = [0; Event::BYTES * 200];
    let Ok(length @ 1..) = file::read(pipe, &mut block) else { return false };
    buffer.extend_from_slice(&block[..length]);
    let words = buffer.chunks_exact(Event::BYTES);
    let rest = words.remainder().to_vec();
    words.filter_map(|word| Event::decode(word.first_chunk()?)).for_each(hear);
    *buffer = rest;
    true
}

fn killed(heap: &str) -> Error {
    Error::refused("measure", heap, "the process that asked was killed")
        .with_hint("the kernel's log tells by what; the OOM killer takes who asks for too much")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_in_the_way_before_a_signal_came_stays_so() {
        let (full, signal) = (Stop::Refused(Errno::ENOMEM), Stop::Signal(2));
        let stopped = Heard::Stopped(signal);
        assert_eq!((stopped.in_the_way(Some(full)), stopped.early()), (Some(full), Some(signal)));
        assert_eq!(stopped.in_the_way(None), Some(signal));
        assert_eq!((Heard::Killed.in_the_way(None), Heard::Killed.early()), (Some(Stop::Killed), None));
        assert_eq!(Heard::Killed.in_the_way(Some(full)), Some(full));
        assert_eq!((Heard::All.in_the_way(Some(full)), Heard::All.early()), (Some(full), None));
    }
}
