//! One ioctl request as a case or the generator describes it.

pub(crate) use super::field::{Fd, Len};
use super::memfd::MemfdArgument;
use super::number::SafeNumber;
use crate::model::Abi;
use crate::uapi::{dma_buf, dma_heap, ioctl};
use std::mem::offset_of;

/// Bytes of the struct of mainline.
pub(super) const SHORT: usize = size_of::<dma_heap::AllocationData>();
/// Bytes of the struct of v12.
pub(super) const LONG: usize = size_of::<dma_heap::AllocationDataV12>();
/// No request that a kernel could accept asks for more, bytes.
pub(crate) const MOST: u64 = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawRequest {
    pub ioctl: Ioctl,
    pub target: RequestTarget,
    pub entry: SyscallEntry,
    pub fields: Fields,
    /// The bytes that follow the struct, up to the size of the request.
    pub tail: u8,
    pub place: Placement,
    /// The high half of the register that holds the descriptor.
    pub fd_high: u32,
    /// The high half of the register that holds the request.
    pub request_high: u32,
    /// `RLIMIT_NOFILE` during the request.
    pub files: FilesLimit,
    /// Looked at after success.
    pub show: Show,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ioctl {
    /// The allocation request of the ABI that is found.
    Alloc,
    /// This number, with the fields of an allocation.
    Number(SafeNumber),
    /// A request of buffers, with an argument of its own.
    Buffer(SafeNumber, BufferArgument),
    /// A request of udmabuf, whose new descriptor is what the call returns.
    Udmabuf(SafeNumber, &'static MemfdArgument),
}

/// The struct at the pointer of a buffer's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BufferArgument {
    /// The flags of DMA_BUF_IOCTL_SYNC.
    Sync(u64),
    /// A name of this many bytes, and its NUL.
    Name(usize),
    /// `struct dma_buf_export_sync_file`, and that of the import, which has the same layout.
    SyncFile { flags: u32, file: SyncFileFd },
}

/// The descriptor of a request about sync_files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncFileFd {
    Number(i32),
    /// A sync_file that was exported from the same buffer before.
    Exported,
}

/// The file that the request is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestTarget {
    /// The heap as every case has it, opened read-only.
    Heap,
    /// The heap opened again with this access mode.
    HeapOpened(u32),
    /// -1.
    Closed,
    /// The heap opened with `O_PATH`.
    PathOnly,
    /// `/dev/null`.
    Null,
    File,
    Directory,
    Socket,
    Buffer,
}

/// The entry into the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyscallEntry {
    Native,
    /// The entry of 32-bit programs.
    Compat,
}

/// The fields of the struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    pub len: Len,
    pub fd: Fd,
    pub fd_flags: u32,
    pub heap_flags: u64,
    /// `reserved0` and `reserved1` of v12; beyond mainline's struct.
    pub reserved: [u32; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// In writable memory, with room around it.
    Middle,
    /// In writable memory, at an odd address.
    Misaligned,
    /// The last byte of the struct is the last one of the last page.
    LastBytes,
    /// In a page that can be read only.
    ReadOnly,
    /// In a page that cannot be read.
    NoAccess,
    /// This many of its bytes, then a page that is not mapped.
    Straddling(usize),
    /// In a page that is not mapped any more.
    Freed,
    Null,
    /// Address 1.
    One,
    /// Address -1.
    MinusOne,
    /// An address of the kernel.
    Kernel,
}

/// A limit of open files (`RLIMIT_NOFILE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FilesLimit {
    Free,
    /// Not one more than there are.
    Full,
    /// None: the limit is 0.
    Zero,
}

/// A fact to look at after success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    Nothing,
    /// The size of the buffer, in pages.
    Pages,
    /// The access mode and the close-on-exec flag of the descriptor.
    Flags,
    /// Nothing, and the VFS may write what it likes: it is not an allocation.
    Vfs,
}

impl RawRequest {
    /// A request that nothing is wrong with: one page, read and write.
    pub(crate) const GOOD: Self = Self {
        ioctl: Ioctl::Alloc,
        target: RequestTarget::Heap,
        entry: SyscallEntry::Native,
        fields: Fields { len: Len::Pages(1, 0), fd: Fd::Number(0), fd_flags: 2, heap_flags: 0, reserved: [0; 2] },
        tail: 0,
        place: Placement::Middle,
        fd_high: 0,
        request_high: 0,
        files: FilesLimit::Free,
        show: Show::Nothing,
    };

    /// A request to a new buffer of one page.
    pub(super) const fn of_buffer(number: u32, argument: BufferArgument) -> Self {
        let ioctl = Ioctl::Buffer(SafeNumber::constant(number), argument);
        Self { ioctl, target: RequestTarget::Buffer, ..Self::GOOD }
    }

    /// A request to the device of udmabuf.
    pub(super) const fn of_memfds(number: u32, argument: &'static MemfdArgument) -> Self {
        Self { ioctl: Ioctl::Udmabuf(SafeNumber::constant(number), argument), ..Self::GOOD }
    }

    pub(super) const fn len(mut self, len: Len) -> Self {
        self.fields.len = len;
        self
    }

    pub(super) const fn fd(mut self, fd: Fd) -> Self {
        self.fields.fd = fd;
        self
    }

    pub(super) const fn fd_flags(mut self, flags: u32) -> Self {
        self.fields.fd_flags = flags;
        self
    }

    pub(super) const fn heap_flags(mut self, flags: u64) -> Self {
        self.fields.heap_flags = flags;
        self
    }

    pub(super) const fn reserved(mut self, words: [u32; 2]) -> Self {
        self.fields.reserved = words;
        self
    }

    pub(super) const fn raw(mut self, number: u32) -> Self {
        self.ioctl = Ioctl::Number(SafeNumber::constant(number));
        self
    }

    /// The request of type `H` and number 0 with this direction and size.
    pub(super) const fn sized(self, direction: u32, size: u32) -> Self {
        self.raw(ioctl::ioc(direction, dma_heap::MAGIC, 0, size))
    }

    pub(super) const fn tail(mut self, byte: u8) -> Self {
        self.tail = byte;
        self
    }

    pub(super) const fn at(mut self, place: Placement) -> Self {
        self.place = place;
        self
    }

    pub(super) const fn to(mut self, target: RequestTarget) -> Self {
        self.target = target;
        self
    }

    pub(super) const fn compat(mut self) -> Self {
        self.entry = SyscallEntry::Compat;
        self
    }

    pub(super) const fn files(mut self, files: FilesLimit) -> Self {
        self.files = files;
        self
    }

    pub(super) const fn show(mut self, show: Show) -> Self {
        self.show = show;
        self
    }

    pub(super) const fn high(mut self, fd: u32, request: u32) -> Self {
        self.fd_high = fd;
        self.request_high = request;
        self
    }

    /// The request's number under `abi`.
    pub(crate) const fn number(&self, abi: Abi) -> SafeNumber {
        match (self.ioctl, abi) {
            (Ioctl::Number(number) | Ioctl::Buffer(number, _) | Ioctl::Udmabuf(number, _), _) => number,
            (Ioctl::Alloc, Abi::Mainline) => SafeNumber::constant(dma_heap::IOCTL_ALLOC),
            (Ioctl::Alloc, Abi::V12) => SafeNumber::constant(dma_heap::IOCTL_ALLOC_V12),
        }
    }

    /// The bytes at the pointer. The struct is as long as that of `abi`, also where the request names
    /// less; a longer one is filled up with the tail. `own_fd` is the number of [`Fd::Open`] and [`SyncFileFd::Exported`].
    pub(crate) fn bytes(&self, abi: Abi, page_size: u64, own_fd: u32) -> Vec<u8> {
        match self.ioctl {
            Ioctl::Buffer(_, argument) => return argument.bytes(own_fd),
            Ioctl::Udmabuf(_, argument) => return argument.bytes(page_size, own_fd),
            Ioctl::Alloc | Ioctl::Number(_) => {}
        }
        let size = ioctl::size(self.number(abi).get()) as usize;
        let Fields { len, fd, fd_flags, heap_flags, reserved } = self.fields;
        let mut bytes = Vec::with_capacity(size.max(LONG));
        bytes.extend(len.value(page_size).to_ne_bytes());
        bytes.extend(fd.number(own_fd).to_ne_bytes());
        bytes.extend(fd_flags.to_ne_bytes());
        bytes.extend(heap_flags.to_ne_bytes());
        if abi == Abi::V12 || size > SHORT {
            bytes.extend(reserved.iter().flat_map(|word| word.to_ne_bytes()));
        }
        if size > LONG {
            bytes.resize(size, self.tail);
        } else if size > SHORT {
            bytes.truncate(size);
        }
        bytes
    }

    /// Returns where at the pointer the kernel writes the number of a new descriptor, and how many bytes of it.
    ///
    /// A number that the kernel could not write there does not count as returned, even if it is the right one.
    pub(super) const fn new_fd(&self, abi: Abi) -> (usize, usize) {
        const FD: usize = offset_of!(dma_heap::AllocationData, fd);
        let number = self.number(abi).get();
        match self.ioctl {
            Ioctl::Buffer(..) if number == dma_buf::IOCTL_EXPORT_SYNC_FILE => (offset_of!(dma_buf::SyncFile, fd), 4),
            Ioctl::Buffer(..) | Ioctl::Udmabuf(..) => (0, 0),
            _ if ioctl::direction(number) & ioctl::READ == 0 => (FD, 0),
            _ => match (ioctl::size(number) as usize).saturating_sub(FD) {
                room @ 0..4 => (FD, room),
                _ => (FD, 4),
            },
        }
    }

    /// Whether no kernel could take it for a request of more than [`MOST`] bytes: mainline reads as much
    /// of the length as the size of the request covers, v12 all of it, a 32-bit kernel its low half.
    pub(crate) fn is_modest(&self, abi: Abi, page_size: u64) -> bool {
        if matches!(self.ioctl, Ioctl::Buffer(..) | Ioctl::Udmabuf(..)) {
            return true;
        }
        let bytes = self.bytes(abi, page_size, 0);
        let size = ioctl::size(self.number(abi).get()) as usize;
        let of = |count: usize| {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(bytes.iter().take(count)) {
                *to = *from;
            }
            u64::from_ne_bytes(word)
        };
        let rounded = |len: u64| len.checked_next_multiple_of(page_size).unwrap_or(0);
        let half = |len: u64| u64::from((len as u32).checked_next_multiple_of(page_size as u32).unwrap_or(0));
        [of(8), of(size.min(8))].iter().all(|len| rounded(*len) <= MOST && half(*len) <= MOST)
    }
}

impl BufferArgument {
    fn bytes(self, own_fd: u32) -> Vec<u8> {
        match self {
            Self::Sync(flags) => flags.to_ne_bytes().to_vec(),
            Self::Name(len) => [vec![b'n'; len], vec![0]].concat(),
            Self::SyncFile { flags, file } => {
                let fd = match file {
                    SyncFileFd::Number(number) => number as u32,
                    SyncFileFd::Exported => own_fd,
                };
                [flags.to_ne_bytes(), fd.to_ne_bytes()].concat()
            }
        }
    }
}
