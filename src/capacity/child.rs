//! The child's part: it asks the heap, and reports each answer.

use super::stop::Stop;
use crate::heap::area::CmaAreas;
use crate::heap::budget::guard::Guard;
use crate::heap::budget::shared::SharedBudget;
use crate::heap::{AllocationRequest, Heap, Place};
use crate::host::Root;
use crate::host::cma::CmaArea;
use crate::host::memory::SystemMemory;
use crate::sys::fd::descriptor;
use crate::sys::process::channel::Channel;
use crate::sys::process::{rlimit, victim};
use crate::sys::{Errno, errno_number};
use serde::{Deserialize, Serialize};
use std::os::fd::{AsFd, OwnedFd};

/// Files that are read at the end.
const SPARE: usize = 4;

/// An order for the child. Sizes are bytes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Ask for one buffer, and free it again.
    Try(u64),
    /// Take buffers of this size until there are no more, and free them.
    Fill(u64),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Fits,
    Refused(#[serde(with = "errno_number")] Errno),
    /// This many buffers are held at once.
    Held(u64),
    /// There are no more; so much is left free in the area, if the kernel reports it.
    Full(Stop, Option<u64>),
    Freed,
}

/// Asks one heap for buffers.
pub(super) struct Asker<'a> {
    pub(super) root: &'a Root,
    pub(super) heap: &'a Heap,
    pub(super) place: &'a Place,
    pub(super) guard: &'a Guard,
    pub(super) request: AllocationRequest,
    pub(super) page: u64,
}

impl Asker<'_> {
    /// Serves requests until the parent is gone. A message that does not arrive is the end as well.
    pub(super) fn serve(&self, channel: &Channel<Answer, Order>) {
        // It is this process that asks, so it is the one to be killed; its parent then says so. Where that cannot be, the
        // guard uses half of the budget.
        let _ = victim::volunteer();
        while let Ok(Some(order)) = channel.receive() {
            let sent = match order {
                Order::Try(size) => channel.send(&self.allocate(size).map_or_else(Answer::Refused, |_| Answer::Fits)),
                Order::Fill(size) => self.fill(channel, size).and_then(|()| channel.send(&Answer::Freed)),
            };
            if sent.is_err() {
                return;
            }
        }
    }

    /// Takes buffers of `size` bytes until there are no more.
    fn fill(&self, channel: &Channel<Answer, Order>, size: u64) -> Result<(), Errno> {
        // Where it cannot be raised, EMFILE is the answer.
        let _ = rlimit::raise_open_files(u64::MAX);
        // Where files run out, there would be none to ask what is left.
        let spare: Vec<_> = (0..SPARE).filter_map(|_| descriptor::duplicate(channel.as_fd()).ok()).collect();
        let mut held: Vec<OwnedFd> = Vec::new();
        let budget = SharedBudget::new(self.root, self.guard, std::slice::from_ref(self.place));
        let stop = loop {
            let Some(_reserved) = budget.reserve(0, size) else { break Stop::Budget };
            match self.allocate(size) {
                Ok(fd) => held.push(fd),
                Err(errno) => break Stop::Refused(errno),
            }
            channel.send(&Answer::Held(held.len() as u64))?;
        };
        drop(spare);
        // What is free in the heap's area, if it has one.
        let left = area(self.root, self.heap.name()).and_then(|area| area.free);
        channel.send(&Answer::Full(stop, left))
    }

    fn allocate(&self, len: u64) -> Result<OwnedFd, Errno> {
        loop {
            match self.heap.allocate(&AllocationRequest { len, ..self.request }) {
                Ok(allocation) => return Ok(allocation.buffer.into()),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
}

/// The area of the heap `name`.
pub(super) fn area(root: &Root, name: &str) -> Option<CmaArea> {
    CmaAreas::of(root, SystemMemory::of(root).as_ref()).seen(name)
}
