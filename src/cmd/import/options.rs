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
/// Nothing is shown and no mode is set. No format is set without --format, and nothing streams without --frames.
///
/// With --device, the status is 0 if every row is accepted; if only heaps are named, if a device accepts each of
/// them; if neither, if any row is accepted. Otherwise it is 1, or 4 if there are no devices. With a command, it is
/// that of the command; 125 if dmaheap fails before it runs, 126 if it cannot be executed, 127 if it is not found.
#[derive(clap::Args, Clone, Debug)]
#[command(
    mut_args(|arg| match arg.get_id().as_str() {
        "fd" | "from_socket" => arg.conflicts_with_all(["heaps", "heap", "size", "tries"]),
        "peer_timeout" => arg.requires("from_socket"),
        "timeout" => arg.conflicts_with("command"),
        _ => arg,
    }),
)]
pub(crate) struct Args {
    /// Test this device (can be repeated); default: all
    ///
    /// By default, a device is tested by its render node if it has one, and a V4L2 node only if no other process
    /// has it open.
    ///
    /// Example: --device /dev/dri/renderD128
    #[arg(long, value_name = "PATH")]
    pub device: Vec<PathBuf>,

    /// Set the size of each buffer
    ///
    /// The kernel rounds it up to pages. The default is a frame of the V4L2 device, or what --framebuffer needs, or else a frame of 1920x1080 pixels of 32 bits.
    ///
    /// Example: -s 16M
    #[arg(short, long, value_name = "SIZE", value_parser = buffer_size, allow_hyphen_values = true)]
    pub size: Option<u64>,

    /// Try N buffers of non-CMA heaps
    ///
    /// These are the heaps whose CMA area the kernel does not show. The pages of their buffers can be adjacent by chance,
    /// so one buffer says little.
    ///
    /// Example: --tries 32
    #[arg(long, value_name = "N", value_parser = count, default_value = "8", allow_hyphen_values = true)]
    pub tries: u64,

    /// Also make a framebuffer: `WxH:FORMAT[:MODIFIER]`
    ///
    /// It is removed afterwards. FORMAT is a code of drm_fourcc.h, MODIFIER a number or `linear`. Lines and planes are
    /// packed without gaps.
    ///
    /// Example: --framebuffer 1920x1080:XR24, --framebuffer 1280x720:NV12:linear
    #[arg(long, value_name = "FRAME")]
    pub framebuffer: Option<Framebuffer>,

    /// Set the format of a V4L2 device: `WxH:FORMAT`
    ///
    /// The previous format is restored afterwards, unless dmaheap is killed (SIGKILL). FORMAT is a code of videodev2.h.
    /// A driver that chooses another size or format is skipped. A memory-to-memory device has two formats; this is that
    /// of its output.
    ///
    /// Example: --device /dev/video0 --format 640x360:YUYV
    #[arg(long, help_heading = "Camera", value_name = "FRAME", requires = "device", conflicts_with = "framebuffer")]
    pub format: Option<FrameFormat>,

    /// Also stream N frames of a camera into buffers
    ///
    /// If a buffer is given (--fd), all frames go into it.
    ///
    /// Example: --device /dev/video0 --frames 30 --timeout 10s
    #[arg(long, help_heading = "Camera", value_name = "N", value_parser = count, allow_hyphen_values = true, requires = "device", conflicts_with_all = ["framebuffer", "hold", "command"])]
    pub frames: Option<u64>,

    /// Write the last frame to this file; `-` is stdout
    ///
    /// The bytes are as the device wrote them. This requires one device, and one heap or buffer. With -, no rows are
    /// printed.
    ///
    /// Example: dmaheap import cma --device /dev/video0 --frames 10 --save frame.yuv
    #[arg(long, help_heading = "Camera", value_name = "FILE", requires = "frames")]
    pub save: Option<PathBuf>,

    /// Keep the devices attached until a signal arrives
    ///
    /// Example: dmaheap import cma --device /dev/dri/card0 --hold
    #[arg(long, conflicts_with = "command")]
    pub hold: bool,

    /// Test beyond the memory budget
    ///
    /// Buffers of single pages are also given to V4L2 queues of several planes, which can lose them until the next boot.
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
    /// The command inherits the buffer as descriptor 3: that of the last device that accepted it. This requires one heap
    /// or buffer. Rows are not printed.
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
