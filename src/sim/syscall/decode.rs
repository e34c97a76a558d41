//! What a trapped system call asks for, whatever the ABI that it came in.

use super::abi::SyscallAbi;
use super::layout::{StatLayout, StatfsCall, StatfsLayout};
use crate::model::{MmapRequest, Operation, Request};
use crate::uapi::dma_heap;
use crate::uapi::fcntl as uapi;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecodedCall {
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
    /// Whether a last symbolic link is followed, unless the flags of open(2) say otherwise.
    pub(crate) follow: bool,
    pub(crate) operation: PathOperation,
}

/// An operation on the object at a path. Numbers named after a place are addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathOperation {
    Open { flags: u32 },
    OpenHow { how: u64, size: u64 },
    Stat { layout: StatLayout, into: u64 },
    Access { mode: u32, effective: bool },
    ReadLink { into: u64, size: u64 },
    GetAttribute,
    ListAttributes,
    Statfs(StatfsCall),
    Truncate { len: i64 },
}

/// An operation on an open file. Numbers named after a place are addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FdOperation {
    Ioctl {
        request: u64,
        argument: u64,
    },
    Stat {
        layout: StatLayout,
        into: u64,
    },
    Statfs(StatfsCall),
    GetFlags,
    Map(MmapRequest),
    /// Operations that the model knows for every file.
    Other(Operation),
}

impl FdOperation {
    /// Whether it is a request of the number range of heaps.
    pub(crate) fn asks_a_heap(self) -> bool {
        matches!(self, Self::Ioctl { request, .. } if Request::from_register(request).kind() == dma_heap::MAGIC)
    }
}

/// The arguments of a call, and what the table makes of them. `None`: the kernel refuses the call for its flags before it
/// looks at the path, and has the right errno.
pub(super) struct Arguments {
    pub(super) abi: SyscallAbi,
    pub(super) args: [u64; 6],
}

impl Arguments {
    /// The low word of an argument, as the kernel takes an `int`.
    pub(super) fn int(&self, at: usize) -> u32 {
        self.args[at] as u32
    }

    /// An argument of the C type `long` that may be negative.
    pub(super) fn long(&self, at: usize) -> i64 {
        if self.abi == SyscallAbi::I386 { i64::from(self.args[at] as i32) } else { self.args[at] as i64 }
    }

    /// A 64-bit number in two registers.
    pub(super) fn two_words(&self, low: usize, high: usize) -> i64 {
        ((self.args[high] << 32) | (self.args[low] & 0xffff_ffff)) as i64
    }

    pub(super) fn stat(&self, into: usize) -> PathOperation {
        let layout = match self.abi {
            SyscallAbi::X86_64 => StatLayout::X86_64,
            SyscallAbi::Generic => StatLayout::Generic,
            SyscallAbi::I386 => StatLayout::I386,
        };
        PathOperation::Stat { layout, into: self.args[into] }
    }

    /// The structure of i386's calls whose name ends in 64, and elsewhere the only one.
    pub(super) fn wide_stat(&self, into: usize) -> PathOperation {
        match self.stat(into) {
            PathOperation::Stat { layout: StatLayout::I386, into } => {
                PathOperation::Stat { layout: StatLayout::I386Wide, into }
            }
            other => other,
        }
    }

    pub(super) fn statfs(&self) -> StatfsCall {
        let layout = if self.abi == SyscallAbi::I386 { StatfsLayout::Bits32 } else { StatfsLayout::Bits64 };
        StatfsCall { layout, into: self.args[1], size: None }
    }

    pub(super) fn statfs64(&self) -> StatfsCall {
        StatfsCall { layout: StatfsLayout::I386Wide, into: self.args[2], size: Some(self.args[1]) }
    }

    /// A call that begins with a path.
    pub(super) fn at_path(&self, follow: bool, operation: PathOperation) -> Option<DecodedCall> {
        let path = self.args[0];
        Some(DecodedCall::Path(PathCall { base: None, path, may_be_empty: false, follow, operation }))
    }

    /// A call that begins with a directory and a path.
    pub(super) fn at_fd(&self, flags: u32, operation: PathOperation) -> Option<DecodedCall> {
        let base = Some(self.int(0)).filter(|fd| *fd != uapi::AT_FDCWD);
        let may_be_empty = flags & uapi::AT_EMPTY_PATH != 0;
        let follow = flags & uapi::AT_SYMLINK_NOFOLLOW == 0;
        Some(DecodedCall::Path(PathCall { base, path: self.args[1], may_be_empty, follow, operation }))
    }

    /// Decodes as [`at_fd`](Self::at_fd) does, with flags in an argument of which the kernel takes those of a lookup
    /// and `more` (`vfs_statx` of fs/stat.c, `do_faccessat` of fs/open.c, `path_getxattrat` of fs/xattr.c).
    pub(super) fn at_fd_with(&self, flags: usize, more: u32, operation: PathOperation) -> Option<DecodedCall> {
        let flags = self.int(flags);
        let known = uapi::AT_SYMLINK_NOFOLLOW | uapi::AT_EMPTY_PATH | more;
        if flags & !known == 0 { self.at_fd(flags, operation) } else { None }
    }

    pub(super) fn statx(&self) -> Option<DecodedCall> {
        let is_known = self.int(2) & uapi::AT_STATX_SYNC_TYPE != uapi::AT_STATX_SYNC_TYPE
            && self.int(3) & uapi::STATX_RESERVED == 0;
        let operation = PathOperation::Stat { layout: StatLayout::Statx, into: self.args[4] };
        self.at_fd_with(2, STAT_FLAGS, operation).filter(|_| is_known)
    }

    pub(super) fn fd(&self, operation: FdOperation) -> Option<DecodedCall> {
        Some(DecodedCall::Fd(self.int(0), operation))
    }

    pub(super) fn other(&self, operation: Operation) -> Option<DecodedCall> {
        self.fd(FdOperation::Other(operation))
    }

    pub(super) fn fstat(&self, stat: PathOperation) -> Option<DecodedCall> {
        let PathOperation::Stat { layout, into } = stat else { return None };
        self.fd(FdOperation::Stat { layout, into })
    }

    pub(super) fn fallocate(&self) -> Option<DecodedCall> {
        let (offset, len) = match self.abi {
            SyscallAbi::I386 => (self.two_words(2, 3), self.two_words(4, 5)),
            SyscallAbi::X86_64 | SyscallAbi::Generic => (self.args[2] as i64, self.args[3] as i64),
        };
        self.other(Operation::Fallocate { mode: self.int(1), offset, len })
    }

    pub(super) fn fcntl(&self) -> Option<DecodedCall> {
        match self.int(1) {
            uapi::F_ADD_SEALS => self.other(Operation::AddSeals { seals: self.int(2) }),
            uapi::F_GET_SEALS => self.other(Operation::GetSeals),
            _ => self.fd(FdOperation::GetFlags),
        }
    }

    pub(super) fn map(&self, offset: u64) -> Option<DecodedCall> {
        let mapping = MmapRequest {
            len: self.args[1],
            offset,
            write: self.int(2) & uapi::PROT_WRITE != 0,
            exec: self.int(2) & uapi::PROT_EXEC != 0,
            shared: self.int(3) & uapi::MAP_TYPE != uapi::MAP_PRIVATE,
        };
        Some(DecodedCall::Fd(self.int(4), FdOperation::Map(mapping)))
    }
}

pub(super) const STAT_FLAGS: u32 = uapi::AT_NO_AUTOMOUNT | uapi::AT_STATX_SYNC_TYPE;
