//! The verb's page in the manual.

use super::columns::{Held, Sum, View};
use crate::cmd::{Block, Manual};
use crate::holders::{Exporter, Process};
use crate::ui::column::headings;

/// The verb's page in the manual.
pub(crate) const MANUAL: Manual = Manual {
    verb: "buffers",
    columns: || {
        let mut columns = headings(Held::COLUMNS);
        let views = [headings(Process::COLUMNS), headings(Exporter::COLUMNS), headings(Sum::COLUMNS)];
        // A column of the same name is of the same kind in every view.
        for column in views.into_iter().flatten() {
            if columns.iter().all(|known| known.name != column.name) {
                columns.push(column);
            }
        }
        columns
    },
    sections: &[
        (
            "SOURCES",
            &[
                Block::Item(
                    "/proc/PID/fd, fdinfo, maps",
                    "Who holds what. A mapping holds a buffer without any descriptor. A thread may have a table of descriptors of its own; kcmp(2) tells. Where bufinfo can be read, such tables are looked for only if REFS are more than what was found; a descriptor that came into one while the scan ran may be missed.",
                ),
                Block::Item(
                    "/sys/kernel/debug/dma_buf/bufinfo",
                    "All buffers with their references and attached devices. For root, where debugfs is mounted.",
                ),
                Block::Item(
                    "/sys/kernel/dmabuf/buffers",
                    "All buffers with size and exporter, for everyone, on kernels 5.14 to 6.19 with CONFIG_DMABUF_SYSFS_STATS.",
                ),
                Block::Text(
                    "They are read one after another and are no snapshot. A buffer that is younger than the scan is shown only if a process holds it. A file of another file system whose path looks like a dma-buf's is told from one by its fdinfo.",
                ),
                Block::Text(
                    "Each list is read line by line, whatever its size. The memory that buffers needs grows with the number of dma-bufs: about 320 bytes for each, about 210 with --by, and what names and devices that differ take.",
                ),
            ],
        ),
        (
            "REFERENCES",
            &[Block::Text(
                "REFS is what the kernel counts: descriptors, mappings, and holders within the kernel. KERNEL is REFS less FDS and MAPS: importing drivers, descriptors on their way through a Unix socket or registered with io_uring, and what processes hold that could not be read. FDS and MAPS count what is shared between tasks (CLONE_FILES, CLONE_VM) once, as the kernel does.",
            )],
        ),
        (
            "EXAMPLES",
            &[
                Block::Text("Which process holds most, shared buffers divided among their holders:"),
                Block::Lines("dmaheap buffers --by process --sort -SHARED"),
                Block::Text("What grows while a test runs:"),
                Block::Lines("dmaheap buffers --by exporter --watch 1 --diff"),
                Block::Text("Whether a test has freed everything it named:"),
                Block::Lines("dmaheap buffers --strict --name 'test*' --until-count 0 --timeout 5s"),
            ],
        ),
    ],
};
