//! The verb's page in the manual.

use super::columns::COLUMNS;
use crate::cmd::{Block, Manual};
use crate::ui::column::headings;

pub(crate) const MANUAL: Manual = Manual {
    verb: "stress",
    columns: || headings(COLUMNS),
    sections: &[
        (
            "WHAT IT DOES",
            &[
                Block::Text(
                    "Each job has slots for buffers, as many as --max-hold gives it. An operation draws a slot, a heap, a size (each magnitude is as likely as any other), flags, a pattern and its seed. An empty slot gets a buffer, which is filled. With the buffer in any other slot one of these is done:",
                ),
                Block::Item("verify", "compare all of it with what it should hold;"),
                Block::Item("refill", "verify it and fill it with another pattern;"),
                Block::Item(
                    "share with a thread",
                    "another thread, with a duplicate of the descriptor and a mapping of its own, compares it at the same time;",
                ),
                Block::Item(
                    "share with a process",
                    "a child process gets the descriptor over a socket, compares the buffer, fills it with another pattern, and the job verifies that;",
                ),
                Block::Item("free", "verify it and let it go."),
                Block::Text(
                    "A new buffer holds zeros, which is verified where it could not be filled. Of ten descriptors one is read-only, and one cannot be read at all; half of them are close-on-exec. Every access is between the brackets of DMA_BUF_IOCTL_SYNC. Where --max-hold is a size, a job frees buffers before it goes beyond its share.",
                ),
                Block::Text(
                    "Operation n of job j depends on the seed, n and j, the number of heaps, the sizes and --max-hold, and on nothing that has happened. The processes are started before any thread is.",
                ),
            ],
        ),
        (
            "WHAT IS A FAILURE",
            &[
                Block::Text(
                    "ENOMEM, EMFILE, ENFILE, ENOBUFS, EAGAIN and ETOOMANYREFS mean that memory, files or threads are short: they are counted by errno, and the run goes on. Everything else ends it: another errno, a byte that differs (with what differs, where and how), a process that ends by itself.",
                ),
                Block::Text(
                    "In the end every descriptor that is open and was not before is named and is a failure, in this process and in its children; and so is every dma-buf of the run that no process holds, or this one. The buffers of a run have a name of their own (stress-PID-NUMBER), so that those that others allocate meanwhile are not taken for them. The kernel lists buffers for root only, in debugfs; without that list, and under dmaheap-sim(1), only descriptors are looked at.",
                ),
                Block::Text(
                    "A run that was given no buffer at all has tested nothing: status 4, unless a signal ended it.",
                ),
            ],
        ),
        (
            "REPORTS",
            &[
                Block::Text(
                    "A line each --report, and all figures of the run below them in the end. With --raw, --noheadings or --output the last report is one more line of the same columns; add REPORT to tell it from the others. With --json every report is an object on a line of its own.",
                ),
                Block::Text(
                    "No report is made while stdout takes nothing: the next one is about all of that time. The first signal stops the jobs, which look once more at what they hold; a second one ends everything at once.",
                ),
            ],
        ),
        (
            "THE BUDGET",
            &[Block::Text(
                "What may be held at once is compared with the memory budget of dmaheap-alloc(1) before anything is allocated, and refused if it is more, unless all heaps have a CMA area that the kernel reports: those run out by ENOMEM, which is counted. No more than 1048576 buffers can be held. While it runs, a request that is beyond what is available by then, as others take memory, too, is not sent, and counted as GUARDED.",
            )],
        ),
        (
            "EXAMPLES",
            &[
                Block::Text("A night on the camera's heap, a line a minute, for later:"),
                Block::Lines("dmaheap stress --heap cma --duration 8h --report 1m -J >night.json"),
                Block::Text("Does the check itself work?"),
                Block::Lines("dmaheap sim --fault flip-after=1000 -- dmaheap stress --seed 1"),
            ],
        ),
    ],
};
