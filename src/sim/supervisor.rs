//! Everything that answers depend on.

use super::faults::Faults;
use super::heaps::SimulatedHeaps;
use super::next_fd::NextFd;
use super::options::Options;
use super::vfs::Vfs;
use crate::error::Error;
use crate::model::{Kernel, LongBits};
use crate::sys::system;
use std::ffi::OsStr;

#[derive(Debug)]
pub(super) struct Supervisor {
    pub(super) kernel: Kernel,
    pub(super) faults: Faults,
    pub(super) heaps: SimulatedHeaps,
    pub(super) vfs: Vfs,
    pub(super) next_fd: NextFd,
}

impl Supervisor {
    /// `directory` is the name of the backing directory.
    pub(super) fn new(options: &Options, directory: &OsStr, report: fn(&Error)) -> Result<Self, Error> {
        let faults = Faults::new(&options.faults);
        let kernel = Kernel {
            abi: options.abi,
            release: options.kernel.unwrap_or(Kernel::DEBIAN_6_12.release),
            page_size: system::page_size(),
            long_bits: if cfg!(target_pointer_width = "64") { LongBits::Bits64 } else { LongBits::Bits32 },
            efault_fixed: !faults.efault_leak(),
            ..Kernel::DEBIAN_6_12
        };
        let heaps = SimulatedHeaps::new(&kernel, &options.heaps, options.backing, report)?;
        let vfs = Vfs::new(&heaps, options, directory)?;
        Ok(Self { kernel, faults, heaps, vfs, next_fd: NextFd::default() })
    }
}
