//! The prose of dmaheap-sim(1).

use super::Block;

/// By title, in the order of the page.
pub(super) const SECTIONS: &[(&str, &[Block])] = &[
    (
        "HOW IT WORKS",
        &[
            Block::Text(
                "The command runs under a seccomp filter. System calls that may concern heaps (open, stat and their kin, ioctl, mmap of files, a few more) wait until the supervisor has looked at them; what does not concern heaps the kernel then performs as if nothing were there. read, write and all other calls are not touched. A process that the command starts is served in the same way, and dmaheap ends when the last of them has, with the status of the command.",
            ),
            Block::Text(
                "dmaheap is two processes. The one that was started is the job that a shell and a terminal see: it passes signals on, stops with the command and ends as it does. Its child, the supervisor, is named sim-supervisor, has a process group of its own (a session, unless dmaheap is a job of an interactive shell) and answers the calls; the command is a child of the supervisor, in the session and the process group of dmaheap. Descriptors above 2 that the caller left open are passed to the command and closed in both.",
            ),
            Block::Text(
                "An opened heap is a Landlock ruleset that is never enforced, because its own answers to read, write, lseek, mmap and poll are those of a heap. A buffer is a memfd. A directory is one below XDG_RUNTIME_DIR, /dev/shm, TMPDIR, /run or /tmp, the first that takes a device node; it is removed at the end. XDG_RUNTIME_DIR has to belong to the user alone, and the others need the sticky bit if others may write there. If both processes of dmaheap are killed by SIGKILL at once, the directory (dmaheap-sim. and sixteen digits) stays: nothing removes the directories of other runs.",
            ),
            Block::Text(
                "Linux 5.19 or later with seccomp, Landlock, process_vm_readv(2), kcmp(2) and /proc is needed, and no privilege. The architectures are x86-64, arm64 and riscv64.",
            ),
        ],
    ),
    (
        "WHICH PROGRAMS ARE SERVED",
        &[
            Block::Text(
                "A program must be of a kind that this build of dmaheap knows. Any other is killed (SIGKILL) at its first system call, with a message on stderr. If it is the command, the status is 125; if the command started it, the others go on.",
            ),
            Block::Item("built for x86-64", "Serves x86-64 and i386 programs. Refuses x32 programs."),
            Block::Item("built for i386", "Serves i386 programs. Refuses x86-64 and x32 programs."),
            Block::Item("built for arm64", "Serves arm64 programs. Refuses 32-bit Arm programs."),
            Block::Item("built for riscv64", "Serves riscv64 programs. Refuses 32-bit RISC-V programs."),
            Block::Item("built for anything else", "Serves nothing: sim refuses to start, with status 125."),
            Block::Text(
                "What counts is how a call enters the kernel, not the file: int 0x80 in an x86-64 program makes an i386 call and is served as one. A system call of x32 in an x86-64 program fails with ENOSYS, as on a kernel without x32.",
            ),
        ],
    ),
    (
        "HOW MUCH MEMORY HEAPS HAVE",
        &[Block::Text(
            "The memory of buffers is that of the machine, and charged to the cgroup of who touches it. An allocation beyond the budget of dmaheap-alloc(1), or beyond what the cgroup of the supervisor leaves, is ENOMEM, where a kernel would let the OOM killer loose. A command that moves itself into a cgroup with less is not kept from exceeding that. The supervisor is the OOM killer's first victim (oom_score_adj 1000); the command has the score of the caller.",
        )],
    ),
    (
        "WHOSE RIGHTS DECIDE",
        &[
            Block::Text(
                "The command and all that it starts have the rights that they have without sim. What does not concern heaps the kernel performs, in the caller's name. Heaps, their directories and their files in /sys are anybody's, with the modes that they show.",
            ),
            Block::Text(
                "A path may lead through a simulated directory and out again, as /dev/dma_heap/../null does. The kernel could not find that, so dmaheap looks it up: with the user, groups and capabilities of the caller, from the caller's root directory, and EACCES where it cannot take these over. stat, statfs, access, readlink and opening a directory are answered so. Anything but a directory is not opened: EOPNOTSUPP.",
            ),
            Block::Text(
                "A sandbox that a command has made for itself with Landlock cannot be seen from outside and does not bind these look-ups.",
            ),
            Block::Text(
                "Calls are answered by threads. A caller whose call cannot be ended, because a page of its memory never comes or a file system does not answer, waits alone: others are answered after a tenth of a second, or some more where many such calls come at once.",
            ),
        ],
    ),
    (
        "HOW A PROGRAM CAN TELL",
        &[Block::Text(
            "The path /dev/dma_heap/.dmaheap-sim exists; no listing shows it. dmaheap asks for it, and says simulated in every JSON document and on stderr beside every table. DMAHEAP_SIM=1 stands in the command's environment, for scripts.",
        )],
    ),
    (
        "WHAT IS NOT IMITATED",
        &[
            Block::Text(
                "Under sim these differ from a kernel with heaps; a test pins each of them. All else that the tests ask is answered as Linux 6.12 answered it: tests/answers/sim has its answers.",
            ),
            Block::Item(
                "read, write on a buffer",
                "Succeed; a dma-buf answers EINVAL. So do pread, sendfile, fsync and file locks.",
            ),
            Block::Item(
                "poll and epoll on a buffer",
                "epoll: EPERM; a dma-buf can be waited for. poll: ready as a dma-buf is, but POLLRDNORM and POLLWRNORM, too.",
            ),
            Block::Item(
                "links and fdinfo in /proc",
                "/memfd:dmaheap-sim:HEAP instead of /dmabuf:, without size, count, exp_name and name. The name of a buffer is checked and forgotten. A buffer of another simulator, whose heap is not known here, is answered as one of system is.",
            ),
            Block::Item(
                "mappings of a buffer",
                "Are those of ordinary memory: they count as resident, are in core dumps, can grow by mremap (what is beyond the end is SIGBUS), and madvise takes MADV_DOFORK, and MADV_REMOVE, which makes zeros of the bytes.",
            ),
            Block::Item("sync_file", "ENOTTY, as without CONFIG_SYNC_FILE."),
            Block::Item(
                "cd /dev/dma_heap",
                "ENOENT; also for chroot, mount, rename, unlink, chmod, inotify and execution there, and for the listing of /dev, /sys/class and /sys/dev/char. fchdir(2) to an opened one works, and getcwd then shows the private directory; root can make and remove files in it, which nobody sees who asks by path.",
            ),
            Block::Item(
                "links of other programs",
                "A symbolic link to a heap, or to the link of a descriptor in /proc, is not followed unless the rest of the path tells what is meant: /tmp/heap is not, /tmp/dev/dma_heap/system is. By such a link a buffer can be opened anew with other access, or cut.",
            ),
            Block::Item(
                "read, write on a heap",
                "EINVAL also where it was not opened for that, or with O_PATH; a device answers EBADF.",
            ),
            Block::Item(
                "paths through a heap's directory",
                "/dev/dma_heap/../null can be looked at but not opened: EOPNOTSUPP (see WHOSE RIGHTS DECIDE).",
            ),
            Block::Item("O_PATH of a directory", "A descriptor that can be read as if it had been opened O_RDONLY."),
            Block::Item(
                "O_NONBLOCK on a heap",
                "Opens of one heap with the same flags share one open file, so that fcntl of one is seen by all.",
            ),
            Block::Item("flag bit 25 of openat2", "Taken and ignored, as Linux 6.12 does; 7.2 answers EINVAL."),
            Block::Item("owner and mode of a heap", "root:root 0666; the kernel makes it 0600."),
            Block::Item(
                "extended attributes",
                "None, and ENODATA for whichever is asked; a devtmpfs without CONFIG_TMPFS_XATTR answers EOPNOTSUPP.",
            ),
            Block::Item(
                "CMA areas",
                "/sys/kernel/mm/cma/HEAP has total_pages and available_pages, as kernels after 6.12 do, and no counters; the kernel's own areas are not seen beside it. An area is named as its heap is. /proc/meminfo, /proc/buddyinfo and debugfs are the machine's. An area is memory of the machine that other programs use, too, and ENOMEM also comes where the machine has no more.",
            ),
            Block::Item(
                "an alarm in the middle",
                "A call that waits for the supervisor can be interrupted until it is received: EINTR for a handler without SA_RESTART. Nothing is lost.",
            ),
            Block::Item("io_uring", "Paths and descriptors that are handed to it are the kernel's; no heap is opened."),
            Block::Item(
                "i386 mmap by structure",
                "The old mmap of i386 (number 90) is not looked at; nor is MAP_DENYWRITE, which the dynamic loader sets, in any mmap.",
            ),
            Block::Item(
                "setuid and non-dumpable programs",
                "no_new_privs is set, so setuid bits have no effect. A process that is not dumpable is not seen: its calls are the kernel's.",
            ),
            Block::Item(
                "another supervisor",
                "EBUSY: sim does not run inside sim, nor in a container that uses seccomp notification itself.",
            ),
        ],
    ),
    (
        "SIGNALS",
        &[
            Block::Text(
                "Every signal that is sent to dmaheap reaches the command, except SIGKILL and SIGSTOP, which cannot be passed on, and SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP and SIGSYS, which are about dmaheap itself. What the terminal sends reaches the command anyway and is not sent twice. If the command stops, dmaheap stops, too, and SIGCONT lets both go on. If the command continues or ends by itself, dmaheap continues.",
            ),
            Block::Text(
                "Whichever process is stopped or ended, the others are served: SIGSTOP to the command or to dmaheap stops that process alone. The supervisor ignores what is sent to it, and dmaheap continues it if it is stopped.",
            ),
            Block::Text(
                "If dmaheap or the supervisor is killed, the other kills the command and all processes below it, whatever their sessions, and removes the private directory; this takes less than a second on an idle machine. When the supervisor was killed the status is 125. If both are killed at once, the command is killed and what it started stays, without a supervisor: every call that it would have looked at fails with ENOSYS.",
            ),
            Block::Text(
                "Once the command has ended, a signal acts on dmaheap itself, as on a program without handlers: one that ends it ends the descendants of the command first.",
            ),
        ],
    ),
    (
        "SECURITY",
        &[
            Block::Text(
                "sim is a test double, not a sandbox. The command is not confined: apart from no_new_privs it has the rights that it has without sim, and the kernel decides about everything that is not a heap. A hostile command can make calls that sim does not look at, or change memory after sim has looked at it; all that it gains are its own rights.",
            ),
            Block::Item(
                "the command against the supervisor",
                "What the supervisor does for a command it does with the command's rights, or refuses (see WHOSE RIGHTS DECIDE), also where sim was started by root and the command has another user. A command cannot make it wait for a FIFO, a device or a page that never comes while others wait. A command of the same user can stop, trace or kill both processes of dmaheap, as it can any process of that user; SIGNALS says what happens then.",
            ),
            Block::Item(
                "other users",
                "They reach nothing through files: the private directory has mode 0700, all that is made, opened and removed in it is reached from descriptors, and links and directories that others put into its place or beside it are not followed, opened or removed. The kernel does not let them signal or trace the processes.",
            ),
            Block::Item(
                "the same user, and root",
                "They can trace the command and the supervisor, and take buffers out of them. A buffer is a memfd, as private as the memory of a process. sim trusts them, the environment (XDG_RUNTIME_DIR and TMPDIR name places for the directory) and the kernel.",
            ),
            Block::Item(
                "memory",
                "Buffers are kept within the budget (see HOW MUCH MEMORY HEAPS HAVE). If memory runs out anyway, the supervisor is killed first, and the command with all that it started after it.",
            ),
            Block::Item(
                "what may stay",
                "Nothing, unless both processes of dmaheap are killed by SIGKILL at once: then the private directory stays, and processes that the command started go on without a supervisor.",
            ),
        ],
    ),
    (
        "COSTS",
        &[Block::Text(
            "With both sides on one CPU of a virtual machine, microseconds a call, bare and under sim: open with close 0.9 and 5.7, stat 0.5 and 5.0, ioctl 0.1 and 5.2, mmap of a file with munmap 2.1 and 8.8. Of what is answered: an allocation with its close 13.4 (1.1 to 1.2 times what the smallest supervisor in C takes), open of a heap with close 8.0, stat of one 7.0, DMA_BUF_IOCTL_SYNC 6.4, mmap of a buffer with munmap 10.4 (1.2 to 1.7 times). A call that is not trapped costs 0.02 more than without a filter. `cargo bench --bench sim` measures it.",
        )],
    ),
    (
        "EXAMPLES",
        &[
            Block::Text("What a program sees:"),
            Block::Lines("dmaheap sim -- ls -l /dev/dma_heap"),
            Block::Text("Does a program cope with an exhausted CMA area?"),
            Block::Lines("dmaheap sim --heap linux,cma=cma:16M -- ./camera-test"),
            Block::Text("Does a check notice that the kernel ignores heap_flags?"),
            Block::Lines("dmaheap sim --fault rule:heap-flags-unchecked -- ./check"),
        ],
    ),
];
