//! The second argument of ioctl(2).

use crate::uapi::ioctl;
use std::fmt;

/// A request number: the kernel takes it as `unsigned int`, so the high half of a register is lost.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Request(u32);

impl Request {
    /// The request whose number is `number`.
    pub(crate) const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The request that the kernel sees when a register holds `register`: its low 32 bits.
    pub(crate) const fn from_register(register: u64) -> Self {
        Self(register as u32)
    }

    /// The number as the kernel compares it.
    pub(crate) const fn number(self) -> u32 {
        self.0
    }

    /// `_IOC_NR`.
    pub(crate) const fn nr(self) -> u8 {
        ioctl::nr(self.0)
    }

    /// `_IOC_TYPE`.
    pub(crate) const fn kind(self) -> u8 {
        ioctl::kind(self.0)
    }

    /// `_IOC_SIZE`, bytes, whatever the direction.
    pub(crate) const fn size(self) -> usize {
        ioctl::size(self.0) as usize
    }

    /// Bytes that it copies in: its size with `_IOC_WRITE`, else 0.
    pub(crate) const fn in_size(self) -> usize {
        if ioctl::direction(self.0) & ioctl::WRITE != 0 { self.size() } else { 0 }
    }

    /// Bytes that it copies out: its size with `_IOC_READ`, else 0.
    pub(crate) const fn out_size(self) -> usize {
        if ioctl::direction(self.0) & ioctl::READ != 0 { self.size() } else { 0 }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({:#010x})", self.0)
    }
}
