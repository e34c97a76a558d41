//! `dmaheap fill`

use super::{Manual, UsageError};
use crate::args::bytes::Bytes;
use crate::args::pattern::PatternChoice;
use crate::exit::Exit;
use crate::pattern::{self, Work};

/// Fill a buffer, or a part of it, with a pattern
///
/// The buffer is mapped and written between DMA_BUF_IOCTL_SYNC start and end. The descriptor must be open for
/// reading and writing.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// What to write.
    #[command(flatten)]
    pub pattern: PatternChoice,

    /// Where to.
    #[command(flatten)]
    pub bytes: Bytes,
}

/// The verb's page in the manual.
pub(crate) const MANUAL: Manual = Manual {
    verb: "fill",
    columns: Vec::new,
    prose: || concat!(include_str!("patterns.md"), "\n", include_str!("fill.md")).into(),
};

/// Runs the verb.
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
