//! Typed ioctl requests on V4L2 nodes.

use crate::sys::{Errno, Result};
use crate::uapi::v4l2::{
    self, RequestBuffers, VideoBuffer, VideoCapability, VideoFormat, VideoFormatUnion, VideoMemory, VideoPlane,
};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Makes `request` until no signal interrupts it.
fn ask<T>(node: BorrowedFd<'_>, request: u32, data: &mut T) -> Result<()> {
    loop {
        // SAFETY: each caller passes the structure that its request names (pinned in uapi), a live value that is
        // borrowed exclusively for the call; the planes that it points to are alive and as many as it says.
        match Errno::result(unsafe { libc::ioctl(node.as_raw_fd(), request as libc::Ioctl, &raw mut *data) }) {
            Err(Errno::EINTR) => {}
            answer => return answer.map(drop),
        }
    }
}

/// `VIDIOC_QUERYCAP`.
pub(crate) fn capability(node: BorrowedFd<'_>) -> Result<VideoCapability> {
    let mut data = VideoCapability::default();
    ask(node, v4l2::QUERYCAP, &mut data).map(|()| data)
}

/// The format of a queue, with everything that the driver says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueFormat {
    /// `enum v4l2_buf_type`.
    pub kind: u32,
    words: [u32; 50],
}

impl QueueFormat {
    /// `VIDIOC_G_FMT`.
    pub(crate) fn of(node: BorrowedFd<'_>, kind: u32) -> Result<Self> {
        Self { kind, words: [0; 50] }.ask(node, v4l2::G_FMT)
    }

    /// `VIDIOC_S_FMT`: what the driver made of it.
    pub(crate) fn set(self, node: BorrowedFd<'_>) -> Result<Self> {
        self.ask(node, v4l2::S_FMT)
    }

    fn ask(self, node: BorrowedFd<'_>, request: u32) -> Result<Self> {
        let Self { kind, words } = self;
        let mut data = VideoFormat { kind, fmt: VideoFormatUnion { words } };
        ask(node, request, &mut data)?;
        // SAFETY: all of the union was initialised above, and the kernel writes numbers, which are valid words.
        Ok(Self { kind, words: unsafe { data.fmt.words } })
    }

    /// Width, height and code of the pixels.
    pub(crate) fn picture(&self) -> [u32; 3] {
        [self.words[0], self.words[1], self.words[2]]
    }

    /// The same with another picture, whose lines and planes the driver lays out.
    pub(crate) fn with(mut self, picture: [u32; 3]) -> Self {
        self.words[..3].copy_from_slice(&picture);
        let layout = if is_multiplanar(self.kind) {
            v4l2::MPLANE_PLANES..v4l2::MPLANE_NUM_PLANES
        } else {
            v4l2::PIX_BYTESPERLINE..v4l2::PIX_SIZEIMAGE + 1
        };
        self.words[layout].fill(0);
        self
    }

    /// Bytes that each memory plane takes.
    pub(crate) fn plane_sizes(&self) -> Vec<u32> {
        if !is_multiplanar(self.kind) {
            return vec![self.words[v4l2::PIX_SIZEIMAGE]];
        }
        let count = usize::from(self.words[v4l2::MPLANE_NUM_PLANES].to_ne_bytes()[0]).min(v4l2::MAX_PLANES);
        (0..count).map(|plane| self.words[v4l2::MPLANE_PLANES + plane * v4l2::MPLANE_PLANE]).collect()
    }
}

fn is_multiplanar(kind: u32) -> bool {
    matches!(kind, v4l2::BUF_TYPE_VIDEO_CAPTURE_MPLANE | v4l2::BUF_TYPE_VIDEO_OUTPUT_MPLANE)
}

pub(crate) fn is_output(kind: u32) -> bool {
    matches!(kind, v4l2::BUF_TYPE_VIDEO_OUTPUT | v4l2::BUF_TYPE_VIDEO_OUTPUT_MPLANE)
}

/// `VIDIOC_REQBUFS` for dma-bufs: how many buffers the queue has then. With 0 it lets go of all.
pub(crate) fn request_buffers(node: BorrowedFd<'_>, kind: u32, count: u32) -> Result<u32> {
    let mut data = RequestBuffers { count, kind, memory: v4l2::MEMORY_DMABUF, ..RequestBuffers::default() };
    ask(node, v4l2::REQBUFS, &mut data).map(|()| data.count)
}

/// A place in a queue for a dma-buf. `sizes` are those of the planes, which the caller has compared with the buffer's:
/// where the kernel finds them too large it keeps a reference to the buffer (`__prepare_dmabuf`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueuePlace<'a> {
    pub kind: u32,
    pub index: u32,
    pub sizes: &'a [u32],
}

/// A buffer that a device is done with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dequeued {
    pub index: u32,
    /// Bytes that the device wrote into the first plane.
    pub used: u32,
    /// Counts the frames of the device, those that it had no buffer for as well.
    pub sequence: u32,
    /// Whether the device says that its bytes may be wrong.
    pub is_damaged: bool,
}

/// `VIDIOC_PREPARE_BUF`, and where the driver does not have it `VIDIOC_QBUF`: attaches `buffer` at `place`, for each of its
/// planes, and maps it.
pub(crate) fn prepare(node: BorrowedFd<'_>, place: QueuePlace<'_>, buffer: BorrowedFd<'_>) -> Result<()> {
    match on_buffer(node, v4l2::PREPARE_BUF, place, Some(buffer)) {
        Err(Errno::ENOTTY) => queue(node, place, buffer),
        answer => answer.map(drop),
    }
}

/// `VIDIOC_QBUF`: the same, and the device may use it from then on.
pub(crate) fn queue(node: BorrowedFd<'_>, place: QueuePlace<'_>, buffer: BorrowedFd<'_>) -> Result<()> {
    on_buffer(node, v4l2::QBUF, place, Some(buffer)).map(drop)
}

/// `VIDIOC_DQBUF`, on a node that does not block: EAGAIN if the device is done with none.
pub(crate) fn dequeue(node: BorrowedFd<'_>, kind: u32, planes: &[u32]) -> Result<Dequeued> {
    on_buffer(node, v4l2::DQBUF, QueuePlace { kind, index: 0, sizes: planes }, None)
}

/// `VIDIOC_STREAMON`.
pub(crate) fn start(node: BorrowedFd<'_>, mut kind: u32) -> Result<()> {
    ask(node, v4l2::STREAMON, &mut kind)
}

/// `VIDIOC_STREAMOFF`: the device lets no buffer go, but uses none any more.
pub(crate) fn stop(node: BorrowedFd<'_>, mut kind: u32) -> Result<()> {
    ask(node, v4l2::STREAMOFF, &mut kind)
}

/// Makes a request that takes a `struct v4l2_buffer`.
fn on_buffer(
    node: BorrowedFd<'_>,
    request: u32,
    QueuePlace { kind, index, sizes }: QueuePlace<'_>,
    buffer: Option<BorrowedFd<'_>>,
) -> Result<Dequeued> {
    let used = |size: u32| if is_output(kind) { size } else { 0 };
    let mut memory = VideoMemory { planes: std::ptr::null_mut() };
    if let Some(buffer) = buffer {
        memory.fd = buffer.as_raw_fd();
    }
    let plane =
        |size: &u32| VideoPlane { bytesused: used(*size), length: *size, m: memory, data_offset: 0, reserved: [0; 11] };
    let mut planes: Vec<VideoPlane> = sizes.iter().map(plane).collect();
    let size = sizes.first().copied().unwrap_or_default();
    let mut data = VideoBuffer {
        index,
        kind,
        bytesused: used(size),
        flags: 0,
        field: v4l2::FIELD_NONE,
        timestamp: [0; 2],
        timecode: [0; 4],
        sequence: 0,
        memory: v4l2::MEMORY_DMABUF,
        m: memory,
        length: size,
        reserved2: 0,
        request_fd: 0,
    };
    if is_multiplanar(kind) {
        data.m.planes = planes.as_mut_ptr();
        (data.bytesused, data.length) = (0, planes.len() as u32);
    }
    ask(node, request, &mut data)?;
    Ok(Dequeued {
        index: data.index,
        used: planes.first().filter(|_| is_multiplanar(kind)).map_or(data.bytesused, |plane| plane.bytesused),
        sequence: data.sequence,
        is_damaged: data.flags & v4l2::BUF_FLAG_ERROR != 0,
    })
}
