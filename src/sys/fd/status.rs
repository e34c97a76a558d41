//! What the kernel says about an object: stat, device numbers, the file system below.

use crate::sys::fd::file::errno_of;
use crate::sys::{Errno, Result};
use nix::fcntl::{AtFlags, FcntlArg, fcntl};
use std::ffi::CString;
use std::ffi::OsStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A device number, major and minor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Device {
    pub major: u32,
    pub minor: u32,
}

/// The type of an object in a file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FileKind {
    Character(Device),
    Block(Device),
    Directory,
    Fifo,
    Regular,
    Socket,
    Link,
    /// No type bits: an anonymous inode, as a dma-buf has.
    #[default]
    Anonymous,
}

/// The answer of stat(2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// The type, with the device number of a device.
    pub kind: FileKind,
    /// Type and permission bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// The file system that it belongs to.
    pub device: Device,
    pub inode: u64,
    pub links: u64,
    /// The device number of a device.
    pub rdev: Device,
    /// Size in bytes.
    pub size: u64,
    /// `st_blksize`, bytes.
    pub block_size: u64,
    /// `st_blocks`, units of 512 bytes.
    pub blocks: u64,
    /// `st_mtime`, seconds.
    pub mtime: i64,
}

/// The identity of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectId {
    device: Device,
    inode: u64,
}

/// The answer of statfs(2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileSystem {
    /// `f_type`.
    pub kind: u64,
    /// `f_bsize`, bytes.
    pub block_size: u64,
    /// Blocks: all, free, available to users; inodes: all, free.
    pub counts: [u64; 5],
    /// `f_namelen`.
    pub name_max: u64,
    /// `f_frsize`, bytes.
    pub fragment: u64,
    /// `f_flags`.
    pub flags: u64,
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.major, self.minor)
    }
}

impl From<&std::fs::Metadata> for Status {
    fn from(meta: &std::fs::Metadata) -> Self {
        let kind = match meta.mode() & libc::S_IFMT {
            libc::S_IFCHR => FileKind::Character(device_of(meta.rdev())),
            libc::S_IFBLK => FileKind::Block(device_of(meta.rdev())),
            libc::S_IFDIR => FileKind::Directory,
            libc::S_IFIFO => FileKind::Fifo,
            libc::S_IFREG => FileKind::Regular,
            libc::S_IFSOCK => FileKind::Socket,
            libc::S_IFLNK => FileKind::Link,
            _ => FileKind::Anonymous,
        };
        Self {
            kind,
            mode: meta.mode(),
            uid: meta.uid(),
            gid: meta.gid(),
            device: device_of(meta.dev()),
            inode: meta.ino(),
            links: meta.nlink(),
            rdev: device_of(meta.rdev()),
            size: meta.len(),
            block_size: meta.blksize(),
            blocks: meta.blocks(),
            mtime: meta.mtime(),
        }
    }
}

impl Status {
    pub(crate) fn id(&self) -> ObjectId {
        ObjectId { device: self.device, inode: self.inode }
    }

    /// Type and permission bits as `ls -l` shows them: `crw-------`.
    pub(crate) fn mode_text(&self) -> String {
        let kind = match self.kind {
            FileKind::Character(_) => 'c',
            FileKind::Block(_) => 'b',
            FileKind::Directory => 'd',
            FileKind::Fifo => 'p',
            FileKind::Regular => '-',
            FileKind::Socket => 's',
            FileKind::Link => 'l',
            FileKind::Anonymous => '?',
        };
        let bit = |at: u32, letter| if self.mode >> at & 1 == 1 { letter } else { '-' };
        let special = |at: u32, executable: u32, both, alone| match (self.mode >> at & 1, self.mode >> executable & 1) {
            (1, 1) => both,
            (1, _) => alone,
            (_, 1) => 'x',
            _ => '-',
        };
        [
            kind,
            bit(8, 'r'),
            bit(7, 'w'),
            special(11, 6, 's', 'S'),
            bit(5, 'r'),
            bit(4, 'w'),
            special(10, 3, 's', 'S'),
            bit(2, 'r'),
            bit(1, 'w'),
            special(9, 0, 't', 'T'),
        ]
        .iter()
        .collect()
    }
}

/// The device number in a `dev_t` of the C library.
pub(crate) fn device_of(raw: u64) -> Device {
    Device { major: libc::major(raw), minor: libc::minor(raw) }
}

/// fstat(2), which takes `O_PATH` too.
pub(crate) fn status(fd: BorrowedFd<'_>) -> Result<Status> {
    use std::mem::ManuallyDrop;
    // SAFETY: the descriptor is borrowed for the call and ManuallyDrop keeps the File from closing it.
    let file = ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(fd.as_raw_fd()) });
    file.metadata().map(|meta| Status::from(&meta)).map_err(|error| errno_of(&error))
}

/// The object `name` in `directory`; of a symbolic link the link.
pub(crate) fn id_at(directory: BorrowedFd<'_>, name: &OsStr) -> Result<ObjectId> {
    let stat = nix::sys::stat::fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    // Their types differ between architectures.
    #[allow(clippy::unnecessary_cast, reason = "they are narrower on some architectures")]
    Ok(ObjectId { device: device_of(stat.st_dev as u64), inode: stat.st_ino as u64 })
}

/// Whether the file system of `fd` is mounted `nodev`: its device nodes cannot be opened (EACCES).
pub(crate) fn is_nodev(fd: BorrowedFd<'_>) -> Result<bool> {
    Ok(nix::sys::statvfs::fstatvfs(fd)?.flags().contains(nix::sys::statvfs::FsFlags::ST_NODEV))
}

/// Whether `path` has an access control list (acl(5)), which ls(1) marks with a `+`.
pub(crate) fn has_acl(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    let name = c"system.posix_acl_access";
    // SAFETY: both names are NUL-terminated and borrowed for the call; without room for the list the kernel answers with
    // its length and writes nothing.
    unsafe { libc::getxattr(path.as_ptr(), name.as_ptr(), std::ptr::null_mut(), 0) > 0 }
}

/// The flags of an open descriptor as `F_GETFL` gives them, with `O_CLOEXEC` from `F_GETFD` added.
pub(crate) fn open_flags(fd: BorrowedFd<'_>) -> Result<u32> {
    let flags = fcntl(fd, FcntlArg::F_GETFL)? as u32;
    let cloexec = fcntl(fd, FcntlArg::F_GETFD)? & libc::FD_CLOEXEC != 0;
    Ok(if cloexec { flags | libc::O_CLOEXEC as u32 } else { flags })
}

/// The flags of an open file as `F_GETFL` gives them, which all its descriptors share.
pub(crate) fn file_flags(fd: BorrowedFd<'_>) -> Result<u32> {
    Ok(fcntl(fd, FcntlArg::F_GETFL)? as u32)
}

/// Returns the file system that fstatfs(2) says `fd` is on: a magic number of `include/uapi/linux/magic.h`.
pub(crate) fn file_system_magic(fd: BorrowedFd<'_>) -> Result<u64> {
    // The type of the field differs between architectures, and magic numbers have 32 bits.
    Ok(u64::from(nix::sys::statfs::fstatfs(fd)?.filesystem_type().0 as u32))
}

/// Whether a lookup failed because there is no such object.
pub(crate) fn is_missing(errno: Errno) -> bool {
    matches!(errno, Errno::ENOENT | Errno::ENOTDIR)
}

/// fstatfs(2), which takes `O_PATH` as well.
pub(crate) fn file_system(fd: BorrowedFd<'_>) -> Result<FileSystem> {
    /// Set by the kernel and taken away by the C library.
    const ST_VALID: u64 = 0x20;
    let flags = nix::sys::statvfs::fstatvfs(fd)?.flags().bits();
    // SAFETY: an all-zero statfs is a valid value of this plain C structure, which outlives the call that
    // writes it; the descriptor is borrowed for that.
    let answer = unsafe {
        let mut answer: libc::statfs = std::mem::zeroed();
        Errno::result(libc::fstatfs(fd.as_raw_fd(), &raw mut answer))?;
        answer
    };
    Ok(FileSystem {
        kind: answer.f_type as u64,
        block_size: answer.f_bsize as u64,
        counts: [answer.f_blocks, answer.f_bfree, answer.f_bavail, answer.f_files, answer.f_ffree].map(u64::from),
        name_max: answer.f_namelen as u64,
        fragment: answer.f_frsize as u64,
        flags: flags as u64 | ST_VALID,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_read_as_ls_writes_them() {
        let of = |kind, mode| Status { kind, mode, ..Status::default() }.mode_text();
        assert_eq!(of(FileKind::Character(Device { major: 252, minor: 0 }), 0o020_600), "crw-------");
        assert_eq!(of(FileKind::Regular, 0o100_644), "-rw-r--r--");
        assert_eq!(of(FileKind::Directory, 0o041_777), "drwxrwxrwt");
        assert_eq!(of(FileKind::Regular, 0o106_654), "-rwSr-sr--");
    }
}
