//! Which bytes of which buffer, and how they are accessed.

use super::source::{BufferSource, Opened};
use crate::dmabuf::mapping::Target;
use crate::dmabuf::range::ByteRange;
use crate::dmabuf::sync::SyncRequests;
use crate::dmabuf::width::Width;
use crate::error::Error;
use crate::size;
use crate::sys::fd::status::{self, FileKind};
use crate::sys::system;
use crate::ui::progress::{self, ProgressLine};
use clap::{Args, ValueEnum};
use std::os::fd::{AsFd, OwnedFd};

/// Options of the verbs on bytes.
#[derive(Args, Clone, Debug)]
#[command(
    mut_arg("fd", |fd| fd.required_unless_present("from_socket")),
    mut_arg("peer_timeout", |timeout| timeout.requires("from_socket")),
)]
pub(crate) struct Bytes {
    /// The buffer.
    #[command(flatten)]
    pub source: BufferSource,

    /// Start at this byte
    ///
    /// Example: --offset 0x1000, --offset 3p
    #[arg(long, value_name = "SIZE", value_parser = offset, allow_hyphen_values = true, help_heading = "Range")]
    pub offset: Option<u64>,

    /// Limit the range to this many bytes; default: to the end of the buffer
    ///
    /// Example: --length 64k
    #[arg(long, value_name = "SIZE", value_parser = length, allow_hyphen_values = true, help_heading = "Range")]
    pub length: Option<u64>,

    /// Choose which DMA_BUF_IOCTL_SYNC to send around the access: both, start, end, or none
    ///
    /// Omitting one on purpose helps to find a coherency bug. With none, any descriptor that can be mapped is
    /// accepted, such as a memfd.
    ///
    /// Example: --sync none
    #[arg(long, value_name = "WHICH", default_value = "both", help_heading = "Access")]
    pub sync: SyncRequests,

    /// Use only aligned accesses of 8, 16, 32 or 64 bits
    ///
    /// For mappings on which memset and memcpy fault, such as device memory on arm64. Slower.
    ///
    /// Example: --width 32
    #[arg(long, value_name = "BITS", help_heading = "Access")]
    pub width: Option<Width>,

    /// Show progress on stderr: auto, always, or never
    ///
    /// auto shows it if stderr is a terminal, TERM is set and not dumb, and CI is not set.
    ///
    /// Example: --progress never
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "Access"
    )]
    pub progress: ProgressWhen,
}

/// When progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressWhen {
    /// If stderr is a terminal
    Auto,
    /// Wherever stderr goes
    Always,
    /// Not at all
    Never,
}

impl ProgressWhen {
    pub(crate) fn is_shown(self) -> bool {
        match self {
            Self::Auto => progress::is_watched(),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// A range of an open buffer, and how it is to be accessed.
#[derive(Debug)]
pub(crate) struct Region {
    fd: OwnedFd,
    /// What errors call the buffer.
    pub object: String,
    /// The range.
    pub range: ByteRange,
    requests: SyncRequests,
    width: Option<Width>,
    progress: ProgressWhen,
}

impl Bytes {
    /// Gets hold of the buffer for `operation` and checks the range against its size. Nothing is accessed yet.
    ///
    /// # Errors
    /// A descriptor that is not there or no dma-buf, a range that does not lie inside.
    pub(crate) fn open(&self, operation: &'static str) -> Result<Region, Error> {
        let Opened { fd, object, identity } = self.source.open(operation)?;
        if self.sync != SyncRequests::None || !identity.may_be_mapped() {
            identity.check("access", &object).map_err(|error| match identity.may_be_mapped() {
                true => error.with_hint("--sync none also accepts descriptors that are not dma-bufs"),
                false => error,
            })?;
        }
        let size = match identity.size(fd.as_fd()) {
            // An eventfd, a pidfd: nothing that has bytes.
            Ok(0) | Err(_) if identity.kind == FileKind::Anonymous => identity.check("access", &object).map(|()| 0)?,
            size => size.map_err(|errno| Error::errno("measure", &object, errno))?,
        };
        let range = ByteRange::within(&object, size, self.offset, self.length)?;
        Ok(Region { fd, object, range, requests: self.sync, width: self.width, progress: self.progress })
    }
}

impl Region {
    /// The buffer, for an access.
    #[must_use]
    pub(crate) fn target(&self) -> Target<'_> {
        Target { fd: self.fd.as_fd(), object: self.object.clone(), sync: self.requests, width: self.width }
    }

    /// Its inode number, which debugfs knows it by.
    #[must_use]
    pub(crate) fn inode(&self) -> Option<u64> {
        status::status(self.fd.as_fd()).ok().map(|status| status.inode)
    }

    /// Begins to tell how far the work on the range is; not where `is_shared`, which says that the output
    /// goes to the same terminal.
    #[must_use]
    pub(crate) fn progress(&self, is_shared: bool) -> ProgressLine {
        let is_shown = self.progress.is_shown() && !(is_shared && self.progress == ProgressWhen::Auto);
        ProgressLine::new(is_shown, self.range.length())
    }
}

fn offset(text: &str) -> Result<u64, String> {
    size::parse(text, system::page_size()).map_err(|invalid| invalid.to_string())
}

fn length(text: &str) -> Result<u64, String> {
    match offset(text)? {
        0 => Err("the length must be greater than zero; omit --length to take everything after the offset".to_owned()),
        bytes => Ok(bytes),
    }
}
