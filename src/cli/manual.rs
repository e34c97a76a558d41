//! The sections of dmaheap(1) that are prose.

use crate::cmd::Block;

/// By title, in the order of the page.
pub const SECTIONS: &[(&str, &[Block])] = &[
    (
        "EXIT STATUS",
        &[
            Block::Item("0", "Done."),
            Block::Item("1", "Something failed, or the answer was not the expected one."),
            Block::Item("2", "The command line was wrong."),
            Block::Item("3", "Bytes differ."),
            Block::Item("4", "Nothing there: no heap, nothing to test."),
            Block::Text(
                "exec, and recv with a command, end with the status of the command, and like env(1): 125 if dmaheap itself failed before, 126 if the command cannot be executed, 127 if it is not found. hold --for, limits and stress end with 128 + n if signal n ended them early.",
            ),
            Block::Text(
                "A message begins with dmaheap: and names the operation, the object, the reason and the error; a line that begins with hint: says what would help. stdout is data, stderr is talk. A broken pipe ends the tool by SIGPIPE, unless the caller ignores that signal.",
            ),
        ],
    ),
    (
        "SIZES",
        &[Block::Text(
            "4096, 0x1000, 64k, 4M, 1G, 4KiB: powers of 1024, in either case. 1p is a page of this machine, 1P is 2^50 bytes.",
        )],
    ),
    (
        "ENVIRONMENT",
        &[
            Block::Item("NOTIFY_SOCKET", "Where hold and recv --listen say READY=1, as sd_notify(3)."),
            Block::Item(
                "COLUMNS",
                "How many columns a table has to fit into, if --width does not say. Else the terminal is asked; a serial line that says 0 has 80. Without a terminal nothing is shortened.",
            ),
        ],
    ),
    (
        "FILES",
        &[
            Block::Item("/dev/dma_heap/NAME", "The node of a heap. devtmpfs makes it 0600 root:root."),
            Block::Item(
                "/sys/class/dma_heap/NAME/dev",
                "The device number that the kernel gave the heap. A / in a name is ! here and in /dev.",
            ),
            Block::Item("/proc/devices", "The major number of all heaps, beside dma_heap."),
            Block::Item("/proc/meminfo", "MemAvailable and CmaFree, for the memory budget of dmaheap-alloc(1)."),
            Block::Item("/proc/buddyinfo", "Free blocks, which dmaheap-limits(1) shows before and after."),
            Block::Item(
                "/sys/kernel/mm/cma, /sys/kernel/debug/cma",
                "CMA areas and how much of them is free. The second one is for root only.",
            ),
            Block::Item(
                "/etc/passwd, /etc/group",
                "Names of owners. They are read directly, so names from elsewhere are shown as numbers.",
            ),
        ],
    ),
    (
        "WITHOUT /PROC OR /SYS",
        &[Block::Text(
            "list, alloc, hold, exec, send and recv work without /proc; the exporter of a buffer is then not known, and the memory budget comes from sysinfo(2). They work without /sys too. Without both, nothing tells what device a node stands for, so list shows it unopened and alloc wants --force. Nothing is ever written to the file system.",
        )],
    ),
];
