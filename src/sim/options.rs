//! What can be chosen about a simulation.

use super::faults::InjectedFault;
use crate::model::Abi;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeapOption {
    pub name: String,
    pub kind: HeapKind,
}

/// What a heap behaves like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeapKind {
    /// The system heap: any memory, bounded by what the machine can spare.
    System,
    /// A CMA heap: an area of this many bytes.
    Cma(u64),
    /// A heap of a TEE: a region of this many bytes, of which no buffer can be mapped.
    Protected(u64),
}

impl HeapKind {
    /// The bytes that all its buffers may have together, if it has memory of its own.
    pub(crate) const fn capacity(self) -> Option<u64> {
        match self {
            Self::System => None,
            Self::Cma(capacity) | Self::Protected(capacity) => Some(capacity),
        }
    }
}

/// What a heap with memory of its own has unless its size is given: 64 MiB.
pub(crate) const DEFAULT_CAPACITY: u64 = 64 << 20;

/// What buffers are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Backing {
    /// memfds: every access mode.
    #[default]
    Memfd,
    /// Real dma-bufs of `/dev/udmabuf`: read-write only.
    Udmabuf,
}

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub abi: Abi,
    /// The heaps, in the order of their minors.
    pub heaps: Vec<HeapOption>,
    pub backing: Backing,
    pub faults: Vec<InjectedFault>,
}

impl HeapOption {
    /// The heaps of a simulation that asks for none by name: what can be made of `backing`.
    pub(crate) fn defaults(backing: Backing) -> Vec<Self> {
        let mut heaps = vec![Self { name: "system".to_owned(), kind: HeapKind::System }];
        if backing == Backing::Memfd {
            let kind = HeapKind::Cma(DEFAULT_CAPACITY);
            heaps.push(Self { name: "default_cma_region".to_owned(), kind });
        }
        heaps
    }
}
