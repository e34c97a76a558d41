//! Request numbers that may be sent.

use crate::sys::probe::raw_ioctl::{CallFd, RawCall};
use crate::uapi::{fs, ioctl};
use std::fmt;

/// Type and number of every request that changes a file or its file system: FIFREEZE, FITHAW, `FS_IOC_SETFLAGS`,
/// `FS_IOC_FSSETXATTR`, FICLONE, FICLONERANGE, FIDEDUPERANGE. Their size and direction do not matter here, so no
/// variant of another word size or of an old kernel slips through.
const FORBIDDEN: [u32; 7] =
    [fs::FIFREEZE, fs::FITHAW, fs::SETFLAGS, fs::FSSETXATTR, fs::FICLONE, fs::FICLONERANGE, fs::FIDEDUPERANGE];

/// A request number that does no harm, whatever file it is sent to by mistake.
///
/// There is no other way to send one: [`SafeNumber::to`] alone makes a [`RawCall`] of it, which a test of the source keeps so.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SafeNumber(u32);

impl SafeNumber {
    /// `number`, unless it is forbidden.
    pub(crate) const fn new(number: u32) -> Option<Self> {
        let mut index = 0;
        while index < FORBIDDEN.len() {
            if ioctl::kind(FORBIDDEN[index]) == ioctl::kind(number) && ioctl::nr(FORBIDDEN[index]) == ioctl::nr(number)
            {
                return None;
            }
            index += 1;
        }
        Some(Self(number))
    }

    /// Makes a constant: a forbidden number does not compile.
    pub(super) const fn constant(number: u32) -> Self {
        match Self::new(number) {
            Some(number) => number,
            None => panic!("this request changes files and is never sent"),
        }
    }

    /// The call that sends it to `fd`.
    pub(crate) const fn to(self, fd: CallFd<'_>) -> RawCall<'_> {
        RawCall { fd, fd_high: 0, request: self.0, request_high: 0 }
    }

    pub(crate) const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Debug for SafeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_change_files_cannot_be_made() {
        for number in [
            0xc004_5877,
            0xc004_5878,
            0x4008_6602,
            0x4004_6602,
            0x401c_5820,
            0x4004_9409,
            0x4020_940d,
            0xc018_9436,
            0x0000_5877,
            0xffff_5877,
        ] {
            assert_eq!(SafeNumber::new(number), None, "{number:#x}");
        }
        let allowed = (0..=u16::MAX).filter(|low| SafeNumber::new(u32::from(*low)).is_some()).count();
        assert_eq!(allowed, 65_536 - 7);
    }
}
