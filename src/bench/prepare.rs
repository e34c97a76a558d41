//! What is looked at before anything is measured, and whether there is memory for it.

use super::case::{BenchCase, FD_FLAGS};
use super::clock::Clock;
use super::cycle::unanswered;
use super::plan::BenchPlan;
use super::run::PreparedBench;
use super::slot::Job;
use crate::error::{Error, Hint};
use crate::heap::budget::guard::Guard;
use crate::heap::budget::request::{MemoryOwner, MemoryRequest};
use crate::heap::{AllocationRequest, Heap, RequestAbi, alloc};
use crate::host::Root;
use crate::size::Human;
use crate::sys::Errno;
use crate::sys::bench::TimedRequest;
use crate::sys::fd::poll::Deadline;
use crate::sys::mem::mapping::Mapping;
use crate::sys::process::affinity;
use crate::sys::system;
use std::os::fd::AsFd;
use std::path::Path;

impl BenchPlan {
    /// Opens the heaps, tries a buffer of each, and takes the memory that the run needs for itself.
    ///
    /// # Errors
    /// A heap that cannot be opened or gives nothing, a CPU that may not be used, more memory than the
    /// budget has.
    pub(crate) fn prepare(mut self, root: &Root) -> Result<PreparedBench, Error> {
        let deadline = self.deadline();
        remove_repeated(&mut self.places, |one, other| one.name == other.name);
        remove_repeated(&mut self.sizes, |one, other| one == other);
        self.check_cpus(root)?;
        let heaps =
            self.places.iter().map(|place| Heap::open(root, place, self.force)).collect::<Result<Vec<_>, _>>()?;
        let guard = self.guard(root)?;
        let mut cases = Vec::new();
        let mut unmapped = Vec::new();
        for (index, heap) in heaps.iter().enumerate() {
            let trial = self.try_out(root, heap)?;
            unmapped.extend(trial.unmapped.map(|errno| (heap.name().to_owned(), errno)));
            let case = |size: &u64| BenchCase::new(index, *size, trial.request, trial.unmapped.is_none());
            cases.extend(self.sizes.iter().map(case));
        }
        let jobs = (0..self.jobs).map(|index| self.job(index, deadline)).collect::<Result<Vec<_>, _>>()?;
        Ok(PreparedBench { plan: self, deadline, heaps, cases, jobs, unmapped, clock: Clock::of(root), guard })
    }

    fn largest(&self) -> u64 {
        self.sizes.iter().copied().max().unwrap_or(0)
    }

    /// Checks the budget: one heap at a time has its buffers; what the run takes itself is there all the time.
    fn guard(&self, root: &Root) -> Result<Guard, Error> {
        let guard = Guard::new(root, &self.places, self.force, self.warn);
        let jobs = self.jobs as u64;
        let cases = (self.places.len() * self.sizes.len()) as u64;
        for place in &self.places {
            let requests = [
                MemoryRequest { of: MemoryOwner::Heap(place), size: self.largest(), count: jobs },
                MemoryRequest { of: MemoryOwner::Process, size: self.largest(), count: jobs.saturating_mul(2) },
                MemoryRequest { of: MemoryOwner::Process, size: BenchCase::MEMORY, count: cases },
            ];
            guard.check(root, &requests, system::page_size())?;
        }
        Ok(guard)
    }

    fn check_cpus(&self, root: &Root) -> Result<(), Error> {
        let Some(_) = self.cpus.first() else { return Ok(()) };
        let allowed = affinity::allowed().map_err(|errno| Error::errno("query", "the CPUs of this process", errno))?;
        let Some(cpu) = self.cpus.iter().find(|cpu| !allowed.contains(cpu)) else { return Ok(()) };
        let exists = root.has(Path::new(&format!("/sys/devices/system/cpu/cpu{cpu}")));
        let reason = if exists { "this process is not allowed to use it" } else { "no such CPU" };
        Err(Error::refused("pin to", format!("CPU {cpu}"), reason)
            .with_hint(format!("CPUs that this process may use: {}", ranges(&allowed))))
    }

    /// A buffer of the smallest size: which request the heap knows, and whether the buffer can be mapped.
    fn try_out(&self, root: &Root, heap: &Heap) -> Result<Trial, Error> {
        let len = self.sizes.iter().copied().min().unwrap_or(0);
        let abi = if heap.is_a_heap() { RequestAbi::Mainline } else { RequestAbi::Auto };
        let mut request = AllocationRequest { len, fd_flags: FD_FLAGS, heap_flags: 0, abi };
        let mut answer = heap.allocate(&request);
        if answer.as_ref().is_err_and(|errno| *errno == Errno::ENOTTY) {
            request.abi = RequestAbi::V12;
            answer = heap.allocate(&request);
        }
        let buffer = answer
            .map_err(|errno| {
                alloc::explain(root, heap, &AllocationRequest { abi: RequestAbi::Auto, ..request }, None, errno)
            })?
            .buffer;
        let request = match request.abi {
            RequestAbi::Mainline => TimedRequest::Mainline,
            RequestAbi::V12 => TimedRequest::V12,
            RequestAbi::Auto => TimedRequest::Udmabuf,
        };
        match Mapping::touched(buffer.as_fd(), len, unanswered(len)) {
            Ok(_) => Ok(Trial { request, unmapped: None }),
            Err(errno @ (Errno::ENOMEM | Errno::EMFILE | Errno::EOVERFLOW)) => {
                Err(Error::errno("map", format!("{len} bytes from {}", heap.name()), errno))
            }
            Err(errno) => Ok(Trial { request, unmapped: Some(errno) }),
        }
    }

    fn job(&self, index: usize, deadline: Option<Deadline>) -> Result<Job, Error> {
        let size = self.largest();
        let cpu = self.cpus.get(index % self.cpus.len().max(1)).copied();
        Job::new(size, cpu, deadline).map_err(|errno| {
            Error::errno("allocate", format!("anonymous memory, twice {} per job", Human(size)), errno)
                .with_hint(Hint::SmallerSizesOrFewerJobs)
        })
    }
}

struct Trial {
    request: TimedRequest,
    unmapped: Option<Errno>,
}

/// Keeps the first of those that are the same.
fn remove_repeated<T: Clone>(list: &mut Vec<T>, is_same: impl Fn(&T, &T) -> bool) {
    let mut kept: Vec<T> = Vec::new();
    for one in list.drain(..) {
        if !kept.iter().any(|other| is_same(&one, other)) {
            kept.push(one);
        }
    }
    *list = kept;
}

/// `0-3 8`
fn ranges(numbers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let shown =
        runs.iter().map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") });
    shown.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpus_are_printed_as_ranges() {
        assert_eq!(ranges(&[0, 1, 2, 3, 8, 10, 11]), "0-3 8 10-11");
        assert_eq!(ranges(&[5]), "5");
    }

    #[test]
    fn repeated_argument_is_measured_once_in_the_given_order() {
        let mut sizes = vec![8, 4, 8, 2, 4];
        remove_repeated(&mut sizes, |one, other| one == other);
        assert_eq!(sizes, [8, 4, 2]);
    }
}
