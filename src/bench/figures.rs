//! What a run has found: data, in the order in which it is printed.

use crate::stats::Summary;
use serde::Deserialize;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BenchStep {
    /// The ioctl that allocates a buffer.
    Allocate,
    /// mmap(2) and a write to each page.
    Touch,
    /// `DMA_BUF_IOCTL_SYNC` with `SYNC_START | SYNC_RW`.
    SyncStart,
    /// The same with `SYNC_END`.
    SyncEnd,
    /// close(2) of what refers to the buffer last, so its memory is freed.
    Close,
    Fill,
    /// memcpy out of the buffer.
    Copy,
    /// Copying it out by pieces that fit the cache, and comparing.
    Verify,
}

impl BenchStep {
    /// In the order of a buffer's life.
    pub(crate) const ALL: [Self; 8] = [
        Self::Allocate,
        Self::Touch,
        Self::SyncStart,
        Self::SyncEnd,
        Self::Close,
        Self::Fill,
        Self::Copy,
        Self::Verify,
    ];
    /// The steps that are latencies.
    pub(crate) const LATENCIES: [Self; 5] = [Self::Allocate, Self::Touch, Self::SyncStart, Self::SyncEnd, Self::Close];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Allocate => "allocate",
            Self::Touch => "touch",
            Self::SyncStart => "sync-start",
            Self::SyncEnd => "sync-end",
            Self::Close => "close",
            Self::Fill => "fill",
            Self::Copy => "copy",
            Self::Verify => "verify",
        }
    }

    /// Whether it takes a mapping.
    pub(crate) const fn is_mapped(self) -> bool {
        matches!(self, Self::Touch | Self::Fill | Self::Copy | Self::Verify)
    }
}

impl fmt::Display for BenchStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The figures of one step of one case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    pub heap: String,
    /// Bytes of a buffer, as requested.
    pub size: u64,
    pub step: BenchStep,
    /// Nanoseconds of one: a request, or a pass over the buffer. Buffers below 1 MiB are passed over several
    /// times between two stamps, and each pass counts with the mean of those.
    pub times: Summary,
    /// One value a round, in order: the median time in nanoseconds, or of a bandwidth its ratio in thousandths.
    pub rounds: Vec<u64>,
    /// Only for steps that measure a bandwidth.
    pub bandwidth: Option<Bandwidth>,
}

/// A bandwidth beside the one of anonymous memory. Rates are bytes per second, of all jobs together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bandwidth {
    /// How much was moved: the size times the passes.
    pub bytes: u64,
    /// The median of the rounds.
    pub rate: u64,
    /// The same for memset (of fill) or memcpy (of the others) on anonymous memory.
    pub baseline: u64,
    /// Rate by baseline: the median of the rounds' own ratios.
    pub ratio: f64,
}

impl Figure {
    /// Whether both are of the same heap, size and step.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        (self.step, self.size) == (other.step, other.size) && self.heap == other.heap
    }

    /// Whether anything was measured.
    pub(crate) fn is_measured(&self) -> bool {
        self.times.count > 0
    }
}
