//! Patterns that repeat: all of them within 64 words of 64 bits.

use super::kind::Pattern;

/// Words after which every pattern of this kind begins again.
pub(super) const PERIOD: usize = 64;

/// The words of one period, as they lie in memory; nothing for a pattern that does not repeat.
pub(super) fn period(pattern: &Pattern, seed: u64) -> Option<[u64; PERIOD]> {
    let word = |index: u64| -> Option<u64> {
        Some(match pattern {
            Pattern::Zero => 0,
            Pattern::Ones => u64::MAX,
            Pattern::Byte(byte) => u64::from_ne_bytes([*byte; 8]),
            Pattern::Word(word) => u64::from(*word) << 32 | u64::from(*word),
            Pattern::Checkerboard => 0x5555_5555_5555_5555 << (index.wrapping_add(seed) % 2),
            Pattern::WalkingOnes => walking(index, seed),
            Pattern::WalkingZeros => !walking(index, seed),
            Pattern::Increment => u64::from_le_bytes(std::array::from_fn(|byte| {
                // Modulo 256, as the pattern is.
                (seed as u8).wrapping_add((index as u8).wrapping_mul(8)).wrapping_add(byte as u8)
            })),
            Pattern::Address | Pattern::Prbs31 | Pattern::Random | Pattern::File(_) => return None,
        })
    };
    let mut words = [0; PERIOD];
    for (place, index) in words.iter_mut().zip(0..) {
        *place = word(index)?.to_le();
    }
    Some(words)
}

/// The byte of a pattern of one byte.
pub(super) const fn constant(pattern: &Pattern) -> Option<u8> {
    match pattern {
        Pattern::Zero => Some(0),
        Pattern::Ones => Some(0xff),
        Pattern::Byte(byte) => Some(*byte),
        _ => None,
    }
}

fn walking(index: u64, seed: u64) -> u64 {
    1 << (index.wrapping_add(seed) % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, seed: u64) -> [u64; PERIOD] {
        period(&text.parse().unwrap(), seed).unwrap().map(u64::from_le)
    }

    #[test]
    fn constants_are_their_byte() {
        for (text, byte) in [("zero", 0), ("ones", 0xff), ("byte=0x5a", 0x5a)] {
            assert_eq!(words(text, 9), [u64::from_ne_bytes([byte; 8]); PERIOD]);
            assert_eq!(constant(&text.parse().unwrap()), Some(byte));
        }
        assert_eq!(constant(&Pattern::Word(0)), None);
    }

    #[test]
    fn words_begin_with_their_lowest_byte() {
        assert_eq!(words("word=0x11223344", 9)[5].to_le_bytes(), [0x44, 0x33, 0x22, 0x11, 0x44, 0x33, 0x22, 0x11]);
        assert_eq!(words("increment", 0)[1].to_le_bytes(), [8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(words("increment", 0xfe)[0].to_le_bytes(), [0xfe, 0xff, 0, 1, 2, 3, 4, 5]);
        assert_eq!(words("increment", 0)[32], words("increment", 0)[0]);
    }

    #[test]
    fn the_checkerboard_turns_with_the_seed() {
        assert_eq!(words("checkerboard", 0)[..2], [0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa]);
        assert_eq!(words("checkerboard", 3)[..2], [0xaaaa_aaaa_aaaa_aaaa, 0x5555_5555_5555_5555]);
    }

    #[test]
    fn every_line_walks() {
        assert_eq!(words("walking-ones", 0)[..3], [1, 2, 4]);
        assert_eq!(words("walking-ones", 63)[..2], [1 << 63, 1]);
        assert_eq!(words("walking-zeros", 0)[63], !(1 << 63));
        assert_eq!(words("walking-ones", 5).iter().fold(0, |sum, word| sum | word), u64::MAX);
    }
}
