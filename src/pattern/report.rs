//! What a verification found, to help find the broken wire.

use super::extents::Extent;
use serde::{Serialize, Serializer};
use std::fmt;

/// A comparison of a range with a pattern.
///
/// Words are those of the width that was asked for, else of 64 bits, at multiples of their size. A
/// range that begins or ends inside a word has part of one there: bytes outside count as equal and
/// print as zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// The first byte that was compared.
    pub offset: u64,
    /// Bytes that were compared.
    pub length: u64,
    /// The size of a word in bits.
    pub word_bits: u8,
    /// Words that were compared.
    pub words: u64,
    pub differing: u64,
    pub first: Option<Mismatch>,
    /// Every bit that is wrong in at least one word: `expected ^ got` of all of them, or'ed.
    pub xor: Word,
    /// Every bit that is wrong in each word that differs, as a stuck line makes it: and'ed.
    pub xor_common: Word,
    /// The runs of words that differ, as many as were asked for.
    pub extents: Vec<Extent>,
    /// How many runs follow those.
    pub more_extents: u64,
}

impl Report {
    /// Whether all words were as expected.
    pub(crate) const fn is_equal(&self) -> bool {
        self.differing == 0
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Mismatch {
    /// The first byte that differs.
    pub offset: u64,
    /// Page, counted from the beginning of the buffer.
    pub page: u64,
    pub offset_in_page: u64,
    pub word_offset: u64,
    pub expected: Word,
    pub got: Word,
    /// `expected ^ got`.
    pub xor: Word,
    /// The word in an access of its own, after all the rest had been compared: as expected means that the first load
    /// was stale or went wrong, the same again that the memory holds it. Nothing where it could not be read again.
    pub reread: Option<Word>,
}

/// A little-endian word; prints and serialises as `0x` and all its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub value: u64,
    /// Size: 8, 16, 32 or 64.
    pub bits: u8,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:#0width$x}", self.value, width = 2 + usize::from(self.bits) / 4))
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_show_all_their_digits() {
        assert_eq!(Word { value: 0xa, bits: 8 }.to_string(), "0x0a");
        assert_eq!(Word { value: 1 << 63, bits: 64 }.to_string(), "0x8000000000000000");
        assert_eq!(serde_json::to_string(&Word { value: 0, bits: 32 }).unwrap(), "\"0x00000000\"");
    }
}
