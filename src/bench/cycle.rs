//! The life of one buffer, with a stamp before and after each step.

use super::figures::BenchStep;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::bench::{self, TimedRequest};
use crate::sys::mem::fault::{FaultReport, MemoryFault};
use crate::sys::mem::mapping::Mapping;
use crate::uapi::dma_buf;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// The steps of a life cycle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cycle<'a> {
    pub heap: BorrowedFd<'a>,
    /// Bytes to ask for.
    pub size: u64,
    /// `O_*` flags of the descriptor.
    pub fd_flags: u32,
    pub request: TimedRequest,
    /// Whether the buffer is mapped and touched.
    pub mapped: bool,
}

/// Nanoseconds of each of [`BenchStep::LATENCIES`].
pub(crate) type Times = [u64; 5];

/// A step that the kernel refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub step: BenchStep,
    pub errno: Errno,
}

impl Cycle<'_> {
    /// Goes through the steps once. Nothing is left of the buffer afterwards in any case.
    #[inline]
    pub(crate) fn once(&self) -> Result<Times, Refused> {
        let at = |step| move |errno| Refused { step, errno };
        let (buffer, allocate) =
            bench::heap_alloc(self.heap, self.size, self.fd_flags, self.request).map_err(at(BenchStep::Allocate))?;
        let mut touch = 0;
        let mapping = if self.mapped {
            let (mapping, time) =
                Mapping::touched(buffer.as_fd(), self.size, unanswered(self.size)).map_err(at(BenchStep::Touch))?;
            touch = time;
            Some(mapping)
        } else {
            None
        };
        let sync = |flags| bench::buffer_sync(buffer.as_fd(), flags | dma_buf::SYNC_RW);
        let start = sync(dma_buf::SYNC_START).map_err(at(BenchStep::SyncStart))?;
        let end = sync(dma_buf::SYNC_END).map_err(at(BenchStep::SyncEnd))?;
        // A mapping keeps the buffer.
        drop(mapping);
        Ok([allocate, touch, start, end, bench::close(buffer)])
    }
}

/// Returns the report that ends the run where memory does not answer.
pub(super) fn unanswered(size: u64) -> Arc<FaultReport> {
    Arc::new(move |fault: MemoryFault| {
        let reason = format!("memory access failed at offset {:#x} (SIGBUS)", fault.at);
        Error::refused("access", format!("{size} bytes"), reason).end()
    })
}

/// Lives whose times are kept at once.
const ROOM: usize = 4096;

/// The times of the last lives, in room that is there before the first one.
#[derive(Debug)]
pub(crate) struct Samples {
    kept: Vec<Times>,
    at: usize,
    full: bool,
}

impl Samples {
    /// Room for 4096 of them, 160 KiB.
    pub(crate) fn new() -> Self {
        Self { kept: vec![Times::default(); ROOM], at: 0, full: false }
    }

    /// Keeps one. True when the room is used up: the next one takes the place of the first.
    #[inline]
    pub(crate) fn push(&mut self, times: Times) -> bool {
        self.kept[self.at] = times;
        self.at += 1;
        if self.at < ROOM {
            return false;
        }
        (self.at, self.full) = (0, true);
        true
    }

    /// Returns those kept since the room was last used up.
    pub(crate) fn recent(&self) -> &[Times] {
        &self.kept[..self.at]
    }

    /// The last ones, at most as many as there is room for, in any order.
    pub(crate) fn all(&self) -> &[Times] {
        if self.full { &self.kept } else { self.recent() }
    }

    /// Forgets them and keeps the room.
    pub(crate) fn clear(&mut self) {
        (self.at, self.full) = (0, false);
    }
}

impl Default for Samples {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_keep_the_last_ones() {
        let mut samples = Samples::new();
        assert!(samples.all().is_empty());
        let full: Vec<u64> = (0..ROOM as u64 + 2).filter(|index| samples.push([*index; 5])).collect();
        assert_eq!(full, [ROOM as u64 - 1]);
        assert_eq!(samples.recent(), [[ROOM as u64; 5], [ROOM as u64 + 1; 5]]);
        assert_eq!(samples.all().len(), ROOM);
        assert_eq!(samples.all().iter().map(|times| times[0]).min(), Some(2));
        samples.clear();
        assert!(samples.all().is_empty());
    }

    #[test]
    fn a_refused_step_is_named() {
        let file = tempfile::tempfile().unwrap();
        let cycle =
            Cycle { heap: file.as_fd(), size: 4096, fd_flags: 0, request: TimedRequest::Mainline, mapped: true };
        assert_eq!(cycle.once(), Err(Refused { step: BenchStep::Allocate, errno: Errno::ENOTTY }));
    }
}
