//! The ioctls that the VFS answers for any file: `include/uapi/linux/fs.h`, `fiemap.h` and
//! `asm-generic/ioctls.h`.
//!
//! [`FIFREEZE`], [`FITHAW`], [`SETFLAGS`], [`FSSETXATTR`], [`FICLONE`], [`FICLONERANGE`] and
//! [`FIDEDUPERANGE`] change a file or its whole file system: they are here to be recognised, and are
//! never sent.

/// Clears the descriptor's close-on-exec flag.
pub(crate) const FIONCLEX: u32 = 0x5450;
/// Sets the descriptor's close-on-exec flag.
pub(crate) const FIOCLEX: u32 = 0x5451;
/// Sets or clears `O_NONBLOCK`; reads an `int`.
pub(crate) const FIONBIO: u32 = 0x5421;
/// Sets or clears `O_ASYNC`; reads an `int`.
pub(crate) const FIOASYNC: u32 = 0x5452;
/// Size of a regular file in a `loff_t`; 32-bit arm alone has another number for it.
#[cfg(target_arch = "arm")]
pub(crate) const FIOQSIZE: u32 = 0x545e;
/// Size of a regular file in a `loff_t`; 32-bit arm alone has another number for it.
#[cfg(not(target_arch = "arm"))]
pub(crate) const FIOQSIZE: u32 = 0x5460;
/// Block size of the file system in an `int`: `_IO(0, 2)`.
pub(crate) const FIGETBSZ: u32 = 0x0000_0002;
/// Freezes the file system. Never sent.
pub(crate) const FIFREEZE: u32 = 0xc004_5877;
/// Thaws the file system. Never sent.
pub(crate) const FITHAW: u32 = 0xc004_5878;
/// Extents of a file: `FS_IOC_FIEMAP`.
pub(crate) const FIEMAP: u32 = 0xc020_660b;
/// Shares storage with the file whose descriptor is the argument. Never sent.
pub(crate) const FICLONE: u32 = 0x4004_9409;
/// Shares a range of storage; reads a `struct file_clone_range` of 32 bytes. Never sent.
pub(crate) const FICLONERANGE: u32 = 0x4020_940d;
/// Shares equal ranges; a `struct file_dedupe_range` of 24 bytes and 32 more for each destination. Never sent.
pub(crate) const FIDEDUPERANGE: u32 = 0xc018_9436;
/// Inode flags, `FS_IOC_GETFLAGS`: its size is that of a `long`.
pub(crate) const GETFLAGS: u32 = if cfg!(target_pointer_width = "64") { 0x8008_6601 } else { 0x8004_6601 };
/// Inode flags, `FS_IOC_SETFLAGS`: its size is that of a `long`, but it reads an `int`. Never sent.
pub(crate) const SETFLAGS: u32 = if cfg!(target_pointer_width = "64") { 0x4008_6602 } else { 0x4004_6602 };
/// Extended inode flags: `FS_IOC_FSGETXATTR`.
pub(crate) const FSGETXATTR: u32 = 0x801c_581f;
/// Extended inode flags, a `struct fsxattr` of 28 bytes: `FS_IOC_FSSETXATTR`. Never sent.
pub(crate) const FSSETXATTR: u32 = 0x401c_5820;
/// UUID of the file system, 17 bytes: `FS_IOC_GETFSUUID` (6.9 and later).
pub(crate) const GETFSUUID: u32 = 0x8011_1500;
/// Name of the file system in sysfs, 129 bytes: `FS_IOC_GETFSSYSFSPATH` (6.9 and later).
pub(crate) const GETFSSYSFSPATH: u32 = 0x8081_1501;
