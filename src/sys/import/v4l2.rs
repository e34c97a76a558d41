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

/// `VIDIOC_G_FMT`: bytes that each memory plane of the current format takes.
pub(crate) fn plane_sizes(node: BorrowedFd<'_>, kind: u32) -> Result<Vec<u32>> {
    let mut data = VideoFormat { kind, fmt: VideoFormatUnion { words: [0; 50] } };
    ask(node, v4l2::G_FMT, &mut data)?;
    // SAFETY: all of the union was initialised above, and the kernel writes numbers, which are valid words.
    let words = unsafe { data.fmt.words };
    if !is_multiplanar(kind) {
        return Ok(vec![words[v4l2::PIX_SIZEIMAGE]]);
    }
    let count = usize::from(words[v4l2::MPLANE_NUM_PLANES].to_ne_bytes()[0]).min(v4l2::MAX_PLANES);
    Ok((0..count).map(|plane| words[v4l2::MPLANE_PLANES + plane * v4l2::MPLANE_PLANE]).collect())
}

fn is_multiplanar(kind: u32) -> bool {
    matches!(kind, v4l2::BUF_TYPE_VIDEO_CAPTURE_MPLANE | v4l2::BUF_TYPE_VIDEO_OUTPUT_MPLANE)
}

fn is_output(kind: u32) -> bool {
    matches!(kind, v4l2::BUF_TYPE_VIDEO_OUTPUT | v4l2::BUF_TYPE_VIDEO_OUTPUT_MPLANE)
}

/// `VIDIOC_REQBUFS` for dma-bufs: how many buffers the queue has then. With 0 it lets go of all.
pub(crate) fn request_buffers(node: BorrowedFd<'_>, kind: u32, count: u32) -> Result<u32> {
    let mut data = RequestBuffers { count, kind, memory: v4l2::MEMORY_DMABUF, ..RequestBuffers::default() };
    ask(node, v4l2::REQBUFS, &mut data).map(|()| data.count)
}

/// `VIDIOC_PREPARE_BUF`, and where the driver does not have it `VIDIOC_QBUF`: attaches `buffer` as buffer 0 of the queue,
/// for each of its planes, and maps it. `sizes` are those of the planes, which the caller has compared with the buffer's:
/// where the kernel finds them too large it keeps a reference to the buffer (`__prepare_dmabuf`).
pub(crate) fn prepare(node: BorrowedFd<'_>, kind: u32, buffer: BorrowedFd<'_>, sizes: &[u32]) -> Result<()> {
    let used = |size: u32| if is_output(kind) { size } else { 0 };
    let memory = VideoMemory { planes: std::ptr::null_mut() };
    let plane = |size: &u32| {
        let mut m = memory;
        m.fd = buffer.as_raw_fd();
        VideoPlane { bytesused: used(*size), length: *size, m, data_offset: 0, reserved: [0; 11] }
    };
    let mut planes: Vec<VideoPlane> = sizes.iter().map(plane).collect();
    let mut data = VideoBuffer {
        index: 0,
        kind,
        bytesused: 0,
        flags: 0,
        field: v4l2::FIELD_NONE,
        timestamp: [0; 2],
        timecode: [0; 4],
        sequence: 0,
        memory: v4l2::MEMORY_DMABUF,
        m: memory,
        length: planes.len() as u32,
        reserved2: 0,
        request_fd: 0,
    };
    if is_multiplanar(kind) {
        data.m.planes = planes.as_mut_ptr();
    } else {
        let size = sizes.first().copied().unwrap_or_default();
        data.m.fd = buffer.as_raw_fd();
        (data.bytesused, data.length) = (used(size), size);
    }
    match ask(node, v4l2::PREPARE_BUF, &mut data) {
        Err(Errno::ENOTTY) => ask(node, v4l2::QBUF, &mut data),
        answer => answer,
    }
}
