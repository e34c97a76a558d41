//! What to allocate: the options of every verb that allocates.

use super::heap::{buffer_size, count, fd_flags, heap_flags, selector};
use super::heaps::places;
use crate::dmabuf::BufferName;
use crate::heap::alloc::BufferPlan;
use crate::heap::budget::guard::Warn;
use crate::heap::{AllocationRequest, RequestAbi, Selector};
use crate::host::Root;
use crate::sys::fd::oflags;
use clap::{Args, ValueEnum};

/// Options of verbs that allocate.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Allocation")]
pub(crate) struct Allocation {
    /// Heap to allocate from: a name, `cma`, or a path (can be repeated)
    ///
    /// A path begins with / or a dot. `cma` is the heap of the default CMA area, or the only CMA heap, unless
    /// a heap has the name cma itself. Names may contain commas, so repeat the option to give several heaps;
    /// each of them allocates the whole --count.
    ///
    /// Example: --heap system --heap linux,cma
    #[arg(long, value_name = "NAME|cma|PATH", default_value = "system", value_parser = selector)]
    pub heap: Vec<Selector>,

    /// Set the size of each buffer, which the kernel rounds up to pages
    ///
    /// Bytes, decimal or hexadecimal, or a number with a unit: K, M, G, T (powers of 1024, in either case,
    /// also KiB), or p for pages of this machine.
    ///
    /// Example: --size 4M, -s 0x1000, -s 3p
    #[arg(short, long, value_name = "SIZE", value_parser = buffer_size, allow_hyphen_values = true)]
    pub size: Option<u64>,

    /// Allocate this many buffers
    ///
    /// The limit of open files is raised as far as the hard limit if necessary.
    ///
    /// Example: -c 1000
    #[arg(short, long, value_name = "N", value_parser = count, default_value = "1", allow_hyphen_values = true)]
    pub count: u64,

    /// Set the access mode of the new descriptor: ro, wo, rw, or none (both bits set, cannot be mapped)
    ///
    /// Example: --access ro
    #[arg(
        long,
        value_name = "MODE",
        value_enum,
        default_value = "rw",
        hide_possible_values = true,
        conflicts_with = "fd_flags"
    )]
    pub access: DescriptorAccess,

    /// Let commands inherit the descriptor (omit O_CLOEXEC)
    ///
    /// Example: --no-cloexec
    #[arg(long, conflicts_with = "fd_flags")]
    pub no_cloexec: bool,

    /// Send exactly these fd_flags, to see how the kernel answers
    ///
    /// A number, or names of open(2) flags separated by commas. The kernel accepts an access mode and
    /// O_CLOEXEC.
    ///
    /// Example: --fd-flags O_RDWR,O_CLOEXEC, --fd-flags 0x800
    #[arg(long, value_name = "RAW", value_parser = fd_flags)]
    pub fd_flags: Option<u32>,

    /// Send exactly these heap_flags, to see how the kernel answers
    ///
    /// A 64-bit number. Mainline accepts only 0.
    ///
    /// Example: --heap-flags 0x1
    #[arg(long, value_name = "RAW", value_parser = heap_flags, default_value = "0", hide_default_value = true)]
    pub heap_flags: u64,

    /// Name the buffers with at most 31 bytes (DMA_BUF_SET_NAME)
    ///
    /// Example: --name camera0
    #[arg(long, value_name = "TEXT")]
    pub name: Option<BufferName>,

    /// Choose the request structure: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)
    ///
    /// auto sends the mainline request, and the v12 request if the kernel does not know the first (ENOTTY).
    ///
    /// Example: --abi v12
    #[arg(long, value_name = "ABI", value_enum, default_value = "auto", hide_possible_values = true)]
    pub abi: AbiName,

    /// Send requests beyond the memory budget, and open nodes that cannot be verified
    ///
    /// The kernel's system heap does not check sizes: it takes memory until the OOM killer runs. dmaheap
    /// therefore refuses requests that exceed a budget: the memory the machine has available, less what
    /// memory cgroups withhold if buffers are charged to them. This option sends such a request anyway. With
    /// or without it, dmaheap is the OOM killer's first victim (oom_score_adj 1000).
    ///
    /// Example: --force -s 8G
    #[arg(long)]
    pub force: bool,

    /// Report which heap `cma` resolved to
    ///
    /// Example: -v --heap cma
    #[arg(short, long)]
    pub verbose: bool,
}

/// Access modes of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DescriptorAccess {
    /// Read-only
    Ro,
    /// Write-only
    Wo,
    /// Read and write
    Rw,
    /// Neither: O_ACCMODE
    None,
}

/// Names of the two request structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AbiName {
    /// The mainline request, else that of v12
    Auto,
    /// 24 bytes
    Mainline,
    /// 32 bytes
    V12,
}

impl From<AbiName> for RequestAbi {
    fn from(name: AbiName) -> Self {
        match name {
            AbiName::Auto => Self::Auto,
            AbiName::Mainline => Self::Mainline,
            AbiName::V12 => Self::V12,
        }
    }
}

impl Allocation {
    /// The plan that these options describe, with the alias `cma` resolved.
    #[must_use]
    pub(crate) fn plan(&self, root: &Root, tell: Warn) -> BufferPlan {
        let places = places(&self.heap, self.verbose, root);
        BufferPlan {
            places,
            request: self.request(),
            count: self.count,
            name: self.name.clone(),
            force: self.force,
            tell,
        }
    }

    /// The request that these options describe.
    #[must_use]
    pub(crate) fn request(&self) -> AllocationRequest {
        AllocationRequest {
            len: self.size.unwrap_or_default(),
            fd_flags: self.fd_flags.unwrap_or_else(|| self.composed_fd_flags()),
            heap_flags: self.heap_flags,
            abi: self.abi.into(),
        }
    }

    fn composed_fd_flags(&self) -> u32 {
        let access = match self.access {
            DescriptorAccess::Ro => oflags::RDONLY,
            DescriptorAccess::Wo => oflags::WRONLY,
            DescriptorAccess::Rw => oflags::RDWR,
            DescriptorAccess::None => oflags::ACCESS_MASK,
        };
        if self.no_cloexec { access } else { access | oflags::CLOEXEC }
    }
}
