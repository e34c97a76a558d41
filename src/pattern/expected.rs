//! The bytes that a pattern has in a range, a segment at a time.

use super::periodic::PERIOD;
use super::source::{Source, SourceKind};
use super::{SEGMENT, SEGMENT_WORDS, prbs31, random};
use crate::dmabuf::range::ByteRange;
use crate::error::Error;
use crate::sys::pattern::vector::xor_all;
use crate::sys::pattern::words;

/// Makes the bytes of a pattern in a block of its own. Each thread has one.
#[derive(Debug)]
pub(crate) struct Expected<'source> {
    source: &'source Source,
    words: Box<[u64; SEGMENT_WORDS]>,
    /// The segment that `words` are of.
    held: Option<u64>,
}

impl<'source> Expected<'source> {
    pub(crate) fn new(source: &'source Source) -> Self {
        Self { source, words: Box::new([0; SEGMENT_WORDS]), held: None }
    }

    /// The bytes of `piece`, which lies within one segment.
    pub(crate) fn at(&mut self, piece: ByteRange) -> Result<&[u8], Error> {
        let segment = piece.offset() / SEGMENT;
        debug_assert_eq!(segment, (piece.end() - 1) / SEGMENT, "a piece within one segment");
        // Both are at most SEGMENT, and so is their sum.
        let (begin, length) = ((piece.offset() % SEGMENT) as usize, piece.length() as usize);
        let bytes = begin..begin + length;
        match &self.source.content {
            SourceKind::File(contents) => {
                contents.read(piece.offset(), &mut words::as_bytes_mut(&mut *self.words)[bytes.clone()])?;
            }
            content => {
                if self.held != Some(segment) {
                    make(content, self.held, segment, &mut self.words);
                    self.held = Some(segment);
                }
            }
        }
        Ok(&words::as_bytes(&*self.words)[bytes])
    }
}

/// Makes the words of a segment, as they lie in memory, where those of the segment `held` lie now.
fn make(content: &SourceKind, held: Option<u64>, segment: u64, words: &mut [u64; SEGMENT_WORDS]) {
    match (content, held) {
        // A segment is a multiple of the period: all are alike.
        (SourceKind::Periodic { .. }, Some(_)) => {}
        (SourceKind::Periodic { words: period, .. }, None) => {
            for words in words.chunks_exact_mut(PERIOD) {
                words.copy_from_slice(&**period);
            }
        }
        (SourceKind::Address(_), Some(held)) => move_addresses(held, segment, words),
        (SourceKind::Address(seed), None) => address(*seed, segment, words),
        (SourceKind::Prbs31(_), Some(held)) if held + 1 == segment => prbs31::next_segment(words),
        (SourceKind::Prbs31(seed), _) => prbs31::segment(*seed, segment, words),
        (SourceKind::Random(seed), _) => random::segment(*seed, segment, words),
        // Read piece by piece instead.
        (SourceKind::File(_), _) => {}
    }
}

fn address(seed: u64, segment: u64, words: &mut [u64; SEGMENT_WORDS]) {
    let first = segment * SEGMENT;
    for (index, word) in words.iter_mut().enumerate() {
        *word = ((first + index as u64 * 8) ^ seed).to_le();
    }
}

/// Makes of the addresses in the segment `from` those in `to`, in a fraction of the time: only the bits above
/// those of an offset in a segment are others.
fn move_addresses(from: u64, to: u64, words: &mut [u64; SEGMENT_WORDS]) {
    const { assert!(SEGMENT.is_power_of_two()) };
    xor_all(words, ((from * SEGMENT) ^ (to * SEGMENT)).to_le());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;
    use proptest::prelude::*;

    fn bytes(pattern: &Pattern, seed: u64, offset: u64, length: u64) -> Vec<u8> {
        let source = Source::open(pattern, seed).unwrap();
        let mut expected = Expected::new(&source);
        let pieces = ByteRange::from_parts(offset, length).pieces(SEGMENT);
        pieces.flat_map(|piece| expected.at(piece).unwrap().to_vec()).collect()
    }

    #[test]
    fn an_address_is_the_offset_of_its_word() {
        let at = SEGMENT + 16;
        assert_eq!(bytes(&Pattern::Address, 0, at, 16), [at.to_le_bytes(), (at + 8).to_le_bytes()].concat());
        assert_eq!(bytes(&Pattern::Address, 0xff << 56, 0, 8), [0, 0, 0, 0, 0, 0, 0, 0xff]);
    }

    #[test]
    fn a_file_is_its_bytes() {
        let content: Vec<u8> = (0..SEGMENT * 2).map(|byte| (byte * 7 / 5) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &content).unwrap();
        let pattern = Pattern::File(file.path().to_owned());
        assert_eq!(bytes(&pattern, 0, 8_001, 1000), content[8_001..9_001]);
    }

    fn patterns() -> impl Strategy<Value = Pattern> {
        prop_oneof![
            Just(Pattern::Ones),
            any::<u8>().prop_map(Pattern::Byte),
            any::<u32>().prop_map(Pattern::Word),
            Just(Pattern::Checkerboard),
            Just(Pattern::WalkingOnes),
            Just(Pattern::WalkingZeros),
            Just(Pattern::Address),
            Just(Pattern::Increment),
            Just(Pattern::Prbs31),
            Just(Pattern::Random),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_byte_depends_on_its_offset_only(
            pattern in patterns(),
            seed: u64,
            offset in 0..3 * SEGMENT,
            length in 1..2 * SEGMENT,
            skip: u64,
        ) {
            let skip = skip % length;
            let all = bytes(&pattern, seed, offset, length);
            prop_assert_eq!(all.len() as u64, length);
            prop_assert_eq!(&all[skip as usize..], &bytes(&pattern, seed, offset + skip, length - skip)[..]);
        }
    }
}
