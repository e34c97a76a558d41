//! What a trapped system call asks for, whatever the numbering it came in.

use super::abi::{Entry, Name};
use super::layout::{StatLayout, StatfsLayout};
use crate::sys::sim::seccomp::Notification;
use crate::uapi::fcntl as uapi;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// It names an object by a path.
    Path(PathCall),
    Fd(u32, FdOperation),
}

/// A call that names an object by a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PathCall {
    /// Where a relative path starts; `None` is the working directory.
    pub(crate) base: Option<u32>,
    pub(crate) path: u64,
    /// Whether an empty path means `base` itself.
    pub(crate) may_be_empty: bool,
    /// Whether a last symbolic link is followed.
    pub(crate) follow: bool,
    /// What is done with the object.
    pub(crate) operation: PathOperation,
}

/// What is done with the object at a path. Numbers named after a place are addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathOperation {
    Open {
        flags: u32,
    },
    OpenHow {
        how: u64,
        size: u64,
    },
    Stat {
        layout: StatLayout,
        into: u64,
    },
    Statx {
        into: u64,
    },
    /// By the effective user, or by the real one.
    Access {
        mode: u32,
        effective: bool,
    },
    ReadLink {
        into: u64,
        size: u64,
    },
    GetAttribute,
    ListAttributes,
    Statfs {
        layout: StatfsLayout,
        into: u64,
        size: Option<u64>,
    },
    Truncate {
        len: i64,
    },
}

/// What is done with an open file. Numbers named after a place are addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FdOperation {
    Ioctl { request: u64, argument: u64 },
    Stat { layout: StatLayout, into: u64 },
    Statfs { layout: StatfsLayout, into: u64, size: Option<u64> },
    Seek { offset: i64, whence: u32 },
    Truncate { len: i64 },
    Allocate { mode: u32, offset: i64, len: i64 },
    GetFlags,
    AddSeals { seals: u32 },
    GetSeals,
    Map { len: u64, protection: u32, flags: u32, offset: u64 },
}

/// Reads a notification. `None`: a call that the filter should not have trapped, or one that the kernel
/// refuses for its flags before it looks at the path.
pub(crate) fn decode(notification: &Notification) -> Option<(Entry, Call)> {
    let entry = Entry::of_arch(notification.arch)?;
    let name = entry.call(notification.number)?;
    let decoder = Decoder { entry, args: notification.args };
    decoder.has_known_flags(name).then(|| (entry, decoder.call(name)))
}

/// `PathOperation` and base of the calls whose arguments are (path, …) and (dirfd, path, …).
struct Decoder {
    entry: Entry,
    args: [u64; 6],
}

impl Decoder {
    /// The low word of an argument, as the kernel takes an `int`.
    fn int(&self, at: usize) -> u32 {
        self.args[at] as u32
    }

    /// An argument of the C type `long` that may be negative.
    fn long(&self, at: usize) -> i64 {
        match self.entry {
            Entry::I386 => i64::from(self.args[at] as i32),
            Entry::X86_64 | Entry::Generic => self.args[at] as i64,
        }
    }

    /// A 64-bit number, which i386 passes in two registers, the low word first.
    fn wide(&self, at: usize) -> i64 {
        ((self.args[at + 1] << 32) | (self.args[at] & 0xffff_ffff)) as i64
    }

    fn stat_layout(&self) -> StatLayout {
        match self.entry {
            Entry::X86_64 => StatLayout::X86_64,
            Entry::Generic => StatLayout::Generic,
            Entry::I386 => StatLayout::I386,
        }
    }

    fn statfs_layout(&self) -> StatfsLayout {
        match self.entry {
            Entry::X86_64 | Entry::Generic => StatfsLayout::Bits64,
            Entry::I386 => StatfsLayout::Bits32,
        }
    }

    fn at_path(&self, follow: bool, operation: PathOperation) -> Call {
        Call::Path(PathCall { base: None, path: self.args[0], may_be_empty: false, follow, operation })
    }

    fn at_fd(&self, flags: u32, operation: PathOperation) -> Call {
        let base = Some(self.int(0)).filter(|fd| *fd != uapi::AT_FDCWD);
        let may_be_empty = flags & uapi::AT_EMPTY_PATH != 0;
        let follow = flags & uapi::AT_SYMLINK_NOFOLLOW == 0;
        Call::Path(PathCall { base, path: self.args[1], may_be_empty, follow, operation })
    }

    fn open(&self, at: usize) -> (bool, PathOperation) {
        let flags = self.int(at);
        (flags & uapi::O_NOFOLLOW == 0, PathOperation::Open { flags })
    }

    /// Whether the kernel takes the flags of a call on a path (`vfs_statx` of fs/stat.c, `do_faccessat` of
    /// fs/open.c, `path_getxattrat` of fs/xattr.c). It has the right errno where it does not.
    fn has_known_flags(&self, name: Name) -> bool {
        let only = |at: usize, known: u32| self.int(at) & !known == 0;
        let path_flags = uapi::AT_SYMLINK_NOFOLLOW | uapi::AT_EMPTY_PATH;
        match name {
            Name::Fstatat => only(3, path_flags | uapi::AT_NO_AUTOMOUNT | uapi::AT_STATX_SYNC_TYPE),
            Name::Statx => {
                only(2, path_flags | uapi::AT_NO_AUTOMOUNT | uapi::AT_STATX_SYNC_TYPE)
                    && self.int(2) & uapi::AT_STATX_SYNC_TYPE != uapi::AT_STATX_SYNC_TYPE
                    && self.int(3) & uapi::STATX_RESERVED == 0
            }
            Name::Faccessat2 => only(3, path_flags | uapi::AT_EACCESS),
            Name::Getxattrat | Name::Listxattrat => only(2, path_flags),
            _ => true,
        }
    }

    fn call(&self, name: Name) -> Call {
        use PathOperation as P;
        let native = self.stat_layout();
        let fd = |operation| Call::Fd(self.int(0), operation);
        match name {
            Name::Open => {
                let (follow, operation) = self.open(1);
                self.at_path(follow, operation)
            }
            Name::Creat => self.at_path(true, P::Open { flags: uapi::O_CREAT | 1 }),
            Name::Openat => {
                let (follow, operation) = self.open(2);
                self.at_fd(if follow { 0 } else { uapi::AT_SYMLINK_NOFOLLOW }, operation)
            }
            Name::Openat2 => self.at_fd(0, P::OpenHow { how: self.args[2], size: self.args[3] }),
            Name::Stat => self.at_path(true, P::Stat { layout: native, into: self.args[1] }),
            Name::Lstat => self.at_path(false, P::Stat { layout: native, into: self.args[1] }),
            Name::Stat64 => self.at_path(true, P::Stat { layout: StatLayout::I386Wide, into: self.args[1] }),
            Name::Lstat64 => self.at_path(false, P::Stat { layout: StatLayout::I386Wide, into: self.args[1] }),
            Name::Fstatat => self.at_fd(self.int(3), P::Stat { layout: native.wide(), into: self.args[2] }),
            Name::Statx => self.at_fd(self.int(2), P::Statx { into: self.args[4] }),
            Name::Access => self.at_path(true, P::Access { mode: self.int(1), effective: false }),
            Name::Faccessat => self.at_fd(0, P::Access { mode: self.int(2), effective: false }),
            Name::Faccessat2 => {
                let effective = self.int(3) & uapi::AT_EACCESS != 0;
                self.at_fd(self.int(3), P::Access { mode: self.int(2), effective })
            }
            Name::Readlink => self.at_path(false, P::ReadLink { into: self.args[1], size: self.args[2] }),
            Name::Readlinkat => self.at_fd(
                uapi::AT_SYMLINK_NOFOLLOW | uapi::AT_EMPTY_PATH,
                P::ReadLink { into: self.args[2], size: self.args[3] },
            ),
            Name::Getxattr => self.at_path(true, P::GetAttribute),
            Name::Lgetxattr => self.at_path(false, P::GetAttribute),
            Name::Listxattr => self.at_path(true, P::ListAttributes),
            Name::Llistxattr => self.at_path(false, P::ListAttributes),
            Name::Getxattrat => self.at_fd(self.int(2), P::GetAttribute),
            Name::Listxattrat => self.at_fd(self.int(2), P::ListAttributes),
            Name::Statfs => {
                self.at_path(true, P::Statfs { layout: self.statfs_layout(), into: self.args[1], size: None })
            }
            Name::Statfs64 => self.at_path(
                true,
                P::Statfs { layout: StatfsLayout::I386Wide, into: self.args[2], size: Some(self.args[1]) },
            ),
            Name::Fstatfs => fd(FdOperation::Statfs { layout: self.statfs_layout(), into: self.args[1], size: None }),
            Name::Fstatfs64 => {
                fd(FdOperation::Statfs { layout: StatfsLayout::I386Wide, into: self.args[2], size: Some(self.args[1]) })
            }
            Name::Fstat => fd(FdOperation::Stat { layout: native, into: self.args[1] }),
            Name::Fstat64 => fd(FdOperation::Stat { layout: StatLayout::I386Wide, into: self.args[1] }),
            Name::Lseek => fd(FdOperation::Seek { offset: self.long(1), whence: self.int(2) }),
            // The high word comes first here. A result is only stored on success, and there is none:
            // the offsets that succeed are not trapped.
            Name::Llseek => {
                let offset = ((self.args[1] << 32) | (self.args[2] & 0xffff_ffff)) as i64;
                fd(FdOperation::Seek { offset, whence: self.int(4) })
            }
            Name::Truncate => self.at_path(true, P::Truncate { len: self.long(1) }),
            Name::Truncate64 => self.at_path(true, P::Truncate { len: self.wide(1) }),
            Name::Ftruncate => fd(FdOperation::Truncate { len: self.long(1) }),
            Name::Ftruncate64 => fd(FdOperation::Truncate { len: self.wide(1) }),
            Name::Fallocate => {
                let (offset, len) = match self.entry {
                    Entry::I386 => (self.wide(2), self.wide(4)),
                    Entry::X86_64 | Entry::Generic => (self.args[2] as i64, self.args[3] as i64),
                };
                fd(FdOperation::Allocate { mode: self.int(1), offset, len })
            }
            Name::Fcntl => fd(match self.int(1) {
                uapi::F_ADD_SEALS => FdOperation::AddSeals { seals: self.int(2) },
                uapi::F_GET_SEALS => FdOperation::GetSeals,
                _ => FdOperation::GetFlags,
            }),
            Name::Ioctl => fd(FdOperation::Ioctl { request: self.args[1], argument: self.args[2] }),
            Name::Mmap => self.map(self.args[5]),
            // In units of 4096 bytes on every page size.
            Name::Mmap2 => self.map(self.args[5] << 12),
        }
    }

    fn map(&self, offset: u64) -> Call {
        let operation = FdOperation::Map { len: self.args[1], protection: self.int(2), flags: self.int(3), offset };
        Call::Fd(self.int(4), operation)
    }
}
