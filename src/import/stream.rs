//! Frames that a camera writes into buffers.

use super::answer::{ImportAnswer, ImportStep, Reason};
use super::video::{VideoDevice, import_reason};
use crate::dmabuf::DmaBuf;
use crate::dmabuf::mapping::Target;
use crate::dmabuf::range::ByteRange;
use crate::dmabuf::transfer;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::poll::{self, Interest};
use crate::sys::import::v4l2 as request;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// Buffers that are asked for: one is written, one waits, and the others bridge what this process is late.
const DEPTH: u32 = 4;

/// How many frames are to come, and what ends the waiting for them when it can be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamPlan<'s> {
    pub frames: u64,
    pub stop: BorrowedFd<'s>,
    /// Whether the memory is known to be contiguous.
    pub is_contiguous: bool,
}

/// The frames that came.
#[derive(Debug, Default)]
pub(crate) struct Streamed {
    pub frames: u64,
    /// Frames in between that the device dropped, or called damaged.
    pub lost: u64,
    /// Bytes of the last one.
    pub bytes: u64,
    /// From one frame to the next, on average.
    pub period: Option<Duration>,
    /// Bytes of the last buffer that are not what they were before the stream.
    pub changed: u64,
    /// The buffer of the last frame; none if too few came before the end.
    pub last: Option<DmaBuf>,
}

/// When the frames came.
#[derive(Default)]
struct Arrivals {
    first: Option<(u32, Instant)>,
    lost: u64,
    count: u64,
    period: Option<Duration>,
}

impl Arrivals {
    fn add(&mut self, sequence: u32, is_damaged: bool) {
        let now = Instant::now();
        let (first, start) = *self.first.get_or_insert((sequence, now));
        self.count += u64::from(!is_damaged);
        self.lost = (u64::from(sequence.wrapping_sub(first)) + 1).saturating_sub(self.count);
        let gaps = u32::try_from(self.count.saturating_sub(1)).unwrap_or(u32::MAX);
        self.period = now.duration_since(start).checked_div(gaps);
    }
}

impl VideoDevice {
    /// Streams into buffers that `allocate` makes, all with the same bytes. It uses none of them once this is answered.
    pub(super) fn stream(
        &self,
        plan: StreamPlan<'_>,
        mut allocate: impl FnMut() -> Result<DmaBuf, Error>,
    ) -> Result<Streamed, ImportAnswer> {
        let queue = self.camera()?;
        let refused =
            |errno| ImportAnswer::refused(ImportStep::Stream, errno, import_reason(errno, plan.is_contiguous));
        let (count, queued) = self.request(queue, DEPTH)?;
        let mut buffers = (0..count).map(|_| allocate()).collect::<Result<Vec<_>, _>>().map_err(not_allocated)?;
        let before = buffers.first().map_or(Ok(Vec::new()), bytes_of).map_err(not_allocated)?;
        for (index, buffer) in (0..).zip(&buffers) {
            request::queue(self.fd.as_fd(), queue.place(index), buffer.as_fd()).map_err(refused)?;
        }
        request::start(self.fd.as_fd(), queue.kind).map_err(refused)?;
        let mut streamed = Streamed::default();
        let mut arrivals = Arrivals::default();
        let awaited = [(self.fd.as_fd(), Interest::Read), (plan.stop, Interest::Read)];
        let last = loop {
            if poll::wait(&awaited).map_err(refused)?.last() == Some(&true) {
                break None;
            }
            let frame = match request::dequeue(self.fd.as_fd(), queue.kind, &queue.sizes) {
                Ok(frame) => frame,
                Err(Errno::EAGAIN) => continue,
                Err(errno) => return Err(refused(errno)),
            };
            arrivals.add(frame.sequence, frame.is_damaged || frame.used == 0);
            if arrivals.count == plan.frames {
                streamed.bytes = frame.used.into();
                break usize::try_from(frame.index).ok().filter(|index| *index < buffers.len());
            }
            let buffer = buffers.get(frame.index as usize).ok_or_else(|| refused(Errno::EPROTO))?;
            request::queue(self.fd.as_fd(), queue.place(frame.index), buffer.as_fd()).map_err(refused)?;
        };
        drop(queued);
        (streamed.frames, streamed.lost, streamed.period) = (arrivals.count, arrivals.lost, arrivals.period);
        streamed.last = last.map(|index| buffers.swap_remove(index));
        if let Some(buffer) = &streamed.last {
            let after = bytes_of(buffer).map_err(not_allocated)?;
            streamed.changed = after.iter().zip(&before).filter(|(after, before)| after != before).count() as u64;
        }
        Ok(streamed)
    }
}

fn not_allocated(error: Error) -> ImportAnswer {
    let reason = Reason::known(error.to_string());
    ImportAnswer::skipped(ImportStep::Allocate, error.kernel_errno(), reason)
}

fn bytes_of(buffer: &DmaBuf) -> Result<Vec<u8>, Error> {
    let size = buffer.size().map_err(|errno| Error::errno("measure", NAME, errno))?;
    first_bytes(buffer, size)
}

/// Its first `length` bytes.
pub(crate) fn first_bytes(buffer: &DmaBuf, length: u64) -> Result<Vec<u8>, Error> {
    let range = ByteRange::from_parts(0, length);
    let mut bytes = Vec::new();
    transfer::dump(&Target::new(buffer.as_fd(), NAME), range, &mut bytes, NAME, &|_| ())?;
    Ok(bytes)
}

const NAME: &str = "the buffer";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_damaged_frames_are_lost() {
        let mut arrivals = Arrivals::default();
        for (sequence, is_damaged) in [(u32::MAX, false), (0, false), (3, false), (4, true)] {
            arrivals.add(sequence, is_damaged);
        }
        assert_eq!((arrivals.count, arrivals.lost), (3, 3));
        assert!(arrivals.period.is_some());
    }

    #[test]
    fn one_frame_has_no_period() {
        let mut arrivals = Arrivals::default();
        arrivals.add(7, false);
        assert_eq!((arrivals.count, arrivals.lost, arrivals.period), (1, 0, None));
    }
}
