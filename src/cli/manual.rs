//! The sections of dmaheap(1) that are prose.

use crate::cmd::Block;

/// By title, in the order of the page.
pub(crate) const SECTIONS: &[(&str, &[Block])] = &[
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
    (
        "SECURITY",
        &[
            Block::Text(
                "dmaheap has the rights of whoever starts it and trusts that user, root and the kernel: the command line, the environment, inherited descriptors and files named in options. Do not make it set-user-ID or give it file capabilities: anyone who starts it can have it read and write files. It does not trust the following.",
            ),
            Block::Item(
                "names",
                "Buffers, processes and heaps are named by others. A name cannot change another field of the row it is in. Control characters, and those that change the direction of a line, are printed as \\xNN in tables and messages and as \\uNNNN in JSON. Names in lines to be pasted are quoted for a shell. dump prints the bytes of a buffer as they are unless it is told otherwise.",
            ),
            Block::Item(
                "the other end of a socket",
                "A socket file has mode 0600; who may reach it is also a matter of the directories above it. At an abstract address (@NAME) only processes of the same user and of root are served and believed. A peer cannot make dmaheap wait longer than --peer-timeout, nor send it a line of more than 16 MiB or more than 2^20 descriptors. hold --listen serves any number of peers for as long as it runs. recv takes nothing but dma-bufs without --any-fd. What a peer says of a buffer is its claim. A buffer that was given away cannot be taken back: the receiver can read it, write it as far as its access mode allows, pass it on, and keep its memory allocated.",
            ),
            Block::Item(
                "files below --sysroot",
                "Paths and symbolic links cannot lead out of the directory, and nothing but regular files and directories is opened. A file that is too long counts as unread.",
            ),
            Block::Item(
                "directories where others may write",
                "On the path of a file to be written, a symbolic link is followed only if it belongs to the user or to root. A file that exists is written or replaced only if it belongs to one of them, or if nobody else can write its directory; where others can, neither a file nor a link that has a second name (hard link) is used. What is put there between the check and the opening is not written. Temporary files and sockets are new files, and are removed only if they are still the same ones.",
            ),
            Block::Item(
                "devices",
                "The device number of a path is compared with those of heaps before it is opened; only --force opens something that cannot be compared. Requests that would reach the file system below a node (FIFREEZE and the like) are never sent.",
            ),
            Block::Text(
                "Other processes keep their memory: a heap that does not refuse by itself is asked for no more than a budget leaves, and whoever allocates is the OOM killer's first victim (dmaheap-alloc(1) says how, and what is left to chance). --force gives up the budget. If /proc/self/oom_score_adj cannot be written, the OOM killer may choose another process.",
            ),
            Block::Text(
                "Other processes of the same user, and root, can trace dmaheap, take its buffers (pidfd_getfd(2)) and end it. --pid uses the same right on others. A command that dmaheap runs is not confined, neither by exec nor by sim.",
            ),
            Block::Text(
                "When dmaheap ends, by whatever signal, its buffers are freed unless another process has them. SIGKILL can leave the file of a socket, and, in the moment in which bench writes a file, .dmaheap-PID-N.tmp beside it. dmaheap-sim(1) says what sim can leave.",
            ),
            Block::Text(
                "dmaheap cannot report what it may not see: buffers of processes that it may not trace count as unread, not as absent, and --strict makes that an error where a verb has it. Without --timeout a verb that waits for others has no limit.",
            ),
        ],
    ),
];
