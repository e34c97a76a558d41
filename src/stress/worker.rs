//! A job: its slots, and what it does with them step by step.

use super::content::Content;
use super::failure::{Done, Failure, SHORT};
use super::held::Held;
use super::left::Mark;
use super::partner::Partner;
use super::peer::{Found, PeerProcess};
use super::plan::Share;
use super::shared::RunState;
use super::step::{Action, Choices, Step};
use crate::error::{Error, Hint};
use crate::heap::budget::shared::SharedBudget;
use crate::heap::{AllocationRequest, Heap, alloc};
use crate::host::Root;
use crate::sys::Errno;
use crate::sys::clock::Stamp;
use crate::sys::fd::poll::Deadline;
use crate::sys::fd::{descriptor, oflags};
use std::cell::Cell;
use std::os::fd::AsFd;
use std::sync::atomic::Ordering::Relaxed;

pub(super) struct Setting<'a> {
    pub(super) root: &'a Root,
    pub(super) heaps: &'a [Heap],
    /// The budget of all jobs together.
    pub(super) budget: &'a SharedBudget<'a>,
    pub(super) request: AllocationRequest,
    pub(super) choices: Choices,
    pub(super) share: Share,
    pub(super) iterations: Option<u64>,
    pub(super) deadline: Option<Deadline>,
    pub(super) trace: Option<fn(&str)>,
    pub(super) mark: &'a Mark,
    pub(super) shared: &'a RunState,
}

pub(super) struct Worker<'a> {
    setting: &'a Setting<'a>,
    job: usize,
    slots: Vec<Option<Held>>,
    bytes: u64,
    /// Bytes that were verified, and the nanoseconds that it took.
    verified: Cell<(u64, u64)>,
    partner: Partner,
    peer: PeerProcess,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        setting: &'a Setting<'a>,
        job: usize,
        partner: Partner,
        peer: PeerProcess,
    ) -> Result<Self, Error> {
        let mut slots = Vec::new();
        slots.try_reserve_exact(setting.share.slots).map_err(|_| {
            Error::errno("make", format!("{} slots for a job", setting.share.slots), Errno::ENOMEM)
                .with_hint(Hint::HoldFewer)
        })?;
        slots.resize_with(setting.share.slots, || None);
        Ok(Self { setting, job, slots, bytes: 0, verified: Cell::default(), partner, peer })
    }

    /// Does its steps until there are no more or it is asked to stop; at the end nothing is held.
    pub(super) fn work(mut self) {
        let shared = self.setting.shared;
        let last = self.setting.iterations.unwrap_or(u64::MAX);
        for number in 1..=last {
            if shared.is_stopped() || (number > 1 && self.must_end()) {
                break;
            }
            let step = Step::draw(&self.setting.choices, self.job, number);
            if let Some(trace) = self.setting.trace {
                trace(&step.to_string());
            }
            if let Err(failure) = self.take(&step) {
                shared.fail(failure.at(&step));
                self.forget(step.slot);
            }
            shared.counters.operations.fetch_add(1, Relaxed);
        }
        for slot in 0..self.slots.len() {
            if self.is_late() {
                shared.unchecked.fetch_add(self.forget(slot).is_some().into(), Relaxed);
            } else if let Err(failure) = self.free(slot) {
                shared.fail(failure);
            }
        }
        drop(self.partner);
        match self.peer.end() {
            Ok(None) => {}
            Ok(Some(left)) => shared.fail(Error::refused("end", "a child process", left).into()),
            Err(error) => shared.fail(error.into()),
        }
    }

    /// Whether the time is up.
    fn is_late(&self) -> bool {
        self.setting.deadline.is_some_and(|deadline| deadline.has_passed())
    }

    /// Whether the time that is left is not more than it takes to verify all that is held.
    fn must_end(&self) -> bool {
        let Some(deadline) = self.setting.deadline else { return false };
        let (bytes, nanoseconds) = self.verified.get();
        let needed = u128::from(self.bytes) * u128::from(nanoseconds) / u128::from(bytes.max(1));
        // Twice as much, as jobs disturb each other.
        u128::from(deadline.nanoseconds_left()) <= needed * 2
    }

    fn take(&mut self, step: &Step) -> Done {
        let Some(held) = self.slots.get(step.slot).and_then(Option::as_ref) else { return self.allocate(step) };
        match step.action {
            Action::Free => return self.free(step.slot),
            _ if !held.is_readable() => {}
            Action::Verify => self.verify(held)?,
            Action::Refill => {
                self.verify(held)?;
                self.fill(step)?;
            }
            Action::ShareThread => self.share_with_thread(held)?,
            Action::ShareProcess => self.share_with_process(step)?,
        }
        Ok(())
    }

    fn allocate(&mut self, step: &Step) -> Done {
        let setting = self.setting;
        let mut victim = 0;
        while self.bytes.saturating_add(step.size) > setting.share.bytes && victim < self.slots.len() {
            // Each is verified, which takes its time.
            if self.is_late() {
                return Ok(());
            }
            self.free(victim)?;
            victim += 1;
        }
        let Some(heap) = setting.heaps.get(step.heap) else { return Ok(()) };
        let Some(reserved) = setting.budget.reserve(step.heap, step.size) else {
            setting.shared.counters.guarded.fetch_add(1, Relaxed);
            return Ok(());
        };
        // What makes buffers of memfds has one access mode.
        let only = if heap.is_a_heap() { step.fd_flags } else { step.fd_flags & !oflags::ACCESS_MASK | oflags::RDWR };
        let request = AllocationRequest { len: step.size, fd_flags: only, ..setting.request };
        let start = Stamp::now();
        let buffer = match heap.allocate(&request) {
            Ok(allocation) => allocation.buffer,
            Err(errno) if SHORT.contains(&errno) => {
                setting.shared.count_error(errno);
                return Ok(());
            }
            Err(errno) => return Err(alloc::explain(setting.root, heap, &request, None, errno).into()),
        };
        drop(reserved);
        setting.shared.count_latency(Stamp::now().since(start));
        setting.shared.counters.allocations.fetch_add(1, Relaxed);
        let object = format!("a buffer of {} bytes from {}", step.size, heap.name());
        let size = buffer.size().map_err(|errno| Error::errno("measure", &object, errno))?;
        setting.shared.tolerate(setting.mark.put_on(&buffer).map_err(|errno| Error::errno("name", &object, errno)))?;
        let access = request.fd_flags & oflags::ACCESS_MASK;
        let held = Held { buffer, size, access, content: Content::NEW, object };
        setting.shared.held.fetch_add(1, Relaxed);
        setting.shared.held_bytes.fetch_add(size, Relaxed);
        self.bytes = self.bytes.saturating_add(size);
        if let Some(slot) = self.slots.get_mut(step.slot) {
            *slot = Some(held);
        }
        self.fill(step)
    }

    /// Fills what is in the slot of `step` with its content, if it can be written.
    fn fill(&mut self, step: &Step) -> Done {
        let shared = self.setting.shared;
        let Some(held) = self.slots.get_mut(step.slot).and_then(Option::as_mut) else { return Ok(()) };
        if held.is_writable()
            && shared.tolerate(step.content.fill(held.buffer.as_fd(), held.size, &held.object))?.is_some()
        {
            held.content = step.content;
            shared.counters.filled.fetch_add(held.size, Relaxed);
        }
        Ok(())
    }

    fn verify(&self, held: &Held) -> Done {
        let shared = self.setting.shared;
        let start = Stamp::now();
        let checked = held.content.verify(held.buffer.as_fd(), held.size, &held.object);
        let (bytes, nanoseconds) = self.verified.get();
        self.verified.set((bytes.saturating_add(held.size), nanoseconds + Stamp::now().since(start)));
        match shared.tolerate(checked)? {
            Some(Some(report)) => return Err(Failure::differs(&held.object, held.content, report)),
            Some(None) => drop(shared.counters.verified.fetch_add(held.size, Relaxed)),
            None => {}
        }
        Ok(())
    }

    /// Two threads compare, each with a descriptor and a mapping of its own.
    fn share_with_thread(&self, held: &Held) -> Done {
        let shared = self.setting.shared;
        let copy = descriptor::duplicate(held.buffer.as_fd());
        let copy = copy.map_err(|errno| Error::errno("duplicate", &held.object, errno));
        let Some(copy) = shared.tolerate(copy)? else { return Ok(()) };
        self.partner.order(copy, held.size, held.content, &held.object)?;
        let own = self.verify(held);
        let answer = self.partner.answer(&held.object);
        own?;
        match shared.tolerate(answer)? {
            Some(Some(report)) => {
                Err(Failure::differs(&format!("{} in another thread", held.object), held.content, report))
            }
            _ => Ok(()),
        }
    }

    /// A process compares and refills, and then this one compares.
    fn share_with_process(&mut self, step: &Step) -> Done {
        let shared = self.setting.shared;
        let Some(held) = self.slots.get_mut(step.slot).and_then(Option::as_mut) else { return Ok(()) };
        if !held.is_writable() {
            return Ok(());
        }
        let seen = self.peer.share(held.buffer.as_fd(), held.size, held.content, step.content);
        match shared.tolerate(seen)? {
            None => return Ok(()),
            Some(Found::Filled) => held.content = step.content,
            Some(Found::Differs(text)) => {
                // What this process sees says more, if it sees it.
                let object = held.object.clone();
                self.verify_slot(step.slot)?;
                return Err(Error::refused("verify", format!("{object} in a child process"), text).into());
            }
        }
        self.verify_slot(step.slot)
    }

    fn verify_slot(&self, slot: usize) -> Done {
        self.slots.get(slot).and_then(Option::as_ref).map_or(Ok(()), |held| self.verify(held))
    }

    /// Lets go of what is in a slot, after a last look at it.
    fn free(&mut self, slot: usize) -> Done {
        match self.forget(slot) {
            Some(held) if held.is_readable() => self.verify(&held),
            _ => Ok(()),
        }
    }

    /// Empties a slot; what was in it has been reported, or will be.
    fn forget(&mut self, slot: usize) -> Option<Held> {
        let held = self.slots.get_mut(slot)?.take()?;
        let shared = self.setting.shared;
        self.bytes = self.bytes.saturating_sub(held.size);
        shared.held.fetch_sub(1, Relaxed);
        shared.held_bytes.fetch_sub(held.size, Relaxed);
        Some(held)
    }
}
