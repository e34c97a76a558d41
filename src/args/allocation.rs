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
    /// A path begins with / or a dot. `cma` stands for the heap of the default CMA
    /// area, or for the only CMA heap, unless a heap is really called cma. A name may hold commas,
    /// so a list is a repeated option. With several heaps each gives the whole --count.
    ///
    /// Example: --heap system --heap linux,cma
    #[arg(long, value_name = "NAME|cma|PATH", default_value = "system", value_parser = selector)]
    pub heap: Vec<Selector>,

    /// Size of each buffer, which the kernel rounds up to pages
    ///
    /// Bytes, decimal or hexadecimal, or with a unit: K, M, G, T (powers of 1024, either case, also KiB),
    /// or p for pages of this machine.
    ///
    /// Example: --size 4M, -s 0x1000, -s 3p
    #[arg(short, long, value_name = "SIZE", value_parser = buffer_size, allow_hyphen_values = true)]
    pub size: Option<u64>,

    /// Number of buffers
    ///
    /// The limit of open files is raised towards its hard limit if need be.
    ///
    /// Example: -c 1000
    #[arg(short, long, value_name = "N", value_parser = count, default_value = "1", allow_hyphen_values = true)]
    pub count: u64,

    /// Access mode of the new descriptor: ro, wo, rw, or none (both bits set, nothing can be mapped)
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

    /// Let the descriptor be inherited by commands (leave O_CLOEXEC out)
    ///
    /// Example: --no-cloexec
    #[arg(long, conflicts_with = "fd_flags")]
    pub no_cloexec: bool,

    /// Send these fd_flags as they are, to see what the kernel answers
    ///
    /// A number, or names of open(2) flags joined by commas. The kernel accepts an access mode and
    /// O_CLOEXEC.
    ///
    /// Example: --fd-flags O_RDWR,O_CLOEXEC, --fd-flags 0x800
    #[arg(long, value_name = "RAW", value_parser = fd_flags)]
    pub fd_flags: Option<u32>,

    /// Send these heap_flags as they are, to see what the kernel answers
    ///
    /// A number of 64 bits. Mainline accepts only 0.
    ///
    /// Example: --heap-flags 0x1
    #[arg(long, value_name = "RAW", value_parser = heap_flags, default_value = "0", hide_default_value = true)]
    pub heap_flags: u64,

    /// Name the buffers, in at most 31 bytes (DMA_BUF_SET_NAME)
    ///
    /// Example: --name camera0
    #[arg(long, value_name = "TEXT")]
    pub name: Option<BufferName>,

    /// Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)
    ///
    /// auto sends mainline's, and that of v12 where the kernel does not know it (ENOTTY).
    ///
    /// Example: --abi v12
    #[arg(long, value_name = "ABI", value_enum, default_value = "auto", hide_possible_values = true)]
    pub abi: AbiName,

    /// Send requests beyond the memory budget, and open nodes that cannot be verified
    ///
    /// The kernel's system heap checks no size: it takes memory until the OOM killer runs. dmaheap
    /// therefore refuses what exceeds a budget: what the machine has available, and what memory cgroups leave
    /// where buffers are charged to them. With this option the request is sent. The OOM killer takes dmaheap
    /// first in any case (oom_score_adj 1000).
    ///
    /// Example: --force -s 8G
    #[arg(long)]
    pub force: bool,

    /// Say on stderr which heap `cma` stands for
    ///
    /// Example: -v --heap cma
    #[arg(short, long)]
    pub verbose: bool,
}

/// Access modes of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DescriptorAccess {
    /// Read only
    Ro,
    /// Write only
    Wo,
    /// Read and write
    Rw,
    /// Neither: O_ACCMODE
    None,
}

/// Names of the two request structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AbiName {
    /// Mainline's, else that of v12
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
