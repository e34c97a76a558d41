//! `include/uapi/linux/videodev2.h`: what gives a V4L2 queue a dma-buf.

use super::ioctl::{READ, WRITE, ioc, iow, iowr};
use std::mem::offset_of;

const BASE: u8 = b'V';

/// `struct v4l2_capability`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct VideoCapability {
    pub driver: [u8; 16],
    pub card: [u8; 32],
    pub bus_info: [u8; 32],
    pub version: u32,
    pub capabilities: u32,
    /// Of this node, if [`CAP_DEVICE_CAPS`] is set.
    pub device_caps: u32,
    pub reserved: [u32; 3],
}

/// `V4L2_CAP_*`.
pub(crate) const CAP_VIDEO_CAPTURE: u32 = 0x1;
pub(crate) const CAP_VIDEO_OUTPUT: u32 = 0x2;
pub(crate) const CAP_VIDEO_CAPTURE_MPLANE: u32 = 0x1000;
pub(crate) const CAP_VIDEO_OUTPUT_MPLANE: u32 = 0x2000;
pub(crate) const CAP_VIDEO_M2M_MPLANE: u32 = 0x4000;
pub(crate) const CAP_VIDEO_M2M: u32 = 0x8000;
pub(crate) const CAP_DEVICE_CAPS: u32 = 0x8000_0000;

/// `enum v4l2_buf_type`.
pub(crate) const BUF_TYPE_VIDEO_CAPTURE: u32 = 1;
pub(crate) const BUF_TYPE_VIDEO_OUTPUT: u32 = 2;
pub(crate) const BUF_TYPE_VIDEO_CAPTURE_MPLANE: u32 = 9;
pub(crate) const BUF_TYPE_VIDEO_OUTPUT_MPLANE: u32 = 10;

/// `V4L2_MEMORY_DMABUF`.
pub(crate) const MEMORY_DMABUF: u32 = 4;
/// `V4L2_BUF_FLAG_ERROR`: the data may be damaged.
pub(crate) const BUF_FLAG_ERROR: u32 = 0x40;
/// `V4L2_FIELD_NONE`.
pub(crate) const FIELD_NONE: u32 = 1;
/// `VIDEO_MAX_PLANES`.
pub(crate) const MAX_PLANES: usize = 8;

/// The `fmt` of `struct v4l2_format`, which holds pointers in one of its variants.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union VideoFormatUnion {
    pub words: [u32; 50],
    align: usize,
}

/// `struct v4l2_format`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct VideoFormat {
    pub kind: u32,
    pub fmt: VideoFormatUnion,
}

/// Where `bytesperline` and `sizeimage` of `struct v4l2_pix_format` stand, counted in words. Width, height and
/// `pixelformat` are the first three, of a `struct v4l2_pix_format_mplane` as well.
pub(crate) const PIX_BYTESPERLINE: usize = 4;
pub(crate) const PIX_SIZEIMAGE: usize = 5;
/// Where `plane_fmt` of `struct v4l2_pix_format_mplane` begins, and words of each plane, of which `sizeimage` is the first.
pub(crate) const MPLANE_PLANES: usize = 5;
pub(crate) const MPLANE_PLANE: usize = 5;
/// Where `num_planes` stands, the lowest byte of its word.
pub(crate) const MPLANE_NUM_PLANES: usize = 45;

/// `struct v4l2_requestbuffers`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct RequestBuffers {
    pub count: u32,
    pub kind: u32,
    pub memory: u32,
    pub capabilities: u32,
    pub flags: u8,
    pub reserved: [u8; 3],
}

/// The `m` of a buffer and of a plane: `fd` is its first 32 bits on every machine whose byte order is little-endian.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union VideoMemory {
    pub fd: i32,
    pub planes: *mut VideoPlane,
}

/// `struct v4l2_buffer`, with times of 64 bits.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct VideoBuffer {
    pub index: u32,
    pub kind: u32,
    pub bytesused: u32,
    pub flags: u32,
    pub field: u32,
    pub timestamp: [i64; 2],
    pub timecode: [u32; 4],
    pub sequence: u32,
    pub memory: u32,
    pub m: VideoMemory,
    /// Bytes, or how many planes there are.
    pub length: u32,
    pub reserved2: u32,
    pub request_fd: i32,
}

/// `struct v4l2_plane`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct VideoPlane {
    pub bytesused: u32,
    pub length: u32,
    pub m: VideoMemory,
    pub data_offset: u32,
    pub reserved: [u32; 11],
}

/// `VIDIOC_QUERYCAP`.
pub(crate) const QUERYCAP: u32 = ioc(READ, BASE, 0, size_of::<VideoCapability>() as u32);
/// `VIDIOC_G_FMT`.
pub(crate) const G_FMT: u32 = iowr::<VideoFormat>(BASE, 4);
/// `VIDIOC_REQBUFS`.
pub(crate) const REQBUFS: u32 = iowr::<RequestBuffers>(BASE, 8);
/// `VIDIOC_S_FMT`.
pub(crate) const S_FMT: u32 = iowr::<VideoFormat>(BASE, 5);
/// `VIDIOC_DQBUF`.
pub(crate) const DQBUF: u32 = iowr::<VideoBuffer>(BASE, 17);
/// `VIDIOC_STREAMON`.
pub(crate) const STREAMON: u32 = iow::<i32>(BASE, 18);
/// `VIDIOC_STREAMOFF`.
pub(crate) const STREAMOFF: u32 = iow::<i32>(BASE, 19);
/// `VIDIOC_QBUF`.
pub(crate) const QBUF: u32 = iowr::<VideoBuffer>(BASE, 15);
/// `VIDIOC_PREPARE_BUF`.
pub(crate) const PREPARE_BUF: u32 = iowr::<VideoBuffer>(BASE, 93);

const _: () = {
    assert!(QUERYCAP == 0x8068_5600);
    assert!(STREAMON == 0x4004_5612 && STREAMOFF == 0x4004_5613);
    assert!(REQBUFS == 0xc014_5608);
    assert!(ioc(READ | WRITE, BASE, 8, 20) == REQBUFS);
    assert!(offset_of!(VideoCapability, device_caps) == 88);
};

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(G_FMT == 0xc0d0_5604 && S_FMT == 0xc0d0_5605);
    assert!(QBUF == 0xc058_560f && DQBUF == 0xc058_5611);
    assert!(PREPARE_BUF == 0xc058_565d);
    assert!(offset_of!(VideoFormat, fmt) == 8);
    assert!(offset_of!(VideoBuffer, timestamp) == 24);
    assert!(offset_of!(VideoBuffer, memory) == 60);
    assert!(offset_of!(VideoBuffer, m) == 64);
    assert!(offset_of!(VideoBuffer, length) == 72);
    assert!(
        size_of::<VideoPlane>() == 64 && offset_of!(VideoPlane, m) == 8 && offset_of!(VideoPlane, data_offset) == 16
    );
};

#[cfg(target_pointer_width = "32")]
const _: () = {
    assert!(G_FMT == 0xc0cc_5604);
    assert!(offset_of!(VideoFormat, fmt) == 4);
    // 64-bit numbers are aligned to 4 bytes on x86 only.
    assert!(size_of::<VideoBuffer>() == if cfg!(target_arch = "x86") { 76 } else { 80 });
    assert!(size_of::<VideoPlane>() == 60);
};
