//! Which heaps, and how they are asked: the options of every verb that allocates.

use super::numbers::heap_flags;
use crate::heap::{AllocationRequest, RequestAbi, Selector};
use crate::sys::fd::oflags;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// The heading of what is said in a request besides its size.
pub(crate) const REQUEST: &str = "Request";

/// The heaps that a verb asks about.
#[derive(Args, Clone, Debug)]
pub(crate) struct AskedHeaps {
    /// Select these heaps: names, `cma`, or paths
    ///
    /// The same as --heap.
    ///
    /// Example: system, cma /dev/dma_heap/camera
    #[arg(value_name = "HEAP", value_parser = Selector::parse)]
    pub heaps: Vec<Selector>,

    /// Select this heap (can be repeated)
    ///
    /// A name, `cma`, or a path, which begins with / or a dot. `cma` is the heap of the default CMA area, or the
    /// only CMA heap, unless a heap has the name cma itself. Names may contain commas. DMAHEAP_HEAP in
    /// the environment sets the default. `udmabuf` makes dma-bufs of memfds, unless a heap has that name.
    ///
    /// Example: --heap linux,cma
    #[arg(long, value_name = "NAME|cma|PATH", value_parser = Selector::parse, help_heading = "Heaps")]
    pub heap: Vec<Selector>,
}

impl AskedHeaps {
    pub(crate) fn given(&self) -> Vec<Selector> {
        self.heaps.iter().chain(&self.heap).cloned().collect()
    }
}

/// How heaps are asked, besides for a size.
#[derive(Args, Clone, Debug)]
pub(crate) struct RequestChoice {
    /// Send exactly these heap_flags with each request
    ///
    /// A 64-bit number. Mainline accepts only 0.
    ///
    /// Example: --heap-flags 0x1
    #[arg(long, value_name = "RAW", value_parser = heap_flags, default_value = "0", hide_default_value = true, help_heading = REQUEST)]
    pub heap_flags: u64,

    /// Choose the request structure: auto, mainline, v12
    ///
    /// mainline has 24 bytes, v12 (the 2019 series) 32. auto sends the mainline request, and the v12 request if the kernel does not know the first (ENOTTY).
    ///
    /// Example: --abi v12
    #[arg(long, value_name = "ABI", value_parser = abi(), default_value = "auto", hide_possible_values = true, help_heading = REQUEST)]
    pub abi: RequestAbi,

    /// Send requests beyond the memory budget
    ///
    /// Nodes that cannot be verified to be heaps are also opened. The kernel's system heap does not check sizes: it takes memory until the OOM killer runs. dmaheap
    /// therefore refuses requests that exceed a budget: the memory the machine has available, less what
    /// memory cgroups withhold if buffers are charged to them. This option sends such a request anyway. With
    /// or without it, dmaheap is the OOM killer's first victim (oom_score_adj 1000).
    ///
    /// Example: --force
    #[arg(long, help_heading = REQUEST)]
    pub force: bool,

    /// Report which heap `cma` resolved to
    ///
    /// Example: -v --heap cma
    #[arg(short, long, help_heading = REQUEST)]
    pub verbose: bool,
}

impl RequestChoice {
    /// A request without a length, for a descriptor that can be read and written.
    pub(crate) fn request(&self) -> AllocationRequest {
        let fd_flags = oflags::RDWR | oflags::CLOEXEC;
        AllocationRequest { len: 0, fd_flags, heap_flags: self.heap_flags, abi: self.abi }
    }
}

/// One of the two request structures, or whichever the kernel knows.
pub(crate) fn abi() -> impl TypedValueParser<Value = RequestAbi> {
    let names = [("auto", "The mainline request, else that of v12"), ("mainline", "24 bytes"), ("v12", "32 bytes")];
    PossibleValuesParser::new(names.map(|(name, help)| PossibleValue::new(name).help(help))).map(|name| {
        match name.as_str() {
            "mainline" => RequestAbi::Mainline,
            "v12" => RequestAbi::V12,
            _ => RequestAbi::Auto,
        }
    })
}
