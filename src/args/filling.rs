//! Filling what is allocated, and checking it: `--fill` and `--verify` of the verbs that allocate.

use super::numbers::seed;
use super::pattern::{pattern, seeded};
use crate::pattern::{Jobs, Pattern, SeededPattern};
use clap::Args;

/// Options of verbs that allocate.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Fill")]
pub(crate) struct Filling {
    /// Fill the buffers with a pattern, as dmaheap-fill(1) does
    ///
    /// It can also be written --pattern.
    ///
    /// Example: --fill random, -P random
    #[arg(short = 'P', long, alias = "pattern", value_name = "PATTERN", value_parser = pattern())]
    pub fill: Option<Pattern>,

    /// Verify the pattern before freeing; status 3 if it differs
    ///
    /// Example: --fill address --verify
    #[arg(long, requires = "fill")]
    pub verify: bool,

    /// Seed the pattern
    ///
    /// Example: --fill random --seed 42
    #[arg(long, value_name = "N", requires = "fill", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,

    /// Fill and verify with this many threads
    ///
    /// Example: --fill prbs31 -j 4
    #[arg(short, long, value_name = "N", requires = "fill", default_value = "1", allow_hyphen_values = true)]
    pub jobs: Jobs,
}

impl Filling {
    pub(crate) fn seeded(&self) -> Result<Option<SeededPattern<'_>>, String> {
        self.fill.as_ref().map(|pattern| seeded(pattern, self.seed)).transpose()
    }
}
