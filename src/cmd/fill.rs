//! `dmaheap fill`

use super::{Block, Manual, UsageError};
use crate::args::bytes::Bytes;
use crate::args::pattern::PatternChoice;
use crate::exit::Exit;
use crate::pattern::{self, Work};

/// Fill a buffer, or a part of it, with a pattern
///
/// The buffer is mapped and written between DMA_BUF_IOCTL_SYNC start and end. The descriptor has to be
/// open for reading and writing.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// What to write.
    #[command(flatten)]
    pub pattern: PatternChoice,

    /// Where to.
    #[command(flatten)]
    pub bytes: Bytes,
}

/// What the patterns are; verify has the same.
pub(crate) const PATTERNS: (&str, &[Block]) = (
    "PATTERNS",
    &[
        Block::Text(
            "Every byte depends on its offset in the buffer and on the seed, on nothing else: ranges, jobs, widths and machines agree. Words are little-endian everywhere. Without --seed the seed is 0.",
        ),
        Block::Item("zero, ones", "Bytes of 0x00, of 0xff. No seed."),
        Block::Item("byte=0xNN, word=0xNNNNNNNN", "This byte, this 32-bit word. No seed."),
        Block::Item(
            "checkerboard",
            "64-bit words 0x5555555555555555 and 0xaaaaaaaaaaaaaaaa in turn. An odd seed begins with the second.",
        ),
        Block::Item(
            "walking-ones, walking-zeros",
            "64-bit word i has only bit i mod 64, or lacks only that. The seed is added to i.",
        ),
        Block::Item("address", "Each 64-bit word its offset, xor the seed: finds aliases and swapped banks."),
        Block::Item("increment", "Each byte one more than the last. The seed is the first."),
        Block::Item("prbs31", "The pseudo-random bit sequence x^31 + x^28 + 1. The seed says where it begins."),
        Block::Item(
            "random",
            "Pseudo-random 64-bit words, the same on every version and machine: a generalised feedback shift register (x^89 + x^38 + 1), seeded anew by SplitMix64 every 8 KiB. Finds truncation, reordering, stale cache lines.",
        ),
        Block::Item("file=PATH", "Byte i is byte i of a file, which has to reach to the end of the range. No seed."),
    ],
);

/// The verb's page in the manual.
pub(crate) const MANUAL: Manual = Manual {
    verb: "fill",
    columns: Vec::new,
    sections: &[
        PATTERNS,
        (
            "EXAMPLES",
            &[
                Block::Text("Fill a buffer in one process, check it in another:"),
                Block::Lines(
                    "dmaheap exec -s 4M -- sh -c '\n    dmaheap fill -f 3 --pattern random --seed 7\n    ./driver-test 3\n    dmaheap verify -f 3 --pattern random --seed 7'",
                ),
            ],
        ),
    ],
};

/// Runs the verb.
///
/// # Errors
/// A buffer that is not there or cannot be written, a range outside it, memory that does not answer.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let chosen = args.pattern.chosen().map_err(UsageError)?;
    let region = args.bytes.open("fill")?;
    let source = chosen.open()?;
    let progress = region.progress(false);
    let add = |bytes| progress.add(bytes);
    let work =
        Work { range: region.range, jobs: args.pattern.jobs, progress: progress.is_shown().then_some(&add as _) };
    pattern::fill(&region.target(), &source, &work)?;
    Ok(Exit::Success)
}
