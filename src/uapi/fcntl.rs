//! `include/uapi/linux/fcntl.h`, `openat2.h` and `mman.h`: the flags that the simulator looks at.
//!
//! Some `O_*` values differ between architectures, so those come from libc.

pub(crate) const O_CREAT: u32 = libc::O_CREAT as u32;
pub(crate) const O_EXCL: u32 = libc::O_EXCL as u32;
pub(crate) const O_TRUNC: u32 = libc::O_TRUNC as u32;
pub(crate) const O_DIRECTORY: u32 = libc::O_DIRECTORY as u32;
pub(crate) const O_NOFOLLOW: u32 = libc::O_NOFOLLOW as u32;
pub(crate) const O_PATH: u32 = libc::O_PATH as u32;
pub(crate) const O_CLOEXEC: u32 = libc::O_CLOEXEC as u32;
pub(crate) const O_NONBLOCK: u32 = libc::O_NONBLOCK as u32;
/// `O_TMPFILE` without the bit of `O_DIRECTORY` that it contains.
pub(crate) const O_TMPFILE_ONLY: u32 = libc::O_TMPFILE as u32 & !O_DIRECTORY;
/// The flags that open(2) takes away from what `F_GETFL` says: `O_CREAT`, `O_EXCL`, `O_NOCTTY`,
/// `O_TRUNC` (`do_dentry_open`), and `O_CLOEXEC`, which is of the descriptor.
pub(crate) const OPEN_ONLY: u32 = O_CREAT | O_EXCL | O_CLOEXEC | libc::O_NOCTTY as u32 | O_TRUNC;
/// The flags that an `O_PATH` open keeps.
pub(crate) const PATH_FLAGS: u32 = O_PATH | O_DIRECTORY | O_NOFOLLOW;

/// `AT_FDCWD`, as a 32-bit register holds it.
pub(crate) const AT_FDCWD: u32 = -100_i32 as u32;
pub(crate) const AT_SYMLINK_NOFOLLOW: u32 = 0x100;
/// `AT_EACCESS`, which is for faccessat2(2).
pub(crate) const AT_EACCESS: u32 = 0x200;
pub(crate) const AT_NO_AUTOMOUNT: u32 = 0x800;
/// `AT_STATX_SYNC_TYPE`: two flags, of which one may be set.
pub(crate) const AT_STATX_SYNC_TYPE: u32 = 0x6000;
pub(crate) const STATX_RESERVED: u32 = 0x8000_0000;
pub(crate) const AT_EMPTY_PATH: u32 = 0x1000;

/// `VALID_OPEN_FLAGS` (`include/linux/fcntl.h`), with the `O_LARGEFILE` of the kernel.
pub(crate) const OPEN_FLAGS: u32 = 3
    | O_CREAT
    | O_EXCL
    | O_TRUNC
    | O_DIRECTORY
    | O_NOFOLLOW
    | O_PATH
    | O_CLOEXEC
    | O_NONBLOCK
    | O_TMPFILE_ONLY
    | (libc::O_NOCTTY | libc::O_APPEND | libc::O_SYNC | libc::O_ASYNC | libc::O_DIRECT | libc::O_NOATIME) as u32
    | O_LARGEFILE;
/// `O_LARGEFILE`, of which libc says 0 where every file is large.
#[cfg(target_arch = "aarch64")]
pub(crate) const O_LARGEFILE: u32 = 0o400_000;
/// `O_LARGEFILE`, of which libc says 0 where every file is large.
#[cfg(not(target_arch = "aarch64"))]
pub(crate) const O_LARGEFILE: u32 = 0o100_000;

/// `__FMODE_NONOTIFY`, which openat2(2) takes and ignores as of 6.12 (`build_open_flags`).
pub(crate) const FMODE_NONOTIFY: u32 = 1 << 25;

/// `RESOLVE_NO_XDEV` of openat2(2).
pub(crate) const RESOLVE_NO_XDEV: u32 = 0x01;
pub(crate) const RESOLVE_NO_MAGICLINKS: u32 = 0x02;
pub(crate) const RESOLVE_NO_SYMLINKS: u32 = 0x04;
pub(crate) const RESOLVE_BENEATH: u32 = 0x08;
pub(crate) const RESOLVE_IN_ROOT: u32 = 0x10;
/// `RESOLVE_BENEATH` and `RESOLVE_IN_ROOT`, of which one may be asked for.
pub(crate) const RESOLVE_INSIDE: u32 = RESOLVE_BENEATH | RESOLVE_IN_ROOT;
/// `VALID_RESOLVE_FLAGS`, with `RESOLVE_CACHED`.
pub(crate) const RESOLVE_FLAGS: u32 = 0x3f;

pub(crate) const F_GETFL: u32 = 3;
pub(crate) const F_ADD_SEALS: u32 = 1033;
pub(crate) const F_GET_SEALS: u32 = 1034;

pub(crate) const PROT_WRITE: u32 = 2;
pub(crate) const PROT_EXEC: u32 = 4;
/// `MAP_TYPE`, whose value `MAP_PRIVATE` is 2.
pub(crate) const MAP_TYPE: u32 = 0x0f;
pub(crate) const MAP_PRIVATE: u32 = 2;
/// `MAP_ANONYMOUS` (the same on x86, arm64 and riscv).
pub(crate) const MAP_ANONYMOUS: u32 = 0x20;
/// `MAP_DENYWRITE`, which the kernel ignores and glibc's loader sets.
pub(crate) const MAP_DENYWRITE: u32 = 0x800;

pub(crate) const S_IFDIR: u32 = 0o040_000;
pub(crate) const S_IFCHR: u32 = 0o020_000;
pub(crate) const S_IFREG: u32 = 0o100_000;
pub(crate) const S_IFLNK: u32 = 0o120_000;

/// `FIONCLEX`, the first of three requests that the VFS answers alike for every file.
pub(crate) const FIONCLEX: u32 = 0x5450;
pub(crate) const FIOCLEX: u32 = 0x5451;
pub(crate) const FIONBIO: u32 = 0x5421;
