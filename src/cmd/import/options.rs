//! What `dmaheap import` accepts.

use crate::args::heaps::AskedHeaps;
use crate::args::numbers::{buffer_size, count};
use crate::args::source::BufferSource;
use crate::args::table::Table;
use crate::import::format::{FrameFormat, Framebuffer};
use std::ffi::OsString;
use std::path::PathBuf;

/// Find out whether devices accept the buffers of a heap
///
/// Each DRM node imports a buffer of each heap, and each queue of a V4L2 node maps one; then it is released.
/// Nothing is shown and no mode is set; without --format and --frames no format is set and nothing streams.
///
/// With --device, the status is 0 if every row is accepted; with heaps only, if each of them is accepted by a
/// device; else if any row is accepted. It is 1 otherwise, and 4 if there is no device. With a command, it is
/// that of the command; 125 if dmaheap failed before it.
#[derive(clap::Args, Clone, Debug)]
#[command(
    mut_arg("fd", |fd| fd.conflicts_with_all(["heaps", "heap", "size", "tries"])),
    mut_arg("from_socket", |socket| socket.conflicts_with_all(["heaps", "heap", "size", "tries"])),
    mut_arg("peer_timeout", |timeout| timeout.requires("from_socket")),
    mut_arg("timeout", |timeout| timeout.conflicts_with("command")),
)]
pub(crate) struct Args {
    /// Ask this device (can be repeated); default: all
    ///
    /// By default, the render node of a device is asked if it has one, and a V4L2 node only if no other process
    /// has it open.
    ///
    /// Example: --device /dev/dri/renderD128
    #[arg(long, value_name = "PATH")]
    pub device: Vec<PathBuf>,

    /// Set the size of each buffer
    ///
    /// The kernel rounds it up to pages. The default is a frame of a V4L2 device, what --framebuffer takes, else a frame of 1920x1080 pixels of 32 bits.
    ///
    /// Example: -s 16M
    #[arg(short, long, value_name = "SIZE", value_parser = buffer_size, allow_hyphen_values = true)]
    pub size: Option<u64>,

    /// Try N buffers if not contiguous
    ///
    /// Pages of a heap can lie next to each other by luck, so one buffer says little.
    ///
    /// Example: --tries 32
    #[arg(long, value_name = "N", value_parser = count, default_value = "8", allow_hyphen_values = true)]
    pub tries: u64,

    /// Also make a framebuffer: `WxH:FORMAT[:MODIFIER]`
    ///
    /// It is removed again. FORMAT is a code of drm_fourcc.h, MODIFIER a number or `linear`. Lines follow each other without a gap,
    /// and so do planes.
    ///
    /// Example: --framebuffer 1920x1080:XR24, --framebuffer 1280x720:NV12:linear
    #[arg(long, value_name = "FRAME")]
    pub framebuffer: Option<Framebuffer>,

    /// Set the format of a V4L2 device: `WxH:FORMAT`
    ///
    /// It is put back afterwards, unless dmaheap is killed (SIGKILL). FORMAT is a code of videodev2.h. A driver that makes another size or format of it is
    /// skipped. A memory-to-memory device has two formats; this is that of what comes out.
    ///
    /// Example: --device /dev/video0 --format 640x360:YUYV
    #[arg(long, help_heading = "Camera", value_name = "FRAME", requires = "device", conflicts_with = "framebuffer")]
    pub format: Option<FrameFormat>,

    /// Also stream N frames of a camera into buffers
    ///
    /// A buffer that was given (--fd) takes all of them.
    ///
    /// Example: --device /dev/video0 --frames 30 --timeout 10s
    #[arg(long, help_heading = "Camera", value_name = "N", value_parser = count, allow_hyphen_values = true, requires = "device", conflicts_with_all = ["framebuffer", "hold", "command"])]
    pub frames: Option<u64>,

    /// Write the last frame to this file; `-` is stdout
    ///
    /// The bytes are as the device wrote them. It takes one device, and one heap or buffer. With - no rows are printed.
    ///
    /// Example: dmaheap import cma --device /dev/video0 --frames 10 --save frame.yuv
    #[arg(long, help_heading = "Camera", value_name = "FILE", requires = "frames")]
    pub save: Option<PathBuf>,

    /// Keep the devices attached until a signal comes
    ///
    /// Example: dmaheap import cma --device /dev/dri/card0 --hold
    #[arg(long, conflicts_with = "command")]
    pub hold: bool,

    /// Test beyond the memory budget
    ///
    /// Also give pages to a V4L2 queue of several planes, which can lose them until the next boot.
    ///
    /// Example: --force
    #[arg(long)]
    pub force: bool,

    #[command(flatten)]
    pub asked: AskedHeaps,

    #[command(flatten)]
    pub source: BufferSource,

    #[command(flatten)]
    pub table: Table,

    /// Run this command while a device has its buffer
    ///
    /// The command inherits the buffer as descriptor 3. It takes one heap or buffer, and the buffer is that of the last device that accepted it. Rows are not
    /// printed.
    ///
    /// Example: dmaheap import system -- sh -c 'dmaheap fill -f 3 --pattern random'
    #[arg(last = true, value_name = "COMMAND", help_heading = None::<&str>, conflicts_with = "list_columns")]
    pub command: Vec<OsString>,
}

impl Args {
    /// Whether a device is to be left as it was whatever ends this process.
    pub(super) fn disturbs(&self) -> bool {
        self.hold || self.format.is_some() || self.frames.is_some()
    }

    /// Whether a buffer was given that is there already.
    pub(super) fn asks_about_one(&self) -> bool {
        self.source.fd.is_some() || self.source.from_socket.is_some()
    }
}
