//! Whether this process runs under `dmaheap sim`.

use crate::sys::fd::file;
use std::path::Path;
use std::sync::OnceLock;

/// A path that no kernel has: only the simulator's supervisor answers it.
pub(crate) const MARKER: &str = "/dev/dma_heap/.dmaheap-sim";

/// Asks for [`MARKER`], once: a process is simulated from its beginning or never. The environment is not asked: it can be
/// wrong.
#[must_use]
pub(crate) fn is_simulated() -> bool {
    static IS_SIMULATED: OnceLock<bool> = OnceLock::new();
    *IS_SIMULATED.get_or_init(|| file::find(Path::new(MARKER)).is_ok())
}
