//! What to allocate: the options of every verb that hands buffers out.

use super::heaps::{REQUEST, RequestChoice};
use super::numbers::{buffer_size, count, fd_flags};
use crate::dmabuf::BufferName;
use crate::heap::{AllocationRequest, Selector};
use crate::sys::fd::oflags;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

#[derive(Args, Clone, Debug)]
pub(crate) struct Allocation {
    /// Set the size of each buffer
    ///
    /// The kernel rounds it up to pages. Bytes, decimal or hexadecimal, or a number with a unit: K, M, G, T (powers of 1024, in either case,
    /// also KiB), or p for pages of this machine.
    ///
    /// Example: --size 4M, -s 0x1000, -s 3p
    #[arg(short, long, value_name = "SIZE", value_parser = buffer_size, allow_hyphen_values = true)]
    pub size: Option<u64>,

    /// Allocate this many from each heap
    ///
    /// If necessary, the limit of open files is raised up to its hard limit.
    ///
    /// Example: -c 1000
    #[arg(short, long, value_name = "N", value_parser = count, default_value = "1", allow_hyphen_values = true)]
    pub count: u64,

    /// Set the access mode of the descriptor: ro, wo, rw, none
    ///
    /// none sets both bits; such a buffer cannot be mapped.
    ///
    /// Example: --access ro
    #[arg(
        long,
        value_name = "MODE",
        value_parser = access(),
        default_value = "rw",
        hide_possible_values = true,
        help_heading = REQUEST,
        conflicts_with = "fd_flags"
    )]
    pub access: u32,

    /// Let commands inherit the descriptor (omit O_CLOEXEC)
    ///
    /// Example: --no-cloexec
    #[arg(long, conflicts_with = "fd_flags", help_heading = REQUEST)]
    pub no_cloexec: bool,

    /// Send exactly these fd_flags, to see how the kernel answers
    ///
    /// A number, or names of open(2) flags separated by commas. The kernel accepts an access mode and
    /// O_CLOEXEC.
    ///
    /// Example: --fd-flags O_RDWR,O_CLOEXEC, --fd-flags 0x800
    #[arg(long, value_name = "RAW", value_parser = fd_flags, help_heading = REQUEST)]
    pub fd_flags: Option<u32>,

    /// Name the buffers, with at most 31 bytes
    ///
    /// The name is set with DMA_BUF_SET_NAME.
    ///
    /// Example: --name camera0
    #[arg(long, value_name = "TEXT")]
    pub name: Option<BufferName>,

    /// Allocate from this heap; default: system
    ///
    /// A name, `cma`, or a path, which begins with / or a dot. `cma` is the heap of the default CMA area, or the
    /// only CMA heap, unless a heap has the name cma itself. Names may contain commas, so repeat the option to
    /// give several heaps. DMAHEAP_HEAP in the environment changes the default.
    /// `udmabuf` makes dma-bufs of memfds, unless a heap has that name.
    ///
    /// Example: --heap system --heap linux,cma
    #[arg(long, value_name = "NAME|cma|PATH", value_parser = Selector::parse)]
    pub heap: Vec<Selector>,

    #[command(flatten)]
    pub how: RequestChoice,
}

impl Allocation {
    /// The request that these options describe.
    pub(crate) fn request(&self) -> AllocationRequest {
        let composed = if self.no_cloexec { self.access } else { self.access | oflags::CLOEXEC };
        AllocationRequest {
            len: self.size.unwrap_or_default(),
            fd_flags: self.fd_flags.unwrap_or(composed),
            ..self.how.request()
        }
    }
}

/// The access mode of a descriptor.
fn access() -> impl TypedValueParser<Value = u32> {
    let names = [("ro", "Read only"), ("wo", "Write only"), ("rw", "Read and write"), ("none", "Neither: O_ACCMODE")];
    PossibleValuesParser::new(names.map(|(name, help)| PossibleValue::new(name).help(help))).map(|name| {
        match name.as_str() {
            "ro" => oflags::RDONLY,
            "wo" => oflags::WRONLY,
            "rw" => oflags::RDWR,
            _ => oflags::ACCESS_MASK,
        }
    })
}
