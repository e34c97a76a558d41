//! The system calls that are trapped, a row each: its numbers, when it is trapped, and what it asks for.

use super::abi::SyscallAbi;
use super::decode::{Arguments, DecodedCall, FdOperation, PathOperation, STAT_FLAGS};
use crate::model::Operation;
use crate::sys::sim::seccomp::Notification;
use crate::uapi::fcntl as uapi;

/// The condition under which a row's calls are trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrapCondition {
    Always,
    /// The argument has, in its low word, none of these values.
    NotOneOf(u8, &'static [u32]),
    /// The argument has one of these values.
    OneOf(u8, &'static [u32]),
    /// The argument has none of these bits.
    NoneOfBits(u8, u32),
    /// lseek(2), unless it goes to the start or the end, where a placeholder answers as a buffer does. These arguments
    /// make up the offset.
    SeekElsewhere {
        offset: &'static [u8],
        whence: u8,
    },
}

pub(crate) struct TrappedCall {
    /// On x86-64, i386, and in `asm-generic`.
    numbers: [i32; 3],
    pub(super) when: TrapCondition,
    decode: fn(&Arguments) -> Option<DecodedCall>,
}

/// The number of a call that an ABI does not have.
const NONE: i32 = -1;

impl TrappedCall {
    pub(super) fn number(&self, abi: SyscallAbi) -> Option<i32> {
        let [x86_64, i386, generic] = self.numbers;
        let number = match abi {
            SyscallAbi::X86_64 => x86_64,
            SyscallAbi::I386 => i386,
            SyscallAbi::Generic => generic,
        };
        (number != NONE).then_some(number)
    }
}

/// Reads a notification. `None`: a call that the filter should not have trapped, or one that is the kernel's to refuse.
pub(crate) fn decode(notification: &Notification) -> Option<(SyscallAbi, DecodedCall)> {
    let abi = SyscallAbi::of_arch(notification.arch)?;
    let call = TABLE.iter().find(|call| call.number(abi) == Some(notification.number))?;
    Some((abi, (call.decode)(&Arguments { abi, args: notification.args })?))
}

const fn row(numbers: [i32; 3], when: TrapCondition, decode: fn(&Arguments) -> Option<DecodedCall>) -> TrappedCall {
    TrappedCall { numbers, when, decode }
}

/// The VFS answers these for every file alike, so they need not be asked of the model.
const ANSWERED_ALIKE: TrapCondition = TrapCondition::NotOneOf(1, &[uapi::FIOCLEX, uapi::FIONCLEX, uapi::FIONBIO]);
/// Memory without a file, and what glibc's loader maps, of which there is much at every exec.
const OF_A_FILE: TrapCondition = TrapCondition::NoneOfBits(3, uapi::MAP_ANONYMOUS | uapi::MAP_DENYWRITE);
const ABOUT_FLAGS_AND_SEALS: TrapCondition =
    TrapCondition::OneOf(1, &[uapi::F_GETFL, uapi::F_ADD_SEALS, uapi::F_GET_SEALS]);
const BY_WORD: TrapCondition = TrapCondition::SeekElsewhere { offset: &[1], whence: 2 };
const BY_TWO_WORDS: TrapCondition = TrapCondition::SeekElsewhere { offset: &[1, 2], whence: 4 };
use FdOperation as F;
use PathOperation as P;
use TrapCondition::Always;

/// read(2) and write(2) are not trapped: the descriptors answer those by themselves.
pub(super) const TABLE: &[TrappedCall] = &[
    // ioctl, mmap; mmap2 counts in units of 4096 bytes on every page size
    row([16, 54, 29], ANSWERED_ALIKE, |c| c.fd(F::Ioctl { request: c.args[1], argument: c.args[2] })),
    row([9, NONE, 222], OF_A_FILE, |c| c.map(c.args[5])),
    row([NONE, 192, NONE], OF_A_FILE, |c| c.map(c.args[5] << 12)),
    // openat, open, creat, openat2
    row([257, 295, 56], Always, |c| c.at_fd(0, P::Open { flags: c.int(2) })),
    row([2, 5, NONE], Always, |c| c.at_path(true, P::Open { flags: c.int(1) })),
    row([85, 8, NONE], Always, |c| c.at_path(true, P::Open { flags: uapi::O_CREAT | 1 })),
    row([437, 437, 437], Always, |c| c.at_fd(0, P::OpenHow { how: c.args[2], size: c.args[3] })),
    // fstat, fstatat, stat, lstat, stat64, lstat64, fstat64, statx
    row([5, 108, 80], Always, |c| c.fstat(c.stat(1))),
    row([262, 300, 79], Always, |c| c.at_fd_with(3, STAT_FLAGS, c.wide_stat(2))),
    row([4, 106, NONE], Always, |c| c.at_path(true, c.stat(1))),
    row([6, 107, NONE], Always, |c| c.at_path(false, c.stat(1))),
    row([NONE, 195, NONE], Always, |c| c.at_path(true, c.wide_stat(1))),
    row([NONE, 196, NONE], Always, |c| c.at_path(false, c.wide_stat(1))),
    row([NONE, 197, NONE], Always, |c| c.fstat(c.wide_stat(1))),
    row([332, 383, 291], Always, Arguments::statx),
    // lseek, _llseek, whose high word comes first. Its result is only stored on success, and there is none: the offsets
    // that succeed are not trapped.
    row([8, 19, 62], BY_WORD, |c| c.other(Operation::Lseek { offset: c.long(1), whence: c.int(2) })),
    row([NONE, 140, NONE], BY_TWO_WORDS, |c| c.other(Operation::Lseek { offset: c.two_words(2, 1), whence: c.int(4) })),
    // fcntl, fcntl64
    row([72, 55, 25], ABOUT_FLAGS_AND_SEALS, Arguments::fcntl),
    row([NONE, 221, NONE], ABOUT_FLAGS_AND_SEALS, Arguments::fcntl),
    // access, faccessat, faccessat2
    row([21, 33, NONE], Always, |c| c.at_path(true, P::Access { mode: c.int(1), effective: false })),
    row([269, 307, 48], Always, |c| c.at_fd(0, P::Access { mode: c.int(2), effective: false })),
    row([439, 439, 439], Always, |c| {
        let effective = c.int(3) & uapi::AT_EACCESS != 0;
        c.at_fd_with(3, uapi::AT_EACCESS, P::Access { mode: c.int(2), effective })
    }),
    // readlink, readlinkat
    row([89, 85, NONE], Always, |c| c.at_path(false, P::ReadLink { into: c.args[1], size: c.args[2] })),
    row([267, 305, 78], Always, |c| {
        let flags = uapi::AT_SYMLINK_NOFOLLOW | uapi::AT_EMPTY_PATH;
        c.at_fd(flags, P::ReadLink { into: c.args[2], size: c.args[3] })
    }),
    // getxattr, lgetxattr, listxattr, llistxattr, getxattrat, listxattrat
    row([191, 229, 8], Always, |c| c.at_path(true, P::GetAttribute)),
    row([192, 230, 9], Always, |c| c.at_path(false, P::GetAttribute)),
    row([194, 232, 11], Always, |c| c.at_path(true, P::ListAttributes)),
    row([195, 233, 12], Always, |c| c.at_path(false, P::ListAttributes)),
    row([464, 464, 464], Always, |c| c.at_fd_with(2, 0, P::GetAttribute)),
    row([465, 465, 465], Always, |c| c.at_fd_with(2, 0, P::ListAttributes)),
    // statfs, fstatfs, statfs64, fstatfs64
    row([137, 99, 43], Always, |c| c.at_path(true, P::Statfs(c.statfs()))),
    row([138, 100, 44], Always, |c| c.fd(F::Statfs(c.statfs()))),
    row([NONE, 268, NONE], Always, |c| c.at_path(true, P::Statfs(c.statfs64()))),
    row([NONE, 269, NONE], Always, |c| c.fd(F::Statfs(c.statfs64()))),
    // truncate, truncate64, ftruncate, ftruncate64, fallocate
    row([76, 92, 45], Always, |c| c.at_path(true, P::Truncate { len: c.long(1) })),
    row([NONE, 193, NONE], Always, |c| c.at_path(true, P::Truncate { len: c.two_words(1, 2) })),
    row([77, 93, 46], Always, |c| c.other(Operation::Ftruncate { len: c.long(1) })),
    row([NONE, 194, NONE], Always, |c| c.other(Operation::Ftruncate { len: c.two_words(1, 2) })),
    row([285, 324, 47], Always, Arguments::fallocate),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_number_stands_for_two_calls() {
        for abi in [SyscallAbi::X86_64, SyscallAbi::I386, SyscallAbi::Generic] {
            let numbers: Vec<i32> = TABLE.iter().filter_map(|row| row.number(abi)).collect();
            let distinct: BTreeSet<i32> = numbers.iter().copied().collect();
            assert_eq!(numbers.len(), distinct.len(), "{abi:?}");
        }
    }
}
