//! How patterns are typed.

use crate::error::Error;
use crate::pattern::{Jobs, Pattern, Source};
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
    /// Example: --pattern address, --pattern byte=0x5a, --pattern file=frame.raw
    #[arg(long, value_name = "PATTERN", value_parser = pattern(), required = true)]
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
    /// Example: --jobs 4
    #[arg(long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub jobs: Jobs,
}

/// A pattern with its seed.
#[derive(Debug)]
pub(crate) struct Chosen<'a> {
    /// The pattern.
    pub pattern: &'a Pattern,
    /// Its seed, if it has one.
    pub seed: Option<u64>,
}

impl PatternChoice {
    /// The pattern with its seed.
    ///
    /// # Errors
    /// A seed that the pattern does not have.
    pub(crate) fn chosen(&self) -> Result<Chosen<'_>, String> {
        let pattern = self.pattern.as_ref().ok_or("--pattern is required")?;
        Chosen::new(pattern, self.seed)
    }
}

impl<'a> Chosen<'a> {
    /// Refuses a seed that the pattern does not have.
    pub(super) fn new(pattern: &'a Pattern, seed: Option<u64>) -> Result<Self, String> {
        match (pattern.takes_seed(), seed) {
            (true, seed) => Ok(Self { pattern, seed: Some(seed.unwrap_or(0)) }),
            (false, None) => Ok(Self { pattern, seed: None }),
            (false, Some(_)) => Err(format!("--seed: the pattern {pattern} takes no seed")),
        }
    }

    /// Opens the pattern.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn open(&self) -> Result<Source, Error> {
        Source::open(self.pattern, self.seed.unwrap_or(0))
    }
}

/// A pattern; the path of `file=` need not be text.
pub(super) fn pattern() -> impl TypedValueParser<Value = Pattern> {
    OsStringValueParser::new().try_map(|text| Pattern::parse(&text))
}

/// A number of 64 bits.
///
/// # Errors
/// Says what is accepted.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    super::heap::number(text).ok_or_else(|| format!("'{text}' is not a 64-bit number; expected 42 or 0x2a"))
}
