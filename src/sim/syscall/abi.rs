//! The ways into the kernel that are filtered: numberings of system calls, and the calls in them.

use crate::uapi::fcntl as uapi;

/// A numbering of system calls with its layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    /// x86-64's own, without the numbers of x32.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        allow(dead_code, reason = "no process enters by it that this build can look into")
    )]
    X86_64,
    /// i386's, by a 32-bit program or by `int 0x80` from any.
    I386,
    /// `asm-generic`, 64 bits: arm64 and riscv64.
    Generic,
}

impl Entry {
    /// The `AUDIT_ARCH_*` values that this machine's processes can enter with.
    #[cfg(target_arch = "x86_64")]
    pub(crate) const OF_THIS_MACHINE: &'static [(u32, Self)] =
        &[(0xc000_003e, Self::X86_64), (0x4000_0003, Self::I386)];
    /// Those of 32 bits: a supervisor of 32 bits cannot read the memory of a process of 64.
    #[cfg(target_arch = "x86")]
    pub(crate) const OF_THIS_MACHINE: &'static [(u32, Self)] = &[(0x4000_0003, Self::I386)];
    /// The `AUDIT_ARCH_*` values that this machine's processes can enter with.
    #[cfg(target_arch = "aarch64")]
    pub(crate) const OF_THIS_MACHINE: &'static [(u32, Self)] = &[(0xc000_00b7, Self::Generic)];
    /// The `AUDIT_ARCH_*` values that this machine's processes can enter with.
    #[cfg(target_arch = "riscv64")]
    pub(crate) const OF_THIS_MACHINE: &'static [(u32, Self)] = &[(0xc000_00f3, Self::Generic)];
    /// None: the simulator does not know this machine's numbering.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64", target_arch = "riscv64")))]
    pub(crate) const OF_THIS_MACHINE: &'static [(u32, Self)] = &[];

    /// The numbering that an `AUDIT_ARCH_*` value stands for.
    pub(crate) fn of_arch(arch: u32) -> Option<Self> {
        Self::OF_THIS_MACHINE.iter().find(|(value, _)| *value == arch).map(|(_, entry)| *entry)
    }

    /// The call of this number, if it is one of those that are trapped.
    pub(crate) fn call(self, number: i32) -> Option<Name> {
        TABLE.iter().find(|row| row.number(self) == Some(number)).map(|row| row.name)
    }
}

/// A system call that is trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    Open,
    Creat,
    Openat,
    Openat2,
    Stat,
    Lstat,
    Fstat,
    Fstatat,
    Stat64,
    Lstat64,
    Fstat64,
    Statx,
    Access,
    Faccessat,
    Faccessat2,
    Readlink,
    Readlinkat,
    Getxattr,
    Lgetxattr,
    Listxattr,
    Llistxattr,
    Getxattrat,
    Listxattrat,
    Statfs,
    Fstatfs,
    Statfs64,
    Fstatfs64,
    Lseek,
    Llseek,
    Truncate,
    Truncate64,
    Ftruncate,
    Ftruncate64,
    Fallocate,
    Fcntl,
    Ioctl,
    Mmap,
    Mmap2,
}

/// Which of the calls of a name are trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    /// Those whose argument has, in its low word, none of these values.
    NotOneOf(u8, &'static [u32]),
    /// Those whose argument has one of these values.
    OneOf(u8, &'static [u32]),
    /// Those whose argument has none of these bits.
    NoneOfBits(u8, u32),
    /// lseek(2), unless it goes to the start or the end, where a stand-in answers as a buffer does.
    SeekElsewhere {
        /// The arguments that make up the offset.
        offset: &'static [u8],
        /// The argument that says from where.
        whence: u8,
    },
}

/// One call in every numbering.
pub(crate) struct Row {
    pub(crate) name: Name,
    x86_64: i32,
    i386: i32,
    generic: i32,
    pub(crate) when: When,
}

/// The number of a call that a numbering does not have.
const NONE: i32 = -1;

impl Row {
    /// Its number in `entry`.
    pub(crate) fn number(&self, entry: Entry) -> Option<i32> {
        let number = match entry {
            Entry::X86_64 => self.x86_64,
            Entry::I386 => self.i386,
            Entry::Generic => self.generic,
        };
        (number != NONE).then_some(number)
    }
}

const fn row(name: Name, x86_64: i32, i386: i32, generic: i32, when: When) -> Row {
    Row { name, x86_64, i386, generic, when }
}

/// The VFS answers these for every file alike, so that they need not be asked of the model.
const ANSWERED_ALIKE: When = When::NotOneOf(1, &[uapi::FIOCLEX, uapi::FIONCLEX, uapi::FIONBIO]);
/// Memory without a file, and what glibc's loader maps, of which there is much at every exec.
const OF_A_FILE: When = When::NoneOfBits(3, uapi::MAP_ANONYMOUS | uapi::MAP_DENYWRITE);
const ABOUT_FLAGS_AND_SEALS: When = When::OneOf(1, &[uapi::F_GETFL, uapi::F_ADD_SEALS, uapi::F_GET_SEALS]);
const BY_WORD: When = When::SeekElsewhere { offset: &[1], whence: 2 };
const BY_TWO_WORDS: When = When::SeekElsewhere { offset: &[1, 2], whence: 4 };
use When::Always;

/// All that is trapped. read(2) and write(2) are not: the descriptors answer those by themselves.
#[rustfmt::skip]
pub(crate) const TABLE: &[Row] = &[
    //  name            x86-64  i386  generic
    row(Name::Ioctl,        16,   54,   29, ANSWERED_ALIKE),
    row(Name::Mmap,          9, NONE,  222, OF_A_FILE),
    row(Name::Mmap2,      NONE,  192, NONE, OF_A_FILE),
    row(Name::Openat,      257,  295,   56, Always),
    row(Name::Open,          2,    5, NONE, Always),
    row(Name::Fstat,         5,  108,   80, Always),
    row(Name::Fstatat,     262,  300,   79, Always),
    row(Name::Stat,          4,  106, NONE, Always),
    row(Name::Lstat,         6,  107, NONE, Always),
    row(Name::Stat64,     NONE,  195, NONE, Always),
    row(Name::Lstat64,    NONE,  196, NONE, Always),
    row(Name::Fstat64,    NONE,  197, NONE, Always),
    row(Name::Statx,       332,  383,  291, Always),
    row(Name::Lseek,         8,   19,   62, BY_WORD),
    row(Name::Llseek,     NONE,  140, NONE, BY_TWO_WORDS),
    row(Name::Fcntl,        72,   55,   25, ABOUT_FLAGS_AND_SEALS),
    row(Name::Fcntl,      NONE,  221, NONE, ABOUT_FLAGS_AND_SEALS),
    row(Name::Access,       21,   33, NONE, Always),
    row(Name::Faccessat,   269,  307,   48, Always),
    row(Name::Faccessat2,  439,  439,  439, Always),
    row(Name::Readlink,     89,   85, NONE, Always),
    row(Name::Readlinkat,  267,  305,   78, Always),
    row(Name::Openat2,     437,  437,  437, Always),
    row(Name::Creat,        85,    8, NONE, Always),
    row(Name::Getxattr,    191,  229,    8, Always),
    row(Name::Lgetxattr,   192,  230,    9, Always),
    row(Name::Listxattr,   194,  232,   11, Always),
    row(Name::Llistxattr,  195,  233,   12, Always),
    row(Name::Getxattrat,  464,  464,  464, Always),
    row(Name::Listxattrat, 465,  465,  465, Always),
    row(Name::Statfs,      137,   99,   43, Always),
    row(Name::Fstatfs,     138,  100,   44, Always),
    row(Name::Statfs64,   NONE,  268, NONE, Always),
    row(Name::Fstatfs64,  NONE,  269, NONE, Always),
    row(Name::Truncate,     76,   92,   45, Always),
    row(Name::Truncate64, NONE,  193, NONE, Always),
    row(Name::Ftruncate,    77,   93,   46, Always),
    row(Name::Ftruncate64,NONE,  194, NONE, Always),
    row(Name::Fallocate,   285,  324,   47, Always),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_number_stands_for_two_calls() {
        for entry in [Entry::X86_64, Entry::I386, Entry::Generic] {
            let numbers: Vec<i32> = TABLE.iter().filter_map(|row| row.number(entry)).collect();
            let distinct: BTreeSet<i32> = numbers.iter().copied().collect();
            assert_eq!(numbers.len(), distinct.len(), "{entry:?}");
        }
    }
}
