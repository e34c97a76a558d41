//! Many allocations as one act: guarded before the first, accounted for after the last.

use super::guard::{self, Demand, Volunteer};
use super::{Heap, Place, Request, allocate};
use crate::buffer::{DmaBuf, Name};
use crate::error::Error;
use crate::machine::Root;
use crate::sys::limits;
use std::rc::Rc;
use std::time::Duration;

/// Descriptors that the tool needs beside the buffers: standard streams, node, files of /proc.
const SPARE_FILES: u64 = 32;

/// What to allocate.
#[derive(Debug)]
pub struct Plan {
    /// From where; each gives `count` buffers.
    pub places: Vec<Place>,
    /// What each buffer is.
    pub request: Request,
    /// How many of each heap.
    pub count: u64,
    /// What to call them.
    pub name: Option<Name>,
    /// Whether to go beyond the budget.
    pub force: bool,
}

/// A buffer that was allocated and is held.
#[derive(Debug)]
pub struct Held {
    /// The heap's name.
    pub heap: Rc<str>,
    /// The buffer.
    pub buffer: DmaBuf,
    /// Time of the ioctl.
    pub elapsed: Duration,
}

/// What came of a plan: the buffers up to the first failure, and that failure.
#[derive(Debug)]
pub struct Outcome {
    /// In order of allocation.
    pub held: Vec<Held>,
    /// Why there are not more.
    pub failure: Option<Error>,
}

impl Plan {
    /// Allocates. Nothing is requested if a heap cannot be opened or the guard refuses.
    ///
    /// # Errors
    /// What kept it from requesting anything. A request that fails is in the [`Outcome`].
    pub fn carry_out(&self, root: &Root) -> Result<Outcome, Error> {
        let heaps =
            self.places.iter().map(|place| Heap::open(root, place, self.force)).collect::<Result<Vec<_>, _>>()?;
        let _volunteer = self.guard(root)?;
        let total = self.count.saturating_mul(heaps.len() as u64);
        if total > 1 {
            // A limit that cannot be raised shows itself as EMFILE at the buffer that is one too many.
            let _ = limits::raise_open_files_limit(total.saturating_add(SPARE_FILES));
        }

        // A table that grows would be copied, and be half empty. There are never more than files may be open.
        let most = limits::open_files_limit().map_or(0, |(soft, _)| soft).min(total);
        let held = Vec::with_capacity(usize::try_from(most).unwrap_or(0));
        let mut outcome = Outcome { held, failure: None };
        'heaps: for heap in &heaps {
            let name: Rc<str> = heap.name().into();
            for number in 1..=self.count {
                match self.one(root, heap, &name, number) {
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

    fn guard(&self, root: &Root) -> Result<Option<Volunteer>, Error> {
        let demands: Vec<Demand<'_>> = self
            .places
            .iter()
            .map(|place| Demand { heap: &place.name, size: self.request.len, count: self.count })
            .collect();
        match guard::check(root, &demands, limits::page_size()) {
            Ok(()) => Ok(None),
            // Without /proc nothing can be volunteered, and --force was asked for all the same.
            Err(_) if self.force => Ok(Volunteer::step_forward().ok()),
            Err(refusal) => Err(refusal),
        }
    }

    fn one(&self, root: &Root, heap: &Heap, heap_name: &Rc<str>, number: u64) -> Result<Held, Error> {
        let which = (self.count > 1).then_some((number, self.count));
        let allocate::Allocation { buffer, elapsed } =
            heap.allocate(&self.request).map_err(|errno| allocate::explain(root, heap, &self.request, which, errno))?;
        if let Some(name) = &self.name {
            buffer.set_name(name).map_err(|errno| {
                Error::errno("name", format!("buffer {number} of {}", heap.name()), errno)
                    .with_hint("DMA_BUF_SET_NAME came with Linux 5.3")
            })?;
        }
        Ok(Held { heap: Rc::clone(heap_name), buffer, elapsed })
    }
}
