//! What can be made to go wrong, so a test can show that it notices.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Something that goes wrong in a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InjectedFault {
    /// The kernel before the 2026 fix: an fd is left behind where the reply cannot be written.
    EfaultLeak,
    /// Every allocation after this many fails with ENOMEM.
    EnomemAfter(u64),
    /// Every request on a heap is answered this much later; others go on.
    Slow(Duration),
    /// Once: when this many DMA_BUF_IOCTL_SYNC have been answered, the next that ends a write changes a byte.
    FlipAfter(u64),
    /// Once: the allocation of this number leaves a second descriptor that is reported to no one.
    KeepFdAfter(u64),
    /// Once: the DMA_BUF_IOCTL_SYNC of this number leaves its caller a second descriptor of the buffer.
    KeepFdAtSync(u64),
    Rule(Rule),
}

macro_rules! rules {
    ($($name:ident = $id:literal, $text:literal;)*) => {
        /// A rule of the kernel that the simulator can be made to break, on its own side only: the model
        /// keeps it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Rule {
            $(#[doc = $text] $name,)*
        }

        impl Rule {
            /// Every rule that can be broken.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns its id, as `--fault rule:ID` takes it.
                    pub(crate) const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

                    pub(crate) const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

rules! {
    FdFlagsUnchecked = "fd-flags-unchecked", "unknown bits of fd_flags are ignored";
    CloexecForgotten = "cloexec-forgotten", "O_CLOEXEC in fd_flags has no effect";
    HeapFlagsUnchecked = "heap-flags-unchecked", "heap_flags are ignored";
    FdFieldUnchecked = "fd-field-unchecked", "an fd other than 0 in a request is ignored";
    ReservedUnchecked = "reserved-unchecked", "v12: the reserved words are ignored";
    TailChecked = "tail-checked", "mainline: bytes after the first 24 must be zero";
    LenZeroAllowed = "len-zero-allowed", "a length of 0 allocates one page";
    LenNotRounded = "len-not-rounded", "a buffer has the requested length, not whole pages";
    LenWrittenBack = "len-written-back", "the rounded length is written into the request";
    KindChecked = "kind-checked", "mainline: a request of a type other than H is ENOTTY";
    UnknownIsEnotty = "unknown-is-enotty", "mainline: a request of another number is ENOTTY";
    FaultIsEinval = "fault-is-einval", "a bad pointer is EINVAL instead of EFAULT";
    NodeNeedsWrite = "node-needs-write", "a heap opened read-only refuses requests with EBADF";
    NodeReadable = "node-readable", "read, lseek and mmap succeed on an opened heap";
    EmfileIsEnfile = "emfile-is-enfile", "a full table of descriptors is ENFILE instead of EMFILE";
    SyncUnchecked = "sync-unchecked", "DMA_BUF_IOCTL_SYNC accepts any flags";
    NameUnchecked = "name-unchecked", "a buffer's name may have any length";
    PrivateMapping = "private-mapping", "a buffer can be mapped privately and past its end";
    CompatForgotten = "compat-forgotten", "a heap does not know requests of 32-bit callers: ENOTTY";
    SizeChecked = "size-checked", "mainline: a request of another size than 24 bytes is ENOTTY";
    TailCleared = "tail-cleared", "mainline: bytes after the first 24 are written as zeros";
    HighHalfRead = "high-half-read", "the high half of a register of ioctl must be 0, else EBADF";
    VfsBroken = "vfs-broken", "on a heap the requests that the VFS answers fail with EIO";
    AccessIgnored = "access-ignored", "every buffer can be read and written";
    NotZeroed = "not-zeroed", "a buffer does not begin with a zero";
    SeekFree = "seek-free", "lseek on a buffer accepts any offset";
    NameShort = "name-short", "a buffer's name may have 30 bytes, not 31";
    FdBeforeCopy = "fd-before-copy", "the fd exists some time before the reply is written, and stays if writing fails";
}

/// All faults of a simulation.
#[derive(Debug, Default)]
pub(super) struct Faults {
    faults: Vec<InjectedFault>,
    /// How many allocations succeed; the smallest if there are several.
    pub(super) enomem_after: Option<u64>,
    /// How much later requests on a heap are answered.
    pub(super) delay: Option<Duration>,
    flip_after: Option<u64>,
    flipped: AtomicBool,
    /// DMA_BUF_IOCTL_SYNC that succeeded.
    synced: AtomicU64,
}

/// The faults of one DMA_BUF_IOCTL_SYNC.
pub(super) struct SyncFaults {
    /// Whether it changes a byte, if it ends a write.
    pub(super) flips: bool,
    /// Whether it leaves a descriptor behind.
    pub(super) keeps_fd: bool,
}

impl Faults {
    pub(super) fn new(faults: &[InjectedFault]) -> Self {
        let mut all = Self { faults: faults.to_vec(), ..Self::default() };
        let least = |before: Option<u64>, count| before.into_iter().chain([count]).min();
        for fault in faults {
            match *fault {
                InjectedFault::EnomemAfter(count) => all.enomem_after = least(all.enomem_after, count),
                InjectedFault::FlipAfter(count) => all.flip_after = least(all.flip_after, count),
                InjectedFault::Slow(delay) => all.delay = all.delay.max(Some(delay)),
                _ => {}
            }
        }
        all
    }

    pub(super) fn is_none(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn efault_leak(&self) -> bool {
        self.faults.contains(&InjectedFault::EfaultLeak)
    }

    /// Whether the allocation of this number, from 1, leaves a descriptor behind.
    pub(super) fn keeps_fd(&self, number: u64) -> bool {
        self.faults.contains(&InjectedFault::KeepFdAfter(number))
    }

    /// Counts a DMA_BUF_IOCTL_SYNC. Returns the faults of this one.
    pub(super) fn count_sync(&self) -> SyncFaults {
        let number = self.synced.fetch_add(1, Ordering::Relaxed) + 1;
        let is_after = self.flip_after.is_some_and(|count| number > count);
        SyncFaults {
            flips: is_after && !self.flipped.load(Ordering::Relaxed),
            keeps_fd: self.faults.contains(&InjectedFault::KeepFdAtSync(number)),
        }
    }

    pub(super) fn record_flip(&self) {
        self.flipped.store(true, Ordering::Relaxed);
    }

    pub(super) fn breaks(&self, rule: Rule) -> bool {
        self.faults.contains(&InjectedFault::Rule(rule))
    }
}
