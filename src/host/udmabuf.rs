//! `/dev/udmabuf`, which makes dma-bufs of memfds.

use super::{Root, class};
use crate::sys::fd::status::{Device, FileKind};
use std::path::Path;

/// Where a device manager makes its node.
pub(crate) const NODE: &str = "/dev/udmabuf";
/// What is beyond it is EINVAL (`udmabuf_create`).
pub(crate) const SIZE_LIMIT: &str = "/sys/module/udmabuf/parameters/size_limit_mb";
const LIST_LIMIT: &str = "/sys/module/udmabuf/parameters/list_limit";

/// Whether that is what the node of this number is.
pub(crate) fn is_one(root: &Root, device: Device) -> bool {
    /// `MISC_MAJOR`.
    const MAJOR: u32 = 10;
    let number = || class::device(&root.contents(Path::new("/sys/class/misc/udmabuf/dev"))?);
    device.major == MAJOR && number() == Some(device)
}

/// Whether the node at `path` is one. In the directory of the heaps there is none.
pub(crate) fn is_at(root: &Root, path: &Path) -> bool {
    !path.starts_with(class::DIRECTORY)
        && root
            .status(path)
            .is_ok_and(|status| matches!(status.kind, FileKind::Character(device) if is_one(root, device)))
}

/// What it refuses to go beyond; nothing where the parameters of the module cannot be read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UdmabufLimits {
    /// Bytes of a buffer.
    pub size: Option<u64>,
    /// Memfds that one buffer is made of.
    pub list: Option<u64>,
}

impl UdmabufLimits {
    pub(crate) fn of(root: &Root) -> Self {
        let number = |path| std::str::from_utf8(&root.contents(Path::new(path))?).ok()?.trim().parse::<u64>().ok();
        Self { size: number(SIZE_LIMIT).and_then(|mib| mib.checked_mul(1 << 20)), list: number(LIST_LIMIT) }
    }
}
