//! The second argument of ioctl(2).

use super::Kernel;
use crate::uapi::{dma_buf, fs, ioctl};
use std::fmt;

/// A request number: the kernel takes it as `unsigned int`, so the high half of a register is lost.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Request(u32);

impl Request {
    /// The request whose number is `number`.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The request that the kernel sees when a register holds `register`: its low 32 bits.
    #[must_use]
    pub const fn from_register(register: u64) -> Self {
        Self(register as u32)
    }

    /// The number as the kernel compares it.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// `_IOC_NR`.
    #[must_use]
    pub const fn nr(self) -> u8 {
        ioctl::nr(self.0)
    }

    /// `_IOC_TYPE`.
    #[must_use]
    pub const fn kind(self) -> u8 {
        ioctl::kind(self.0)
    }

    /// `_IOC_SIZE`, bytes, whatever the direction.
    #[must_use]
    pub const fn size(self) -> usize {
        ioctl::size(self.0) as usize
    }

    /// Bytes that it copies in: its size with `_IOC_WRITE`, else 0.
    #[must_use]
    pub const fn in_size(self) -> usize {
        if ioctl::direction(self.0) & ioctl::WRITE != 0 { self.size() } else { 0 }
    }

    /// Bytes that it copies out: its size with `_IOC_READ`, else 0.
    #[must_use]
    pub const fn out_size(self) -> usize {
        if ioctl::direction(self.0) & ioctl::READ != 0 { self.size() } else { 0 }
    }

    /// How many bytes at the pointer any rule may look at or write, for a caller who has to fetch them:
    /// the size, and what the requests touch whose number does not tell.
    #[must_use]
    pub fn reach(self, kernel: &Kernel) -> usize {
        let untold = match self.0 {
            fs::FIONBIO | fs::FIOASYNC | fs::FIGETBSZ => size_of::<u32>(),
            fs::FIDEDUPERANGE => usize::try_from(kernel.page_size).unwrap_or(usize::MAX),
            dma_buf::SET_NAME_A | dma_buf::SET_NAME_B => dma_buf::NAME_LEN,
            _ => 0,
        };
        untold.max(self.size())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({:#010x})", self.0)
    }
}
