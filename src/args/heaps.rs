//! Which heaps, of verbs that choose what they ask of them.

use super::allocation::AbiName;
use super::heap::{heap_flags, selector};
use crate::heap::name::CMA_ALIAS;
use crate::heap::{AllocationRequest, Place, Selector};
use crate::host::Root;
use crate::sys::fd::oflags;
use crate::ui::output;
use clap::Args;

/// Options of verbs that allocate by themselves.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Heaps")]
pub(crate) struct Heaps {
    /// Heap to allocate from: a name, `cma`, or a path (can be repeated)
    ///
    /// A path begins with / or a dot. `cma` is the heap of the default CMA area, or the only CMA heap, unless
    /// a heap has the name cma itself.
    ///
    /// Example: --heap system --heap linux,cma
    #[arg(long, value_name = "NAME|cma|PATH", default_value = "system", value_parser = selector)]
    pub heap: Vec<Selector>,

    /// Send these heap_flags with every request
    ///
    /// A 64-bit number. Mainline accepts only 0.
    ///
    /// Example: --heap-flags 0x1
    #[arg(long, value_name = "RAW", value_parser = heap_flags, default_value = "0", hide_default_value = true)]
    pub heap_flags: u64,

    /// Choose the request structure: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)
    ///
    /// Example: --abi v12
    #[arg(long, value_name = "ABI", value_enum, default_value = "auto", hide_possible_values = true)]
    pub abi: AbiName,

    /// Go beyond the memory budget, and open nodes that cannot be verified
    ///
    /// dmaheap-alloc(1) describes the budget. This option sends requests that dmaheap would refuse. With or
    /// without it, dmaheap is the OOM killer's first victim (oom_score_adj 1000).
    ///
    /// Example: --force
    #[arg(long)]
    pub force: bool,

    /// Report which heap `cma` resolved to
    ///
    /// Example: -v --heap cma
    #[arg(short, long)]
    pub verbose: bool,
}

impl Heaps {
    /// Where the heaps are, with the alias `cma` resolved.
    #[must_use]
    pub(crate) fn places(&self, root: &Root) -> Vec<Place> {
        places(&self.heap, self.verbose, root)
    }

    /// A request without a length, for a descriptor that can be read and written.
    #[must_use]
    pub(crate) fn request(&self) -> AllocationRequest {
        AllocationRequest {
            len: 0,
            fd_flags: oflags::RDWR | oflags::CLOEXEC,
            heap_flags: self.heap_flags,
            abi: self.abi.into(),
        }
    }
}

/// Finds the nodes of `selectors`; says what `cma` stands for if `is_told`.
pub(super) fn places(selectors: &[Selector], is_told: bool, root: &Root) -> Vec<Place> {
    let places: Vec<Place> = selectors.iter().map(|selector| Place::of(selector, root)).collect();
    for place in places.iter().filter(|place| is_told && place.by_alias) {
        output::talk(&format!("{CMA_ALIAS} resolves to {}", place.name));
    }
    places
}
