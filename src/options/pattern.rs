//! How patterns are typed.

use crate::pattern::{Jobs, Pattern, Source};
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

/// Options of the verbs that fill and verify.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pattern")]
pub struct PatternChoice {
    /// What the bytes are: zero, ones, byte=0xNN, word=0xNNNNNNNN, checkerboard, walking-ones,
    /// walking-zeros, address, increment, prbs31, random, or file=PATH
    ///
    /// Each byte depends on its offset in the buffer and on the seed only, so any part of what was
    /// filled can be verified. PATTERNS in the manual tells them apart.
    ///
    /// Example: --pattern address, --pattern byte=0x5a, --pattern file=frame.raw
    #[arg(long, value_name = "PATTERN", value_parser = pattern())]
    pub pattern: Pattern,

    /// Seed of the pattern: another one makes other bytes
    ///
    /// Decimal or hexadecimal, 64 bits.
    ///
    /// Example: --pattern random --seed 42
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,

    /// Number of threads
    ///
    /// Example: --jobs 4
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub jobs: Jobs,
}

impl PatternChoice {
    /// Refuses a seed that the pattern does not have.
    ///
    /// # Errors
    /// Says so.
    pub fn check(&self) -> Result<(), String> {
        check_seed(&self.pattern, self.seed)
    }

    /// Opens the pattern.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(&self) -> Result<Source, crate::error::Error> {
        Source::open(&self.pattern, self.seed.unwrap_or(0))
    }

    /// The seed, where the pattern has one.
    #[must_use]
    pub fn effective_seed(&self) -> Option<u64> {
        self.pattern.takes_seed().then(|| self.seed.unwrap_or(0))
    }
}

/// Refuses a seed of a pattern that has none.
pub(super) fn check_seed(pattern: &Pattern, seed: Option<u64>) -> Result<(), String> {
    match seed {
        Some(_) if !pattern.takes_seed() => Err(format!("--seed: the pattern {pattern} has no seed")),
        _ => Ok(()),
    }
}

/// A pattern; the path of `file=` need not be text.
pub(super) fn pattern() -> impl TypedValueParser<Value = Pattern> {
    OsStringValueParser::new().try_map(|text| Pattern::parse(&text))
}

/// A number of 64 bits.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    super::heap::number(text).ok_or_else(|| format!("'{text}' is no number of 64 bits; write 42 or 0x2a"))
}
