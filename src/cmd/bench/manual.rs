//! The verb's page in the manual.

use super::columns::COLUMNS;
use crate::cmd::{Block, Manual};
use crate::ui::column::headings;

/// The verb's page in the manual.
pub(crate) const MANUAL: Manual = Manual {
    verb: "bench",
    columns: || headings(COLUMNS),
    sections: &[
        (
            "STEPS",
            &[
                Block::Text(
                    "The first five are latencies: the time of one call, measured once in the life of each buffer. Times are nanoseconds.",
                ),
                Block::Item("allocate", "DMA_HEAP_IOCTL_ALLOC, O_RDWR|O_CLOEXEC."),
                Block::Item(
                    "touch",
                    "mmap(2) of all of it, shared, for reading and writing, and then a write to the first byte of each page. The system heap maps all pages at once in mmap; CMA heaps have a fault a page.",
                ),
                Block::Item(
                    "sync-start, sync-end",
                    "DMA_BUF_IOCTL_SYNC with SYNC_RW. With no device attached the kernel has no caches to maintain, so that this is the call alone.",
                ),
                Block::Item(
                    "close",
                    "close(2) after munmap(2): the last reference goes, and the kernel frees the memory before it returns.",
                ),
                Block::Text(
                    "The other three are bandwidths: passes over one buffer that is mapped and touched, between a sync start and end. P50 and the like are the times of a pass; RATE is bytes per second, of all jobs together. RATIO is the result: RATE by BASELINE, which is the same work on anonymous memory of the same size, in the same round, right before; of both the quickest of three turns. 1 is as fast as ordinary memory; a buffer that is not cached has much less. Buffers below 1 MiB are passed over until 1 MiB is moved between two stamps, and each of those passes counts with their mean.",
                ),
                Block::Item("fill", "memset(3) of the buffer. Baseline: memset."),
                Block::Item("copy", "memcpy(3) out of the buffer. Baseline: memcpy."),
                Block::Item(
                    "verify",
                    "Copies 8 KiB at a time out of the buffer and compares them with what it was filled with, as dmaheap-verify(1) does. Baseline: memcpy.",
                ),
                Block::Text(
                    "A page or two are hardly comparable: what lies behind a mapping in the address space matters there. Where nothing does, x86 processors were measured to take 60 ns longer to set the last page, which doubles the time of a fill of 4 KiB and is not seen from 64 KiB on.",
                ),
            ],
        ),
        (
            "THE RUN",
            &[
                Block::Text(
                    "A run has 20 rounds, or as many as --iterations if that is less. Each round goes through all heaps and sizes, so that whatever disturbs the machine for a while disturbs all of them. With --jobs all threads do the same at the same time, each with a buffer of its own.",
                ),
                Block::Text(
                    "Stamps are CLOCK_MONOTONIC_RAW, which no NTP daemon slews. Between two of them stands the call and nothing else: no other call, no allocation. A time holds the cost of one stamp, about 20 ns where the vDSO can read the clock source. Where it cannot, a stamp is a system call; that is measured before the run and told on stderr, with what it costs. Quantiles are exact to three digits; COUNT, MIN, MEAN and MAX are exact.",
                ),
                Block::Text(
                    "On SIGHUP, SIGINT, SIGQUIT or SIGTERM the run ends, what was measured until then is printed, no file is written, and the status is 128 + n. Nothing stays allocated.",
                ),
            ],
        ),
        (
            "COMPARISON",
            &[
                Block::Text(
                    "Each round has a value of its own: the median time of a latency, the ratio of a bandwidth. How they are spread is what a machine makes of one and the same thing, but not all of it: a mood that lasts longer than a run (where the scheduler has put a thread, how fast the clock is, what else runs, which pages were free) is in all of its rounds. So a difference has to be larger than their spread, and to stay.",
                ),
                Block::Item(
                    "slower, faster",
                    "No round of the one run reaches any round of the other: the quickest is slower than the slowest was, or the other way round. CHANGE is above 1.25, or below 1 / 1.25: by so much runs of the same kernel on the same machine were seen to differ in all rounds, by where memory and code happened to lie. It is 3 instead of 1.25 for latencies under dmaheap-sim(1), where what is measured are two processes: whether they shared a CPU, and whether it slept, was seen to make 2.4 of it. The medians of a latency are further apart than a stamp costs. And all of this holds when all rounds have been measured once more, which is done, and told on stderr, whenever something seems changed; the results are then those of all rounds together.",
                ),
                Block::Item("same", "One of these does not hold: no difference beyond the noise."),
                Block::Item(
                    "unclear",
                    "One of the runs has less than five rounds. That all of five lie on one side of another five by chance happens once in 126 times; of 20 and 20, never.",
                ),
                Block::Item("new", "The earlier run does not have it."),
                Block::Item(
                    "gone",
                    "The earlier run has it, and it cannot be done now: buffers that could be mapped cannot any more.",
                ),
                Block::Text(
                    "CHANGE is how many times as long it takes now: P50 by the earlier P50, and of a bandwidth the earlier RATIO by this one. Above 1 is slower. The status is 1 if anything is slower or gone. A step that neither run could make has no verdict. One round that was disturbed, in either run, can hide a small change of a figure: a longer run, --pin and a quiet machine make the spread smaller. CHANGE shows what is too small for a verdict; whether it stays is seen by saving several runs of each. A machine that has another clock frequency or another load in all of the second run is really slower, and shows so: look at the figures that should not have changed. The file can be of another machine or kernel; what makes the conditions unlike is told on stderr.",
                ),
            ],
        ),
        (
            "FILES",
            &[Block::Text(
                "--save writes JSON: dmaheap-bench, the version of its format (1), run, and a line a figure with the times at 15 percentiles and the value of each round. Another format is refused. Both files are tried before the run and replaced as a whole after it: on an error what was there is still there. FILE has to be a regular file or not there yet.",
            )],
        ),
        (
            "EXAMPLES",
            &[
                Block::Text("Before and after a change of the driver:"),
                Block::Lines(
                    "dmaheap bench --heap camera --pin 2 --save before.json\n# ... the other kernel ...\ndmaheap bench --heap camera --pin 2 --compare before.json --plot change.svg",
                ),
                Block::Text("Is the memory of this heap cached?"),
                Block::Lines("dmaheap bench --heap camera -s 8M -n -o STEP,RATIO"),
                Block::Text("How far does allocation scale?"),
                Block::Lines("for n in 1 2 4; do dmaheap bench -s 1M -j $n -J | jq '.rows[0].p50_ns'; done"),
            ],
        ),
    ],
};
