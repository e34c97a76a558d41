//! `CLOCK_MONOTONIC_RAW`, which no NTP daemon slews while something is measured.

use crate::sys::Result;
use std::mem::MaybeUninit;

/// A point in time that only its distance to others says something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(u64);

impl Stamp {
    /// Now. Nothing is allocated, and nothing is called but clock_gettime(2), in the vDSO where it is there: not
    /// even this, because stamps stand around what is measured.
    #[inline(always)]
    pub(crate) fn now() -> Self {
        let mut time = MaybeUninit::<libc::timespec>::zeroed();
        // SAFETY: the kernel writes one timespec, for which `time` has the room, alive and exclusively borrowed for the
        // call; it is made of integers, for which zeros are valid as well. Every kernel since 2.6.28 has this clock, so
        // it is not refused.
        let time = unsafe {
            libc::clock_gettime(libc::CLOCK_MONOTONIC_RAW, time.as_mut_ptr());
            time.assume_init()
        };
        // i64 on some architectures, i32 on others; neither is negative.
        #[allow(clippy::unnecessary_cast, reason = "they are narrower on some architectures")]
        Self(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
    }

    /// Nanoseconds from `earlier` to this.
    #[inline(always)]
    pub(crate) const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Reads the clock by a system call, whatever the vDSO can do, to find out whether [`Stamp::now`] makes one.
pub(crate) fn ask_kernel() -> Result<()> {
    /// More room than the widest `struct timespec` takes.
    type Room = [u64; 4];
    let mut time: Room = Default::default();
    // SAFETY: the kernel writes one struct timespec of at most 16 bytes, for which `time` has room, alive and
    // borrowed for the call.
    let answer = unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_MONOTONIC_RAW, time.as_mut_ptr()) };
    crate::sys::Errno::result(answer).map(drop)
}
