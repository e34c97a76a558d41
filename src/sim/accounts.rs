//! How much memory the heaps have given, and whether there is more.

use super::budget::MachineBudget;
use super::options::HeapKind;
use crate::error::{Error, Hint};
use crate::heap::budget::BudgetShare;
use crate::model::{self, AccessMode};
use crate::sys::Errno;
use crate::sys::fd::status;
use crate::sys::sim::memfd_watch::{MemfdWatch, MemfdWatcher};
use std::collections::{HashMap, HashSet};
use std::os::fd::BorrowedFd;

/// Buffers of at least this size get their pages when they are touched, and are counted until they end.
pub(super) const COUNTED_FROM: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct Accounts {
    counted: HashMap<MemfdWatch, CountedBuffer>,
    /// Bytes of all counted buffers of a heap, by its minor.
    used: HashMap<u32, u64>,
    pub(super) machine: MachineBudget,
    /// Successful allocations, for the faults that come after some.
    pub(super) allocated: u64,
    /// The shortages already reported: each is reported once.
    reported: Vec<Shortage>,
}

/// A buffer that is counted while it lives.
#[derive(Clone, Copy, Debug)]
struct CountedBuffer {
    minor: u32,
    len: u64,
    inode: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct WantedBuffer {
    /// The heap, by its minor; twins of one area are counted as the first of them.
    pub(super) minor: u32,
    /// Bytes, whole pages.
    pub(super) len: u64,
    pub(super) access: AccessMode,
    /// How many allocations succeed at most.
    pub(super) most: Option<u64>,
}

impl Accounts {
    pub(super) fn new(share: BudgetShare) -> Self {
        let machine = MachineBudget::new(share);
        Self { counted: HashMap::new(), used: HashMap::new(), machine, allocated: 0, reported: Vec::new() }
    }

    /// Notes a shortage that is to be reported. Returns whether it was not reported yet.
    pub(super) fn note(&mut self, shortage: &Shortage) -> bool {
        let is_news = !self.reported.contains(shortage);
        if is_news {
            self.reported.push(shortage.clone());
        }
        is_news
    }

    /// Takes the memory of a new buffer into account, and counts it where it gets its pages later or its heap is bounded.
    pub(super) fn add(
        &mut self,
        watcher: &MemfdWatcher,
        memory: BorrowedFd<'_>,
        WantedBuffer { minor, len, .. }: WantedBuffer,
        is_bounded: bool,
    ) -> Result<(), Errno> {
        let is_small = len < COUNTED_FROM;
        if is_small {
            self.machine.spend(len);
        }
        if !is_small || is_bounded {
            let watch = watcher.add(memory)?;
            let inode = status::status(memory)?.inode;
            self.counted.insert(watch, CountedBuffer { minor, len, inode });
            *self.used.entry(minor).or_default() += len;
        }
        Ok(())
    }

    pub(super) fn used(&self, minor: u32) -> u64 {
        self.used.get(&minor).copied().unwrap_or_default()
    }

    /// Gives back what counted buffers had that have ended.
    pub(super) fn collect(&mut self, watcher: &MemfdWatcher) {
        let mut gone = Vec::new();
        // A watcher that cannot be read gives nothing back; the heaps then run out, which is seen.
        if watcher.drain(|watch| gone.push(watch)) == Ok(false) {
            if let Ok(alive) = watcher.alive() {
                let ended = self.counted.iter().filter(|(_, buffer)| !alive.contains(&buffer.inode));
                gone.extend(ended.map(|(watch, _)| watch));
            }
        }
        for watch in gone {
            if let Some(CountedBuffer { minor, len, .. }) = self.counted.remove(&watch) {
                self.used.entry(minor).and_modify(|used| *used = used.saturating_sub(len));
            }
        }
    }

    /// Whether there are `len` bytes, in the heap's area if it has one and in the machine, for an area may be
    /// larger than what this machine can spare for it.
    pub(super) fn has(
        &mut self,
        kind: HeapKind,
        wanted: &WantedBuffer,
        touched: Option<u64>,
    ) -> Result<bool, Shortage> {
        let WantedBuffer { minor, len, .. } = *wanted;
        if kind.capacity().is_some_and(|capacity| capacity.saturating_sub(self.used(minor)) < len) {
            return Ok(false);
        }
        let Some(to_spare) = self.machine.for_request(len).checked_sub(len) else { return Ok(false) };
        // Each of them may be touched any time; what was touched the machine does not have any more.
        let counted: u64 = self.used.values().sum();
        match touched {
            _ if to_spare >= counted => Ok(true),
            Some(touched) => Ok(to_spare >= counted.saturating_sub(touched)),
            None => Err(Shortage::UnknownUntilTouched(self.counted.values().map(|buffer| buffer.inode).collect())),
        }
    }
}

/// Why there is no buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shortage {
    /// The heap, or the machine, has too little.
    Memory,
    /// It depends on how much of the buffers with these inodes was touched.
    UnknownUntilTouched(HashSet<u64>),
    /// This backing has no buffers of this access mode.
    AccessMode(AccessMode),
    /// The simulator itself is short of something.
    Simulator(Errno),
}

impl Shortage {
    /// Returns what the client is answered. No heap fails otherwise: that the simulator has a limit of its own (EFBIG,
    /// EMFILE) is not the client's doing.
    pub(super) const fn errno(&self) -> model::Errno {
        match self {
            Self::AccessMode(_) => model::Errno::EOPNOTSUPP,
            Self::Simulator(Errno::ENFILE) => model::Errno::ENFILE,
            Self::Memory | Self::UnknownUntilTouched(_) | Self::Simulator(_) => model::Errno::ENOMEM,
        }
    }

    /// Returns what the client cannot see, and its user is to hear.
    pub(super) fn error(&self) -> Option<Error> {
        match self {
            Self::AccessMode(access) => {
                let reason = "/dev/udmabuf makes buffers that are O_RDWR";
                let error = Error::explained("allocate", format!("an {access} buffer"), reason, Errno::EOPNOTSUPP);
                Some(error.with_hint(Hint::BackWithMemfd))
            }
            Self::Simulator(errno) => Some(with_descriptor_hint(Error::errno("make", "a buffer", *errno), *errno)),
            Self::Memory | Self::UnknownUntilTouched(_) => None,
        }
    }
}

/// Adds a hint where this process has no descriptor left.
pub(super) fn with_descriptor_hint(error: Error, errno: Errno) -> Error {
    if errno == Errno::EMFILE {
        error.with_hint("the simulator needs a few descriptors of its own: `ulimit -n` shows and sets RLIMIT_NOFILE")
    } else {
        error
    }
}
