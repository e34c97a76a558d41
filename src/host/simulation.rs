//! Whether this process runs under `dmaheap sim`.

use crate::sys::fd::file;
use std::path::Path;
use std::sync::OnceLock;

/// A path that no kernel has: only the simulator's supervisor answers it.
pub(crate) const MARKER: &str = "/dev/dma_heap/.dmaheap-sim";

/// What a memfd that is a simulated buffer is called, before the name of its heap.
pub(crate) const MEMORY_NAME: &str = "dmaheap-sim:";

/// How `/proc` shows such a memfd begins.
pub(crate) const LINK_BEGIN: &[u8] = b"/memfd:dmaheap-sim:";

/// No such link is longer: `MFD_NAME_MAX_LEN` (mm/memfd.c) is 249.
pub(crate) const LINK_MAX: usize = 320;

/// The heap of the buffer that `/proc` shows as `link`; `None` if it is not a simulated buffer.
#[must_use]
pub(crate) fn heap_in(link: &[u8]) -> Option<&[u8]> {
    let name = link.strip_prefix(LINK_BEGIN)?;
    Some(name.strip_suffix(b" (deleted)").unwrap_or(name))
}

/// Asks for [`MARKER`], once: a process is simulated from its beginning or never. The environment is not asked: it can be
/// wrong.
#[must_use]
pub(crate) fn is_simulated() -> bool {
    static IS_SIMULATED: OnceLock<bool> = OnceLock::new();
    *IS_SIMULATED.get_or_init(|| file::exists(Path::new(MARKER)))
}
