//! The requests of `/dev/udmabuf`, which makes buffers of memfds (drivers/dma-buf/udmabuf.c).

use super::{Arg, Check, Errno, Kernel, Request};
use crate::uapi::udmabuf::{CREATE, CREATE_LIST, Create, FLAGS_CLOEXEC, LIST_HEAD};

const F_SEAL_SHRINK: u32 = 0x2;
const F_SEAL_WRITE: u32 = 0x8;
/// Refused since 6.13, and in stable releases of 6.12 and older.
const F_SEAL_FUTURE_WRITE: u32 = 0x10;
/// The parameter `list_limit`, unless it was changed.
const LIST_LIMIT: u32 = 1024;
/// The parameter `size_limit_mb`, bytes, unless it was changed; more since 7.3.
const SIZE_LIMIT: u64 = 64 << 20;
const ITEM: usize = size_of::<Create>();

/// An open file that a buffer is to be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceFile {
    Memfd {
        /// Bytes.
        size: u64,
        /// `F_SEAL_*`.
        seals: u32,
    },
    Other,
}

/// A buffer that waits for its file descriptor. It is open for reading and writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewUdmabuf {
    /// Bytes.
    pub size: u64,
    pub close_on_exec: bool,
}

struct Item {
    memfd: u32,
    offset: u64,
    size: u64,
}

/// Returns what the device makes of `request`, where `open` is the table of open files (`udmabuf_ioctl`).
pub(crate) fn ioctl(
    kernel: &Kernel,
    request: Request,
    arg: &Arg<'_>,
    open: impl Fn(u32) -> Option<SourceFile>,
) -> Result<NewUdmabuf, Errno> {
    let (flags, items) = match request.number() {
        CREATE_LIST => list(kernel, arg)?,
        number if number != CREATE && kernel.has(Check::UdmabufNumber) => return Err(Errno::ENOTTY),
        _ => {
            let bytes = arg.copy_in_array(kernel, Check::CreateCopyIn).ok_or(Errno::EFAULT)?;
            let (flags, item) = parse(bytes);
            (flags, vec![item])
        }
    };
    let size = size(kernel, &items)?;
    for item in &items {
        check(kernel, item, open(item.memfd))?;
    }
    Ok(NewUdmabuf { size, close_on_exec: flags & FLAGS_CLOEXEC != 0 })
}

/// `udmabuf_ioctl_create_list`: the flags and the items.
fn list(kernel: &Kernel, arg: &Arg<'_>) -> Result<(u32, Vec<Item>), Errno> {
    let [f0, f1, f2, f3, c0, c1, c2, c3] = arg.copy_in_array(kernel, Check::ListCopyIn).ok_or(Errno::EFAULT)?;
    let (flags, count) = (u32::from_ne_bytes([f0, f1, f2, f3]), u32::from_ne_bytes([c0, c1, c2, c3]));
    if count > LIST_LIMIT && kernel.has(Check::ListLimit) {
        return Err(Errno::EINVAL);
    }
    let items = |index: u32| {
        let bytes = arg.bytes.get(LIST_HEAD + index as usize * ITEM..).unwrap_or_default();
        let item = Arg::new(bytes).copy_in_array(kernel, Check::ItemsCopyIn).ok_or(Errno::EFAULT)?;
        Ok(parse(item).1)
    };
    Ok((flags, (0..count).map(items).collect::<Result<_, _>>()?))
}

/// Reads `struct udmabuf_create` or an item, whose flags are padding.
fn parse(bytes: [u8; ITEM]) -> (u32, Item) {
    let word = |at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_ne_bytes);
    let long = |at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_ne_bytes);
    (word(4), Item { memfd: word(0), offset: long(8), size: long(16) })
}

/// The first loop of `udmabuf_create`, which looks at no file: the bytes of all items.
fn size(kernel: &Kernel, items: &[Item]) -> Result<u64, Errno> {
    let is_askew = |bytes: u64, check| bytes % kernel.page_size != 0 && kernel.has(check);
    let mut pages = 0_u64;
    for item in items {
        if is_askew(item.offset, Check::OffsetAligned) || is_askew(item.size, Check::SizeAligned) {
            return Err(Errno::EINVAL);
        }
        pages = pages.saturating_add(item.size / kernel.page_size);
        if pages > SIZE_LIMIT / kernel.page_size && kernel.has(Check::SizeLimit) {
            return Err(Errno::EINVAL);
        }
    }
    if pages == 0 && kernel.has(Check::NoPages) { Err(Errno::EINVAL) } else { Ok(pages * kernel.page_size) }
}

/// The second loop: the file that an item names, its seals (`check_memfd_seals`) and its end (`memfd_pin_folios`).
fn check(kernel: &Kernel, item: &Item, file: Option<SourceFile>) -> Result<(), Errno> {
    let refused = |check, errno| if kernel.has(check) { Err(errno) } else { Ok(()) };
    let Some(file) = file else { return refused(Check::OpenFile, Errno::EBADFD) };
    let SourceFile::Memfd { size, seals } = file else { return refused(Check::MemoryFile, Errno::EBADFD) };
    if seals & F_SEAL_SHRINK == 0 {
        refused(Check::SealShrink, Errno::EINVAL)?;
    }
    if seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) != 0 {
        refused(Check::SealWrite, Errno::EINVAL)?;
    }
    if item.offset.saturating_add(item.size) > size {
        refused(Check::RangeEnd, Errno::EINVAL)?;
    }
    Ok(())
}
