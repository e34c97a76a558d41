//! How an ioctl request number is composed (`include/uapi/asm-generic/ioctl.h`).
//!
//! The generic layout: 8 bits of number, 8 of type, 14 of size, 2 of direction. It holds on x86,
//! arm, arm64 and riscv; MIPS, PowerPC and SPARC have another one and are not supported.

#[cfg(any(
    target_arch = "mips",
    target_arch = "mips64",
    target_arch = "powerpc",
    target_arch = "powerpc64",
    target_arch = "sparc",
    target_arch = "sparc64"
))]
compile_error!("this architecture composes ioctl numbers differently");

pub(crate) const SIZE_BITS: u32 = 14;
/// The largest size that a request can name, in bytes: 16383.
pub(crate) const SIZE_MAX: u32 = (1 << SIZE_BITS) - 1;

/// `_IOC_NONE`: nothing is copied.
pub(crate) const NONE: u32 = 0;
/// `_IOC_WRITE` (user space writes): the kernel reads the argument.
pub(crate) const WRITE: u32 = 1;
/// `_IOC_READ` (user space reads): the kernel writes the argument.
pub(crate) const READ: u32 = 2;

/// `_IOC(direction, type, nr, size)`.
pub(crate) const fn ioc(direction: u32, kind: u8, nr: u8, size: u32) -> u32 {
    (direction << 30) | ((size & SIZE_MAX) << 16) | ((kind as u32) << 8) | nr as u32
}

/// `_IOWR(type, nr, T)`.
pub(crate) const fn iowr<T>(kind: u8, nr: u8) -> u32 {
    ioc(READ | WRITE, kind, nr, size_of::<T>() as u32)
}

/// `_IOW(type, nr, T)`.
pub(crate) const fn iow<T>(kind: u8, nr: u8) -> u32 {
    ioc(WRITE, kind, nr, size_of::<T>() as u32)
}

/// `_IOC_DIR(request)`: a combination of [`READ`] and [`WRITE`].
pub(crate) const fn direction(request: u32) -> u32 {
    request >> 30
}

/// `_IOC_TYPE(request)`, also called the magic.
pub(crate) const fn kind(request: u32) -> u8 {
    (request >> 8) as u8
}

/// `_IOC_NR(request)`.
pub(crate) const fn nr(request: u32) -> u8 {
    request as u8
}

/// `_IOC_SIZE(request)` in bytes.
pub(crate) const fn size(request: u32) -> u32 {
    (request >> 16) & SIZE_MAX
}
