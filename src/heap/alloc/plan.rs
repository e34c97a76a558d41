//! Many buffers of one request: compared with the budget before the first, held until the last.

use super::refusal;
use super::request::{AllocationRequest, NewBuffer};
use crate::dmabuf::{BufferName, DmaBuf};
use crate::error::Error;
use crate::heap::budget::guard::{Guard, Warn};
use crate::heap::budget::request::{MemoryOwner, MemoryRequest};
use crate::heap::budget::shared::{Reservation, SharedBudget};
use crate::heap::{Heap, Place};
use crate::host::Root;
use crate::sys::process::rlimit;
use crate::sys::system;
use std::rc::Rc;
use std::time::Duration;

/// Descriptors that the tool needs beside the buffers: standard streams, node, files of /proc.
const SPARE_FILES: u64 = 32;

#[derive(Debug)]
pub(crate) struct BufferPlan {
    /// Each gives `count` buffers.
    pub places: Vec<Place>,
    pub request: AllocationRequest,
    pub count: u64,
    pub name: Option<BufferName>,
    /// Whether to go beyond the budget.
    pub force: bool,
    /// Who hears of what the user should know.
    pub warn: Warn,
}

/// A buffer that was allocated and is held.
#[derive(Debug)]
pub(crate) struct HeldBuffer {
    pub heap: Rc<str>,
    pub buffer: DmaBuf,
    pub elapsed: Duration,
}

/// The results of a plan: the buffers up to the first failure, and that failure.
#[derive(Debug)]
pub(crate) struct AllocationOutcome {
    pub held: Vec<HeldBuffer>,
    pub failure: Option<Error>,
}

impl BufferPlan {
    /// Allocates. Nothing is requested if a heap cannot be opened or the guard refuses. This process stays the OOM killer's
    /// first victim, for as long as it holds the buffers, and until it becomes another program.
    ///
    /// # Errors
    /// Fails if nothing can be requested. A request that fails is in the [`AllocationOutcome`].
    pub(crate) fn carry_out(&self, root: &Root) -> Result<AllocationOutcome, Error> {
        let heaps =
            self.places.iter().map(|place| Heap::open(root, place, self.force)).collect::<Result<Vec<_>, _>>()?;
        let guard = self.guard(root)?;
        let total = self.count.saturating_mul(heaps.len() as u64);
        let mut most = total;
        if total > 1 {
            // A limit that cannot be raised shows itself as EMFILE at the buffer that is one too many.
            let _ = rlimit::raise_open_files(total.saturating_add(SPARE_FILES));
            // A table that grows would be copied, and be half empty. There are never more than files may be open.
            most = rlimit::open_files().map_or(0, |(soft, _)| soft).min(total);
        }
        let held = Vec::with_capacity(usize::try_from(most).unwrap_or(0));
        let mut outcome = AllocationOutcome { held, failure: None };
        let budget = (total > 1).then(|| SharedBudget::new(root, &guard, &self.places));
        'heaps: for (index, heap) in heaps.iter().enumerate() {
            let name: Rc<str> = heap.name().into();
            for number in 1..=self.count {
                // Of many buffers each is compared with what is left.
                let reserved = budget.as_ref().map(|budget| self.reserve(root, &guard, budget, index)).transpose();
                match reserved.and_then(|_reserved| self.allocate_one(root, heap, &name, number)) {
                    Ok(held) => outcome.held.push(held),
                    Err(error) => {
                        outcome.failure = Some(error);
                        break 'heaps;
                    }
                }
            }
        }
        Ok(outcome)
    }

    fn guard(&self, root: &Root) -> Result<Guard, Error> {
        let guard = Guard::new(root, &self.places, self.force, self.warn);
        let request = |place| MemoryRequest { of: MemoryOwner::Heap(place), size: self.request.len, count: self.count };
        let requests: Vec<MemoryRequest<'_>> = self.places.iter().map(request).collect();
        guard.check(root, &requests, system::page_size()).map(|()| guard)
    }

    /// Reserves a buffer. Where that is refused the guard is asked for the reason, and it may allow by then.
    fn reserve<'b>(
        &self,
        root: &Root,
        guard: &Guard,
        budget: &'b SharedBudget<'_>,
        index: usize,
    ) -> Result<Option<Reservation<'b>>, Error> {
        let reserved = budget.reserve(index, self.request.len);
        if reserved.is_none() {
            let place = self.places.get(index).map(|place| MemoryRequest {
                of: MemoryOwner::Heap(place),
                size: self.request.len,
                count: 1,
            });
            guard.check(root, place.as_slice(), system::page_size())?;
        }
        Ok(reserved)
    }

    fn allocate_one(&self, root: &Root, heap: &Heap, heap_name: &Rc<str>, number: u64) -> Result<HeldBuffer, Error> {
        let which = (self.count > 1).then_some((number, self.count));
        let NewBuffer { buffer, elapsed } =
            heap.allocate(&self.request).map_err(|errno| refusal::explain(root, heap, &self.request, which, errno))?;
        if let Some(name) = &self.name {
            buffer.set_name(name).map_err(|errno| {
                Error::errno("name", format!("buffer {number} of {}", heap.name()), errno)
                    .with_hint("DMA_BUF_SET_NAME needs Linux 5.3")
            })?;
        }
        Ok(HeldBuffer { heap: Rc::clone(heap_name), buffer, elapsed })
    }
}
