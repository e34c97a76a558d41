//! What can be chosen about a simulation.

use super::faults::InjectedFault;
use crate::heap::name::DEFAULT_CMA;
use crate::host::cma::KERNELS_AREA;
use crate::model::{Abi, Release};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeapOption {
    pub name: String,
    pub kind: HeapKind,
}

/// The kind of heap to imitate.
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

/// The size of a heap with memory of its own, unless it is given: 64 MiB.
pub(crate) const DEFAULT_CAPACITY: u64 = 64 << 20;

/// The files that buffers are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Backing {
    /// memfds: every access mode.
    #[default]
    Memfd,
    /// Real dma-bufs of `/dev/udmabuf`: read-write only.
    Udmabuf,
}

/// Whom the nodes of heaps belong to, and who may open them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodePermissions {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

impl Default for NodePermissions {
    /// Everyone may open them, or an unprivileged user could try nothing.
    fn default() -> Self {
        Self { mode: 0o666, uid: 0, gid: 0 }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub abi: Abi,
    /// The kernel that is imitated, and that programs then find in /proc; by default 6.12, under the machine's release.
    pub kernel: Option<Release>,
    /// The heaps, in the order of their minors.
    pub heaps: Vec<HeapOption>,
    pub backing: Backing,
    pub nodes: NodePermissions,
    pub faults: Vec<InjectedFault>,
}

impl HeapOption {
    /// The heaps of a simulation that asks for none by name: what can be made of `backing`, with the names of `release`. From
    /// 6.17 on the default area's heap has a fixed name, from 6.19 on a second one that is called like the area.
    pub(crate) fn defaults(backing: Backing, release: Release) -> Vec<Self> {
        let heap = |name: &str, kind| Self { name: name.to_owned(), kind };
        let cma: &[&str] = match (backing, release) {
            (Backing::Udmabuf, _) => &[],
            (Backing::Memfd, Release(..=5, _) | Release(6, ..=16)) => &[KERNELS_AREA],
            (Backing::Memfd, Release(6, 17..=18)) => &[DEFAULT_CMA],
            (Backing::Memfd, _) => &[DEFAULT_CMA, KERNELS_AREA],
        };
        let cma = cma.iter().map(|name| heap(name, HeapKind::Cma(DEFAULT_CAPACITY)));
        std::iter::once(heap("system", HeapKind::System)).chain(cma).collect()
    }
}
