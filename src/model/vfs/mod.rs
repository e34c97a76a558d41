//! What an ioctl means before any driver sees it (`do_vfs_ioctl` of fs/ioctl.c).
//!
//! The rules are those of the native entry. The 32-bit entry of a 64-bit kernel
//! (`COMPAT_SYSCALL_DEFINE3(ioctl)`) differs in the numbers of `FS_IOC_GETFLAGS` and `SETFLAGS` only,
//! and in preallocation, which is for regular files.

use super::{Arg, Errno, Kernel, Release, Reply, Request, alloc};
use crate::uapi::fs;

/// The kind of file that the request is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum File {
    /// An opened heap node: a character device on some file system.
    Node,
    /// A buffer: an anonymous inode of the kernel's own `dmabuf` file system.
    Buffer,
}

/// The VFS's own answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum VfsAnswer {
    /// This, and nothing else changes.
    Reply(Reply),
    /// Success, and the file or its descriptor changes.
    Effect(FileEffect),
    /// It depends on what cannot be known here.
    Depends {
        on: Dependence,
        /// The usual reply: a node on devtmpfs or tmpfs, a caller without privileges, another file on another mount.
        /// `None` where it writes what only the file system knows.
        usual: Option<Reply>,
    },
}

/// The change that a successful request makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FileEffect {
    /// The descriptor's close-on-exec flag (FIOCLEX, FIONCLEX).
    CloseOnExec(bool),
    /// `O_NONBLOCK` of the open file, of all its descriptors (FIONBIO).
    Nonblock(bool),
}

/// Something that an answer may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Dependence {
    /// The file system that the node is on.
    FileSystem,
    /// The caller's privileges, and after those the file system.
    Privilege,
    /// Another open file that the request names.
    OtherFile,
}

/// The VFS's answer to `request`, or `None` where it leaves the request to the driver, as it does with
/// those for regular files (FIONREAD, FIBMAP, `FS_IOC_RESVSP` …).
pub(crate) fn answer(kernel: &Kernel, request: Request, arg: &Arg<'_>, file: File) -> Option<VfsAnswer> {
    let answer = match request.number() {
        fs::FIOCLEX => VfsAnswer::Effect(FileEffect::CloseOnExec(true)),
        fs::FIONCLEX => VfsAnswer::Effect(FileEffect::CloseOnExec(false)),
        fs::FIONBIO => nonblock(arg),
        fs::FIOASYNC => VfsAnswer::Reply(asynchronous(arg)),
        fs::FIOQSIZE => fails(Errno::ENOTTY),
        fs::FIFREEZE | fs::FITHAW => depends(Dependence::Privilege, Some(Reply::err(Errno::EPERM))),
        fs::FIEMAP => by_file_system(file, Reply::err(Errno::EOPNOTSUPP)),
        fs::FIGETBSZ => by_file_system(file, Reply::put_int(arg, kernel.page_size as u32)),
        fs::FICLONE => clone(),
        fs::FICLONERANGE if arg.copy_in(request.size()).is_none() => fails(Errno::EFAULT),
        fs::FICLONERANGE => clone(),
        fs::FIDEDUPERANGE => fails(dedupe(kernel, arg)),
        fs::GETFLAGS | fs::FSGETXATTR => return flags(kernel, request, arg, file, 0),
        fs::SETFLAGS => return flags(kernel, request, arg, file, size_of::<u32>()),
        fs::FSSETXATTR => return flags(kernel, request, arg, file, request.size()),
        fs::GETFSUUID if kernel.release >= Release(6, 9) => match file {
            File::Node => uuid(request, arg),
            File::Buffer => fails(Errno::ENOTTY),
        },
        fs::GETFSSYSFSPATH if kernel.release >= Release(6, 9) => by_file_system(file, Reply::err(Errno::ENOTTY)),
        _ => return None,
    };
    Some(answer)
}

fn fails(errno: Errno) -> VfsAnswer {
    VfsAnswer::Reply(Reply::err(errno))
}

fn depends(on: Dependence, usual: Option<Reply>) -> VfsAnswer {
    VfsAnswer::Depends { on, usual }
}

/// `reply` is what the `dmabuf` file system gives (`init_pseudo`), and devtmpfs too.
fn by_file_system(file: File, reply: Reply) -> VfsAnswer {
    match file {
        File::Node => depends(Dependence::FileSystem, Some(reply)),
        File::Buffer => VfsAnswer::Reply(reply),
    }
}

/// `ioctl_fionbio`.
fn nonblock(arg: &Arg<'_>) -> VfsAnswer {
    match arg.bytes.first_chunk().copied().map(u32::from_ne_bytes) {
        Some(on) => VfsAnswer::Effect(FileEffect::Nonblock(on != 0)),
        None => fails(Errno::EFAULT),
    }
}

/// `ioctl_fioasync`: neither file has a `fasync` operation, so only no change is possible. The file is taken to have
/// been opened without `O_ASYNC`.
fn asynchronous(arg: &Arg<'_>) -> Reply {
    match arg.bytes.first_chunk().copied().map(u32::from_ne_bytes) {
        Some(0) => Reply::ok(),
        Some(_) => Reply::err(Errno::ENOTTY),
        None => Reply::err(Errno::EFAULT),
    }
}

/// `ioctl_file_clone`: EBADF without the other file, else most often EXDEV.
fn clone() -> VfsAnswer {
    depends(Dependence::OtherFile, Some(Reply::err(Errno::EXDEV)))
}

/// `ioctl_file_dedupe_range`, then `vfs_dedupe_file_range`, which wants a regular file.
fn dedupe(kernel: &Kernel, arg: &Arg<'_>) -> Errno {
    const COUNT: usize = 16;
    const HEADER: usize = 24;
    const INFO: usize = 32;
    let Some(count) = arg.bytes.get(COUNT..COUNT + 2).and_then(|b| b.try_into().ok()).map(u16::from_ne_bytes) else {
        return Errno::EFAULT;
    };
    let size = HEADER + INFO * usize::from(count);
    if size as u64 > kernel.page_size {
        Errno::ENOMEM
    } else if arg.copy_in(size).is_none() {
        Errno::EFAULT
    } else {
        Errno::EINVAL
    }
}

/// `ioctl_getflags` and its kin: a file system without such flags on this inode leaves the request to
/// the driver (`vfs_fileattr_get`), after the argument of `reads` bytes was read. Before 5.13 the VFS
/// did not know them.
fn flags(kernel: &Kernel, request: Request, arg: &Arg<'_>, file: File, reads: usize) -> Option<VfsAnswer> {
    if kernel.release < Release(5, 13) {
        return None;
    }
    if arg.copy_in(reads).is_none() {
        return Some(fails(Errno::EFAULT));
    }
    match file {
        File::Node => Some(depends(Dependence::FileSystem, alloc::driver(kernel, request, arg).err())),
        File::Buffer => None,
    }
}

/// `ioctl_getfsuuid` on devtmpfs, which has a UUID: it is written, or does not fit (a part of it may
/// then have been written).
fn uuid(request: Request, arg: &Arg<'_>) -> VfsAnswer {
    let fits = request.size() <= arg.writable;
    depends(Dependence::FileSystem, (!fits).then(|| Reply::err(Errno::EFAULT)))
}

#[cfg(test)]
mod tests;
