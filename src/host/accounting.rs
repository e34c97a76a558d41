//! Whether the memory of heaps is charged to the cgroup that allocates it.

use super::{Root, simulation};
use crate::sys::Errno;
use std::path::Path;

const PARAMETER: &str = "/sys/module/dma_heap/parameters/mem_accounting";
const MODULES: &str = "/sys/module";

/// How the kernel accounts for the memory of the system heap. CMA heaps are never charged (Linux 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accounting {
    /// `dma_heap.mem_accounting` is set: charged.
    On,
    Off,
    /// This kernel has no such parameter, which came with 7.0.
    Absent,
    /// Simulated buffers are memory of tmpfs, which is charged on every kernel.
    Simulated,
    /// The parameter could not be read; ENOENT where there is no sysfs to look into.
    Unknown(Errno),
}

impl Accounting {
    /// Asks the machine, for heaps that this process may allocate from.
    pub(crate) fn of(root: &Root) -> Self {
        if root.is_machine() && simulation::is_simulated() { Self::Simulated } else { Self::of_kernel(root) }
    }

    pub(crate) fn of_kernel(root: &Root) -> Self {
        let value = root.read(Path::new(PARAMETER));
        match value.as_deref().map(<[u8]>::trim_ascii) {
            Ok(b"Y") => Self::On,
            Ok(_) => Self::Off,
            Err(Errno::ENOENT) if root.has(Path::new(MODULES)) => Self::Absent,
            Err(errno) => Self::Unknown(*errno),
        }
    }

    /// Whether a limit of a cgroup must be taken for one of the system heap: also where nobody can say.
    pub(crate) fn charges(self) -> bool {
        matches!(self, Self::On | Self::Simulated | Self::Unknown(_))
    }
}
