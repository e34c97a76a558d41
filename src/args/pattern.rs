//! How patterns are typed.

use super::numbers::seed;
use crate::pattern::{Jobs, Pattern, SeededPattern};
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

/// Options of the verbs that fill and verify.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pattern")]
pub(crate) struct PatternChoice {
    /// Choose the bytes: zero, ones, byte=0xNN, word=0xNNNNNNNN, checkerboard, walking-ones, walking-zeros,
    /// address, increment, prbs31, random, or file=PATH
    ///
    /// Each byte depends only on its offset in the buffer and on the seed, so any part of the buffer can be
    /// verified by itself. PATTERNS in the manual describes each of them.
    ///
    /// It can also be written --fill.
    ///
    /// Example: --pattern address, -P byte=0x5a, -P file=frame.raw
    #[arg(short = 'P', long, alias = "fill", value_name = "PATTERN", value_parser = pattern(), required = true)]
    pub pattern: Option<Pattern>,

    /// Seed the pattern; each seed gives different bytes
    ///
    /// Decimal or hexadecimal, 64 bits.
    ///
    /// Example: --pattern random --seed 42
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,

    /// Use this many threads
    ///
    /// Example: -j 4
    #[arg(short, long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub jobs: Jobs,
}

impl PatternChoice {
    pub(crate) fn seeded(&self) -> Result<SeededPattern<'_>, String> {
        seeded(self.pattern.as_ref().ok_or("--pattern is required")?, self.seed)
    }
}

pub(super) fn seeded(pattern: &Pattern, seed: Option<u64>) -> Result<SeededPattern<'_>, String> {
    SeededPattern::new(pattern, seed).map_err(|reason| format!("--seed: {reason}"))
}

/// A pattern; the path of `file=` need not be text.
pub(super) fn pattern() -> impl TypedValueParser<Value = Pattern> {
    OsStringValueParser::new().try_map(|text| Pattern::parse(&text))
}
