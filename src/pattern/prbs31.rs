//! PRBS31, the pseudo-random bit sequence of x^31 + x^28 + 1 (ITU-T O.150, not inverted).
//!
//! Bit `n` is `x[n] = x[n - 31] ^ x[n - 28]`, and `x[0]` to `x[30]` are ones. It repeats after
//! 2^31 - 1 bits. With seed `s` the buffer begins with `x[s]`. Bit `n` of the buffer is bit `n` mod 8,
//! counted from the lowest, of byte `n / 8`.
//!
//! In the field of two elements a polynomial's square has the squares of its terms, so `x[n] = x[n - 31 * 64] ^ x[n -
//! 28 * 64]` holds as well: 64-bit words follow the recurrence that the bits follow. And the bits from `n` on are known
//! without those before them: `x^n` modulo the polynomial says which of the first 31 bits to add up.

use super::recurrence::continue_words;
use super::{SEGMENT, SEGMENT_WORDS};
use crate::sys::pattern::vector::{EIGHT, xor_eight};

/// Bits after which the sequence begins again.
pub(crate) const PERIOD: u64 = (1 << 31) - 1;

const LOW: u64 = PERIOD;

/// Makes the words of a segment of the buffer.
pub(super) fn segment(seed: u64, segment: u64, words: &mut [u64; SEGMENT_WORDS]) {
    // Below 2^31 each, so neither product nor sum leaves 64 bits.
    let first = (segment % PERIOD) * (SEGMENT * 8 % PERIOD) % PERIOD;
    let mut state = bits_at((first + seed % PERIOD) % PERIOD);
    for word in &mut words[..31] {
        *word = next_word(&mut state).to_le();
    }
    continue_words::<31, 28>(&mut words[..62]);
    continue_words::<62, 56>(words);
}

/// Makes of the words of a segment those of the next one, in a fraction of the time.
///
/// `w[n] = w[n - 31 * 32] ^ w[n - 28 * 32]`, and a segment later each word takes the place of the one 32 * 32 before:
/// those to add up lie 32 and 128 places further on, round the end.
pub(super) fn next_segment(words: &mut [u64; SEGMENT_WORDS]) {
    const { assert!(SEGMENT_WORDS == 32 * 32) };
    let mut at = 0;
    while at < SEGMENT_WORDS {
        xor_eight(words, at, (at + 32) % SEGMENT_WORDS, (at + 128) % SEGMENT_WORDS);
        at += EIGHT;
    }
}

/// Bits `position` to `position + 30` of the sequence, the first one lowest.
fn bits_at(position: u64) -> u64 {
    // Bits 0 to 61, of which bit i + k stands for x[i] moved on by k.
    let begin = extend(LOW);
    let sum = power(position);
    (0..31).fold(0, |bits, k| bits | u64::from((sum & begin >> k).count_ones() % 2) << k)
}

/// 31 bits of the sequence and the 28 that follow them, twice over: 62 bits and more.
const fn extend(bits: u64) -> u64 {
    let bits = bits | follow(bits) << 31;
    // The 28 bits that follow the 31 bits from 28 on.
    bits | follow(bits >> 28) << 59
}

/// The 28 bits that follow 31 given ones: `x[n + 31] = x[n] ^ x[n + 3]`.
const fn follow(bits: u64) -> u64 {
    (bits ^ bits >> 3) & ((1 << 28) - 1)
}

/// The next 64 bits of the sequence, of which `state` has the first 31; it then has the 31 after them.
fn next_word(state: &mut u64) -> u64 {
    let mut word = 0;
    for (at, bits) in [(0, 28), (28, 28), (56, 8)] {
        let known = *state | follow(*state) << 31;
        word |= (known & ((1 << bits) - 1)) << at;
        *state = known >> bits & LOW;
    }
    word
}

/// `x^exponent` modulo `x^31 + x^3 + 1`, which is what `x[n + 31] = x[n + 3] ^ x[n]` says of a shift.
fn power(exponent: u64) -> u64 {
    SQUARES
        .iter()
        .enumerate()
        .filter(|(bit, _)| exponent >> bit & 1 == 1)
        .fold(1, |sum, (_, square)| times(sum, *square))
}

/// x^1, x^2, x^4, … x^(2^30).
static SQUARES: [u64; 31] = {
    let mut squares = [2; 31];
    let mut bit = 1;
    while bit < squares.len() {
        squares[bit] = times(squares[bit - 1], squares[bit - 1]);
        bit += 1;
    }
    squares
};

/// The product of two polynomials modulo x^31 + x^3 + 1.
const fn times(a: u64, b: u64) -> u64 {
    let mut product = 0;
    let mut bit = 0;
    while bit < 31 {
        product ^= (a << bit) & (b >> bit & 1).wrapping_neg();
        bit += 1;
    }
    reduce(reduce(product))
}

/// Folds the terms from x^31 on, each by x^31 = x^3 + 1. Twice takes away all of a product.
const fn reduce(product: u64) -> u64 {
    let high = product >> 31;
    (product & LOW) ^ high ^ high << 3
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, bit by bit.
    fn bits() -> impl Iterator<Item = bool> {
        let mut last = [true; 31];
        (0..).map(move |n| {
            let bit = last[n % 31];
            // x[n + 31] = x[n] ^ x[n + 3] takes the place of x[n].
            last[n % 31] ^= last[(n + 3) % 31];
            bit
        })
    }

    fn words(seed: u64, at: u64) -> Box<[u64; SEGMENT_WORDS]> {
        let mut words = Box::new([0; SEGMENT_WORDS]);
        segment(seed, at, &mut words);
        words
    }

    #[test]
    fn the_definition_is_the_recurrence() {
        let bits: Vec<bool> = bits().take(1000).collect();
        assert!(bits[..31].iter().all(|bit| *bit));
        assert!((31..1000).all(|n| bits[n] == bits[n - 31] ^ bits[n - 28]));
    }

    #[test]
    fn segments_follow_the_definition() {
        let expected: Vec<bool> = bits().take(3 * SEGMENT_WORDS * 64 + 100).collect();
        for seed in [0_usize, 1, 30, 31, 99] {
            for at in 0..3 {
                let words = words(seed as u64, at as u64);
                for (n, word) in words.iter().enumerate() {
                    for bit in 0..64 {
                        let place = seed + (at * SEGMENT_WORDS + n) * 64 + bit;
                        assert_eq!(u64::from_le(*word) >> bit & 1 == 1, expected[place], "seed {seed} bit {place}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_words_are_these() {
        // Written down once by a bit-by-bit program in another language.
        assert_eq!(words(0, 0)[..4].iter().map(|word| u64::from_le(*word)).collect::<Vec<_>>(), GOLDEN);
    }
    const GOLDEN: [u64; 4] =
        [0x3800_0000_7fff_ffff, 0x0e38_0000_1f80_0000, 0x0380_3800_07ff_8000, 0x80e3_8e38_01f8_1f80];

    #[test]
    fn it_repeats_after_its_period_and_not_before() {
        assert_eq!(bits_at(PERIOD), bits_at(0));
        assert_eq!(power(PERIOD), 1);
        // 2^31 - 1 is prime, so an order that divides it is 1 or all of it.
        assert_ne!(power(1), 1);
        assert_eq!(words(PERIOD, 5), words(0, 5));
        assert_eq!(words(u64::MAX, 0), words(u64::MAX % PERIOD, 0));
    }

    #[test]
    fn segments_far_out_follow_their_predecessors() {
        // The bits of a segment continue where the one before stopped, also beyond 2^61 bytes.
        for at in [1 << 20, (1 << 46) + 12345, u64::MAX / SEGMENT - 1] {
            let (before, after) = (words(7, at), words(7, at + 1));
            assert_eq!(after[0], before[SEGMENT_WORDS - 31] ^ before[SEGMENT_WORDS - 28]);
            assert_eq!(after[27], before[SEGMENT_WORDS - 4] ^ before[SEGMENT_WORDS - 1]);
            let mut next = before;
            next_segment(&mut next);
            assert_eq!(next, after);
        }
    }
}
