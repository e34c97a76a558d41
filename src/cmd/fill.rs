//! `dmaheap fill`

use super::region::Region;
use super::{Manual, UsageError};
use crate::args::bytes::Bytes;
use crate::args::pattern::PatternChoice;
use crate::dmabuf::sync::Direction;
use crate::exit::Exit;
use crate::pattern;

/// Fill a buffer, or a part of it, with a pattern
///
/// The buffer is mapped and written between DMA_BUF_IOCTL_SYNC start and end. The descriptor must be open for
/// reading and writing.
#[derive(clap::Args, Clone, Debug)]
#[command(override_usage = "dmaheap fill [OPTIONS] -P <PATTERN> <-f <N>|--from-socket <SOCKET>>")]
pub(crate) struct Args {
    #[command(flatten)]
    pub pattern: PatternChoice,

    #[command(flatten)]
    pub bytes: Bytes,
}

pub(crate) const MANUAL: Manual = Manual {
    verb: "fill",
    columns: Vec::new,
    prose: || concat!(include_str!("patterns.md"), "\n", include_str!("fill.md")).into(),
};

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let pattern = args.pattern.seeded().map_err(UsageError)?;
    let region = Region::open(&args.bytes, "fill", Direction::Write)?;
    region.work(&pattern, args.pattern.jobs, pattern::fill)?;
    Ok(Exit::Success)
}
