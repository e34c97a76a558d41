//! Whether this process runs under `dmaheap sim`, and what answers otherwise there than on a kernel.

use crate::sys::fd::file;
use std::path::Path;
use std::sync::OnceLock;

/// A path that no kernel has: only the simulator's supervisor answers it.
pub(crate) const MARKER: &str = "/dev/dma_heap/.dmaheap-sim";

/// The begin of the name of a memfd that is a simulated buffer, before the name of its heap.
pub(crate) const MEMORY_NAME: &str = "dmaheap-sim:";

/// How `/proc` shows such a memfd begins.
pub(crate) const LINK_BEGIN: &[u8] = b"/memfd:dmaheap-sim:";

/// No such link is longer: `MFD_NAME_MAX_LEN` (mm/memfd.c) is 249.
pub(crate) const LINK_MAX: usize = 320;

/// The heap of the buffer that `/proc` shows as `link`; `None` if it is not a simulated buffer.
pub(crate) fn heap_in(link: &[u8]) -> Option<&[u8]> {
    let name = link.strip_prefix(LINK_BEGIN)?;
    Some(name.strip_suffix(b" (deleted)").unwrap_or(name))
}

/// Asks for [`MARKER`], once: a process is simulated from its beginning or never. The environment is not asked: it can be
/// wrong.
pub(crate) fn is_simulated() -> bool {
    static IS_SIMULATED: OnceLock<bool> = OnceLock::new();
    *IS_SIMULATED.get_or_init(|| file::find(Path::new(MARKER)).is_ok())
}

/// Behaviour that the simulator does not imitate although a case of the probe, or what this tool judges by, looks at it.
/// The manual is made of it as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unimitated {
    pub what: &'static str,
    pub differs: &'static str,
    /// Ids of the probe's cases, and what they end with there.
    pub cases: &'static [(&'static str, &'static str)],
}

pub(crate) const UNIMITATED: &[Unimitated] = &[
    Unimitated {
        what: "read, write on a buffer",
        differs: "Succeed; a dma-buf answers EINVAL. The same is true of pread, sendfile, fsync and file locks.",
        cases: &[
            ("buffer_read", "done"),
            ("buffer_write", "done"),
            ("buffer_pread", "done"),
            ("buffer_pwrite", "done"),
            ("buffer_fsync", "done"),
        ],
    },
    Unimitated {
        what: "poll and epoll on a buffer",
        differs: "epoll: EPERM; on a dma-buf it works. poll: ready as a dma-buf is, but also POLLRDNORM and POLLWRNORM.",
        cases: &[("buffer_poll", "done 0x145"), ("buffer_epoll", "EPERM")],
    },
    Unimitated {
        what: "read, write on a heap",
        differs: "EINVAL even if it was not opened for that, or with O_PATH; a device answers EBADF.",
        cases: &[("node_read_wronly", "EINVAL"), ("node_write_rdonly", "EINVAL")],
    },
    Unimitated {
        what: "uname(2)",
        differs: "The machine's release, whatever was chosen; /proc/sys/kernel/osrelease names the chosen one, by which dmaheap judges. /proc/version and the kernel configuration are the machine's as well.",
        cases: &[],
    },
];

/// Returns what it is that makes this case end so under the simulator.
pub(crate) fn unimitated(case: &str, outcome: &str) -> Option<&'static str> {
    UNIMITATED.iter().find(|entry| entry.cases.contains(&(case, outcome))).map(|entry| entry.what)
}
