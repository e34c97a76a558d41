//! Which bytes of which buffer, and how they are accessed.

use super::progress::ProgressChoice;
use super::source::BufferSource;
use crate::dmabuf::sync::SyncRequests;
use crate::dmabuf::width::Width;
use crate::size;
use crate::sys::system;
use clap::{ArgGroup, Args};

/// Options of the verbs on bytes.
#[derive(Args, Clone, Debug)]
#[command(
    group(ArgGroup::new("buffer").args(["fd", "from_socket"]).required(true).multiple(true)),
    mut_arg("peer_timeout", |timeout| timeout.requires("from_socket")),
)]
pub(crate) struct Bytes {
    #[command(flatten)]
    pub source: BufferSource,

    /// Start at this byte
    ///
    /// Example: --offset 0x1000, --offset 3p
    #[arg(long, value_name = "SIZE", value_parser = offset, allow_hyphen_values = true, help_heading = "Range")]
    pub offset: Option<u64>,

    /// Limit the range to this many bytes
    ///
    /// The default is everything from --offset to the end of the buffer.
    ///
    /// Example: --length 64k
    #[arg(long, value_name = "SIZE", value_parser = length, allow_hyphen_values = true, help_heading = "Range")]
    pub length: Option<u64>,

    /// Send these DMA_BUF_IOCTL_SYNC requests: both, start, end, or none
    ///
    /// They surround the access. Omitting one on purpose helps to find a coherency bug. With none, any descriptor that can be mapped is
    /// accepted, such as a memfd.
    ///
    /// Example: --sync none
    #[arg(long, value_name = "WHICH", default_value = "both", help_heading = "Access")]
    pub sync: SyncRequests,

    /// Use only aligned accesses of 8, 16, 32 or 64 bits
    ///
    /// For mappings on which memset and memcpy fault, such as device memory on arm64. Slower.
    ///
    /// Example: --access-width 32
    #[arg(long = "access-width", alias = "width", value_name = "BITS", help_heading = "Access")]
    pub width: Option<Width>,

    #[command(flatten, next_help_heading = "Access")]
    pub progress: ProgressChoice,
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
