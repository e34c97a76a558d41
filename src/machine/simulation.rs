//! Whether this process runs under `dmaheap sim`.

use crate::sys::file;
use std::path::Path;

/// A path that no kernel has: only the simulator's supervisor answers it.
pub const WITNESS: &str = "/dev/dma_heap/.dmaheap-sim";

/// Asks for [`WITNESS`]. The environment is not asked: it can be wrong.
#[must_use]
pub fn is_simulated() -> bool {
    file::exists(Path::new(WITNESS))
}
