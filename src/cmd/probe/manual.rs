//! The verb's page in the manual.

use super::columns::COLUMNS;
use crate::cmd::{Block, Manual};
use crate::probe::cases::GROUPS;
use crate::ui::column::headings;

/// How many groups and cases there are, which are an item each.
const COUNT: usize = {
    let (mut group, mut count) = (0, 0);
    while group < GROUPS.len() {
        count += GROUPS[group].cases.len() + 1;
        group += 1;
    }
    count
};

/// Every group and every case, from the table.
const CASES: [Block; COUNT] = {
    let mut blocks = [Block::Text(""); COUNT];
    let (mut group, mut case, mut to) = (0, 0, 0);
    while group < GROUPS.len() {
        if case == 0 {
            blocks[to] = Block::Item(GROUPS[group].name, GROUPS[group].about);
            to += 1;
        }
        if case < GROUPS[group].cases.len() {
            blocks[to] = Block::Item(GROUPS[group].cases[case].id, GROUPS[group].cases[case].sends);
            (case, to) = (case + 1, to + 1);
        }
        if case == GROUPS[group].cases.len() {
            (group, case) = (group + 1, 0);
        }
    }
    blocks
};

/// The verb's page in the manual.
pub(crate) const MANUAL: Manual = Manual {
    verb: "probe",
    columns: || headings(COLUMNS),
    sections: &[
        (
            "VERDICTS",
            &[
                Block::Item("ok", "The kernel answered as it has to."),
                Block::Item("fail", "It did not: the request, the expected and the real outcome are printed."),
                Block::Item("skip", "The case could not be tried here, for the reason that is printed."),
                Block::Item(
                    "known",
                    "The kernel deviates in a way that is known: by --expect, or because it is older than the fix of 2026 (\"dma-buf: dma-heap: don't publish fd before copy_to_user() succeeds\", in 7.3 and in late 7.2.y and 6.12.y). Before that fix a struct that cannot be written back costs a descriptor, and a refused request ends in EFAULT.",
                ),
                Block::Text(
                    "The status is 1 if a case failed, with --strict also if one is known or a heap could not be opened, 4 if nothing could be tried, else 0.",
                ),
            ],
        ),
        (
            "OUTCOMES",
            &[
                Block::Item("ok, done", "Success: with a buffer, without one."),
                Block::Item("EINVAL ...", "The error."),
                Block::Item(
                    "+hidden_fd",
                    "Success, but the descriptor was told to nobody: by the request itself, or by one that prepared the case.",
                ),
                Block::Item("+lost_fd", "An error, and a descriptor all the same."),
                Block::Item(
                    "+struct_changed, +overrun",
                    "Bytes were written in the struct, or beside it, that had to stay.",
                ),
                Block::Item("+buffer_left", "debugfs shows a new dma-buf, although the process has ended."),
                Block::Item(
                    "killed SIGNAL, timeout, crash, stuck",
                    "What became of the process that sent the request.",
                ),
            ],
        ),
        (
            "SUCCESS THAT LOSES A DESCRIPTOR",
            &[
                Block::Text(
                    "Mainline looks at nothing but the number of a request, so there are two ways in which it says \"ok\" and leaves a descriptor open that the caller does not know of. They are expected here (ok+hidden_fd), because every mainline kernel does so:",
                ),
                Block::Item(
                    "a request that only writes",
                    "_IOW('H', 0, ...) copies the struct in and nothing out. DMA_BUF_IOCTL_SYNC is such a request: sent to a heap instead of a buffer, its flags are taken for a length, a buffer of a page is allocated, and the call returns 0.",
                ),
                Block::Item(
                    "a request that is too short",
                    "One of less than 12 bytes has no room for the descriptor, or for a part of it only.",
                ),
            ],
        ),
        (
            "HARM",
            &[Block::Text(
                "No case asks for more than 1 MiB at once but those of the group unsafe, which need --unsafe. Requests that change a file or its file system (FIFREEZE, FITHAW, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, FICLONE, FICLONERANGE, FIDEDUPERANGE) are never sent. Nothing is written but the file of --junit.",
            )],
        ),
        ("CASES", &CASES),
        (
            "EXAMPLES",
            &[
                Block::Text("Everything, for a laboratory:"),
                Block::Lines("dmaheap probe --format ktap --junit probe.xml"),
                Block::Text("What does this driver make of pointers?"),
                Block::Lines("dmaheap probe --heap camera --group pointer -v"),
                Block::Text("A real run, on Debian's 6.12 kernel:"),
                Block::Lines(RUN),
            ],
        ),
    ],
};

/// What `dmaheap probe` printed in the virtual machine.
const RUN: &str = include_str!("run.txt");
