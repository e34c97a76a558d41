//! File operations other than ioctl and mmap.

/// A system call on an open file; lengths and offsets are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    /// read(2), readv(2).
    Read,
    /// write(2), writev(2).
    Write,
    /// pread(2).
    Pread { offset: i64 },
    /// pwrite(2).
    Pwrite { offset: i64 },
    /// lseek(2).
    Lseek {
        /// Relative to `whence`.
        offset: i64,
        /// 0 `SEEK_SET` to 4 `SEEK_HOLE`.
        whence: u32,
    },
    /// poll(2) of a file without pending fences; the answer is `revents`.
    Poll { events: u16 },
    /// epoll_ctl(2) `EPOLL_CTL_ADD`.
    EpollAdd,
    /// fsync(2), fdatasync(2).
    Fsync,
    /// ftruncate(2).
    Ftruncate { len: i64 },
    /// fallocate(2).
    Fallocate {
        /// `FALLOC_FL_*`.
        mode: u32,
        offset: i64,
        len: i64,
    },
    /// fcntl(2) `F_ADD_SEALS`.
    AddSeals {
        /// `F_SEAL_*`.
        seals: u32,
    },
    /// fcntl(2) `F_GET_SEALS`.
    GetSeals,
}
