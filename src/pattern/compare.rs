//! Which words of a piece differ. Runs only where something does.

use super::extents::Extents;
use super::report::{Mismatch, Report, Word};
use crate::dmabuf::range::ByteRange;
use crate::sys::system::page_size;

/// The findings of one job, in the order of the offsets.
#[derive(Debug)]
pub(super) struct Findings {
    word_bytes: u64,
    differing: u64,
    first: Option<First>,
    any: u64,
    common: u64,
    extents: Extents,
}

#[derive(Clone, Copy, Debug)]
struct First {
    word_offset: u64,
    expected: u64,
    got: u64,
}

impl Findings {
    /// Nothing differs yet. Words have `word_bytes` bytes, 8 at most.
    pub(super) fn new(word_bytes: u64, extents: usize) -> Self {
        Self { word_bytes, differing: 0, first: None, any: 0, common: u64::MAX, extents: Extents::new(extents) }
    }

    /// Compares the bytes of `piece`, word by word. Pieces come in order and share no word.
    pub(super) fn compare(&mut self, piece: ByteRange, expected: &[u8], got: &[u8]) {
        for word in piece.pieces(self.word_bytes) {
            // Positions in the piece, which is a slice, so they fit.
            let begin = (word.offset() - piece.offset()) as usize;
            let bytes = begin..begin + word.length() as usize;
            if expected[bytes.clone()] != got[bytes.clone()] {
                self.add_difference(word, &expected[bytes.clone()], &got[bytes]);
            }
        }
    }

    fn add_difference(&mut self, word: ByteRange, expected: &[u8], got: &[u8]) {
        let (expected, got) = (self.value(word, expected), self.value(word, got));
        let word_offset = word.offset() - word.offset() % self.word_bytes;
        self.differing += 1;
        self.first.get_or_insert(First { word_offset, expected, got });
        self.any |= expected ^ got;
        self.common &= expected ^ got;
        self.extents.add(word.offset(), word.length());
    }

    /// The value of a word, of which `bytes` are those that lie in the range.
    fn value(&self, word: ByteRange, bytes: &[u8]) -> u64 {
        let mut memory = [0; 8];
        let begin = (word.offset() % self.word_bytes) as usize;
        memory[begin..begin + bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(memory)
    }

    /// Adds what the job after this one found.
    pub(super) fn append(&mut self, later: Self) {
        self.differing += later.differing;
        self.first = self.first.or(later.first);
        self.any |= later.any;
        self.common &= later.common;
        self.extents.append(later.extents);
    }

    /// The report on `range`, all of which was compared.
    pub(super) fn report(self, range: ByteRange) -> Report {
        let bits = (self.word_bytes * 8) as u8;
        let word = |value| Word { value, bits };
        let first = self.first.map(|First { word_offset, expected, got }| {
            let offset = word_offset + u64::from((expected ^ got).trailing_zeros()) / 8;
            let page = page_size();
            Mismatch {
                offset,
                page: offset / page,
                offset_in_page: offset % page,
                word_offset,
                expected: word(expected),
                got: word(got),
                xor: word(expected ^ got),
                reread: None,
            }
        });
        let common = if self.differing == 0 { 0 } else { self.common };
        let (extents, more_extents) = self.extents.finish();
        Report {
            offset: range.offset(),
            length: range.length(),
            word_bits: bits,
            words: range.end().div_ceil(self.word_bytes) - range.offset() / self.word_bytes,
            differing: self.differing,
            first,
            xor: word(self.any),
            xor_common: word(common),
            extents,
            more_extents,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Extent;

    fn compare(word_bytes: u64, offset: u64, expected: &[u8], got: &[u8]) -> Report {
        let piece = ByteRange::from_parts(offset, got.len() as u64);
        let mut findings = Findings::new(word_bytes, 8);
        findings.compare(piece, expected, got);
        findings.report(piece)
    }

    #[test]
    fn the_first_byte_and_its_word_are_named() {
        let report = compare(4, 100, &[0; 12], &[0, 0, 0, 0, 0, 0x80, 0x01, 0, 0, 0, 0, 0x40]);
        let first = report.first.unwrap();
        assert_eq!((first.offset, first.word_offset), (105, 104));
        assert_eq!(first.got.to_string(), "0x00018000");
        assert_eq!((report.words, report.differing), (3, 2));
        assert_eq!(report.xor.value, 0x4001_8000);
        assert_eq!(report.xor_common.value, 0);
        assert_eq!(report.extents, [Extent { offset: 104, length: 8 }]);
    }

    #[test]
    fn a_stuck_bit_is_common_to_all() {
        let report = compare(1, 0, &[0, 3, 1, 0], &[4, 4, 5, 0]);
        assert_eq!((report.xor.value, report.xor_common.value), (7, 4));
    }

    #[test]
    fn bytes_outside_the_range_count_as_equal() {
        // Bytes 6 and 7 of the first word, byte 0 of the second.
        let report = compare(8, 6, &[1, 2, 3], &[1, 2, 0x13]);
        assert_eq!((report.words, report.differing), (2, 1));
        let first = report.first.unwrap();
        assert_eq!((first.offset, first.expected.value, first.got.value), (8, 0x03, 0x13));
        let report = compare(8, 6, &[1, 2, 3], &[0x11, 2, 3]);
        let first = report.first.unwrap();
        assert_eq!((first.offset, first.word_offset, first.got.value), (6, 0, 0x0211_0000_0000_0000));
        assert_eq!(report.extents, [Extent { offset: 6, length: 2 }]);
    }

    #[test]
    fn the_page_is_that_of_the_byte() {
        let page = page_size();
        let first =
            compare(8, page * 3 - 8, &[0; 16], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]).first.unwrap();
        assert_eq!((first.page, first.offset_in_page), (3, 1));
    }

    #[test]
    fn equal_bytes_have_no_difference() {
        let report = compare(8, 0, &[5; 24], &[5; 24]);
        assert!(report.is_equal());
        assert_eq!((report.first, report.xor.value, report.xor_common.value), (None, 0, 0));
    }
}
