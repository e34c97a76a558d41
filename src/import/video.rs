//! V4L2 nodes: a buffer is attached to and mapped for each queue of the node. A format that is set is put back.

use super::answer::{CONTIGUOUS, ImportAnswer, ImportStep, ImportVerdict, Reason};
use super::format::{FourCc, FrameFormat};
use super::log::KernelLog;
use crate::sys::import::v4l2::{self as request, QueueFormat, QueuePlace};
use crate::sys::{Errno, errno_text};
use crate::uapi::v4l2;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

#[derive(Debug)]
pub(super) struct VideoDevice {
    pub(super) fd: OwnedFd,
    pub(super) driver: Option<String>,
    queues: Vec<Queue>,
    /// The format that was replaced.
    before: Option<Box<QueueFormat>>,
}

#[derive(Debug)]
pub(super) struct Queue {
    /// `enum v4l2_buf_type`.
    pub(super) kind: u32,
    pub(super) format: FrameFormat,
    /// Of each memory plane, bytes.
    pub(super) sizes: Vec<u32>,
}

impl Queue {
    /// Bytes that a buffer must have: each plane begins at its beginning.
    fn size(&self) -> u64 {
        self.sizes.iter().copied().max().unwrap_or_default().into()
    }

    /// The place of buffer `index`.
    pub(super) fn place(&self, index: u32) -> QueuePlace<'_> {
        QueuePlace { kind: self.kind, index, sizes: &self.sizes }
    }
}

impl From<QueueFormat> for Queue {
    fn from(format: QueueFormat) -> Self {
        let [width, height, code] = format.picture();
        let picture = FrameFormat { width, height, format: FourCc(code.to_le_bytes()) };
        Self { kind: format.kind, format: picture, sizes: format.plane_sizes() }
    }
}

/// Buffers that queues of a device have, until this is dropped.
#[derive(Debug)]
pub(crate) struct Queued<'d> {
    device: &'d VideoDevice,
    kinds: Vec<u32>,
}

impl VideoDevice {
    /// Takes over the open node and asks what it is.
    ///
    /// # Errors
    /// Its driver, if that is known, and why it is skipped.
    pub(super) fn new(fd: OwnedFd) -> Result<Self, (Option<String>, ImportAnswer)> {
        let skipped = |step, errno, reason: String| ImportAnswer::skipped(step, errno, Reason::known(reason));
        let capability = request::capability(fd.as_fd()).map_err(|errno| {
            let reason = "it does not answer as a video device: a subdevice, perhaps".to_owned();
            (None, skipped(ImportStep::Capability, Some(errno), reason))
        })?;
        let end = capability.driver.iter().position(|byte| *byte == 0).unwrap_or(capability.driver.len());
        let driver = Some(String::from_utf8_lossy(&capability.driver[..end]).into_owned());
        let of_node = capability.capabilities & v4l2::CAP_DEVICE_CAPS != 0;
        let capabilities = if of_node { capability.device_caps } else { capability.capabilities };
        let kinds = kinds(capabilities);
        if kinds.is_empty() {
            let reason = format!("neither captures nor outputs video (capabilities {capabilities:#x})");
            return Err((driver, skipped(ImportStep::Capability, None, reason)));
        }
        let mut queues = Vec::new();
        for kind in kinds {
            match QueueFormat::of(fd.as_fd(), kind) {
                Ok(format) => queues.push(format.into()),
                Err(errno) => {
                    let reason = "it has no format yet: the pipeline, or the source, is not set up".to_owned();
                    return Err((driver, skipped(ImportStep::Format, Some(errno), reason)));
                }
            }
        }
        Ok(Self { fd, driver, queues, before: None })
    }

    /// Sets the format of what it captures or, if it captures nothing, of what it is given.
    ///
    /// # Errors
    /// Why it is skipped; the format is as it was once this is dropped.
    pub(super) fn set_format(&mut self, wanted: FrameFormat) -> Result<(), ImportAnswer> {
        let skipped = |errno, reason: String| ImportAnswer::skipped(ImportStep::Format, errno, Reason::known(reason));
        let refused = |errno| match errno {
            Errno::EBUSY => skipped(Some(errno), IN_USE.to_owned()),
            _ => skipped(Some(errno), format!("the format {wanted} cannot be set")),
        };
        let Some(queue) = self.queues.first_mut() else { return Ok(()) };
        let before = QueueFormat::of(self.fd.as_fd(), queue.kind).map_err(refused)?;
        let picture = [wanted.width, wanted.height, wanted.format.word()];
        *queue = before.with(picture).set(self.fd.as_fd()).map_err(refused)?.into();
        self.before = Some(Box::new(before));
        let queue = self.queues.first().filter(|queue| queue.format != wanted);
        queue.map_or(Ok(()), |queue| Err(skipped(None, format!("the driver changes {wanted} to {}", queue.format))))
    }

    /// Puts back the format that was replaced.
    pub(super) fn put_back(&mut self) -> Result<(), Errno> {
        self.before.take().map_or(Ok(()), |before| before.set(self.fd.as_fd()).map(drop))
    }

    /// The queue that frames come from.
    pub(super) fn camera(&self) -> Result<&Queue, ImportAnswer> {
        let skipped = |reason: &str| ImportAnswer::skipped(ImportStep::Capability, None, Reason::known(reason));
        match self.queues.as_slice() {
            [queue] if request::is_output(queue.kind) => Err(skipped("it outputs video and captures none")),
            [queue] if queue.sizes.len() != 1 => Err(skipped("a frame is not in one memory plane: set another format")),
            [queue] => Ok(queue),
            _ => Err(skipped("a memory-to-memory device captures no frames of its own")),
        }
    }

    /// The frames of its first queue.
    pub(super) fn format(&self) -> Option<FrameFormat> {
        self.queues.first().map(|queue| queue.format)
    }

    /// Bytes that a buffer must have.
    pub(super) fn size(&self) -> u64 {
        self.queues.iter().map(Queue::size).max().unwrap_or_default()
    }

    /// Attaches `buffer` of `size` bytes to each queue. What the kernel might not let go of again is not asked, without
    /// `force`.
    pub(super) fn import(
        &self,
        buffer: BorrowedFd<'_>,
        size: u64,
        is_contiguous: bool,
        force: bool,
    ) -> Result<(ImportStep, Queued<'_>), ImportAnswer> {
        if size < self.size() {
            let reason = format!("a frame needs {} bytes, the buffer has {size}", self.size());
            // The errno would be the kernel's, which is not asked.
            let (verdict, step) = (ImportVerdict::Refused, ImportStep::Format);
            return Err(ImportAnswer { verdict, step, errno: None, reason: Some(Reason::known(reason)) });
        }
        if self.queues.iter().any(|queue| queue.sizes.len() > 1) && !is_contiguous && !force {
            let reason = "a refusal of one of several planes loses the buffer until the next boot";
            return Err(ImportAnswer::skipped(ImportStep::Format, None, Reason::known(reason)));
        }
        let mut queued = Queued { device: self, kinds: Vec::new() };
        for queue in &self.queues {
            let log = KernelLog::from_now();
            queued.request(queue.kind, 1)?;
            request::prepare(self.fd.as_fd(), queue.place(0), buffer).map_err(|errno| {
                let line = log.last(|line| line.contains("contiguous chunk is too small"));
                let reason = line.map(|line| Reason::known(format!("{CONTIGUOUS} (kernel log: {line})")));
                ImportAnswer::refused(ImportStep::Map, errno, reason.or_else(|| import_reason(errno, is_contiguous)))
            })?;
        }
        Ok((ImportStep::Map, queued))
    }

    /// Makes room for about `count` buffers in `queue`, and says for how many.
    pub(super) fn request(&self, queue: &Queue, count: u32) -> Result<(u32, Queued<'_>), ImportAnswer> {
        let mut queued = Queued { device: self, kinds: Vec::new() };
        queued.request(queue.kind, count).map(|count| (count, queued))
    }
}

impl Drop for VideoDevice {
    fn drop(&mut self) {
        // Who wants to know how that went has called it.
        let _ = self.put_back();
    }
}

impl Queued<'_> {
    fn request(&mut self, kind: u32, count: u32) -> Result<u32, ImportAnswer> {
        let count = request::request_buffers(self.device.fd.as_fd(), kind, count).map_err(not_requested)?;
        self.kinds.push(kind);
        Ok(count)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        for kind in &self.kinds {
            // Stopping does nothing to a queue that does not stream. If either fails, closing the node does the same.
            let _ = request::stop(self.device.fd.as_fd(), *kind);
            let _ = request::request_buffers(self.device.fd.as_fd(), *kind, 0);
        }
    }
}

const IN_USE: &str = "the device is in use";
const GONE: &str = "the device is gone";

/// The queues of a node: those of its capture and of its output.
fn kinds(capabilities: u32) -> Vec<u32> {
    [
        (v4l2::CAP_VIDEO_CAPTURE | v4l2::CAP_VIDEO_M2M, v4l2::BUF_TYPE_VIDEO_CAPTURE),
        (v4l2::CAP_VIDEO_OUTPUT | v4l2::CAP_VIDEO_M2M, v4l2::BUF_TYPE_VIDEO_OUTPUT),
        (v4l2::CAP_VIDEO_CAPTURE_MPLANE | v4l2::CAP_VIDEO_M2M_MPLANE, v4l2::BUF_TYPE_VIDEO_CAPTURE_MPLANE),
        (v4l2::CAP_VIDEO_OUTPUT_MPLANE | v4l2::CAP_VIDEO_M2M_MPLANE, v4l2::BUF_TYPE_VIDEO_OUTPUT_MPLANE),
    ]
    .into_iter()
    .filter_map(|(capability, kind)| (capabilities & capability != 0).then_some(kind))
    .collect()
}

fn not_requested(errno: Errno) -> ImportAnswer {
    match errno {
        Errno::EBUSY => ImportAnswer::skipped(ImportStep::Request, Some(errno), Reason::known(IN_USE)),
        Errno::EINVAL => {
            ImportAnswer::refused(ImportStep::Request, errno, Some(Reason::known("the driver accepts no dma-bufs")))
        }
        Errno::ENODEV => ImportAnswer::refused(ImportStep::Request, errno, Some(Reason::known(GONE))),
        _ => ImportAnswer::refused(ImportStep::Request, errno, Some(Reason::known(errno_text(errno)))),
    }
}

/// A buffer of the right size was refused.
pub(super) fn import_reason(errno: Errno, is_contiguous: bool) -> Option<Reason> {
    match errno {
        Errno::EFAULT | Errno::EINVAL if !is_contiguous => Some(Reason::inferred(CONTIGUOUS)),
        Errno::ENODEV => Some(Reason::known(GONE)),
        Errno::EBADR => Some(Reason::known("the driver accepts buffers only in requests")),
        Errno::EPIPE => Some(Reason::known("the pipeline is not set up: see media-ctl(1)")),
        errno => Some(Reason::inferred(format!("the device cannot use this buffer: {}", errno_text(errno)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_the_queues_of_its_capabilities() {
        assert_eq!(kinds(0x8520_0001), [1]);
        assert_eq!(kinds(v4l2::CAP_VIDEO_M2M), [1, 2]);
        assert_eq!(kinds(v4l2::CAP_VIDEO_M2M_MPLANE), [9, 10]);
        // Metadata and radio.
        assert_eq!(kinds(0x0080_0000 | 0x0004_0000), [0; 0]);
    }
}
