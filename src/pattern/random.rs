//! `random`: a generalised feedback shift register, seeded again in each segment by SplitMix64.
//!
//! The buffer is cut into segments of 1024 64-bit words (8 KiB). In segment `k` the first 89 words
//! are the outputs number `89 * k` to `89 * k + 88` of SplitMix64 (Steele, Lea, Flood 2014) with the
//! seed as its first state; every later word is `w[n] = w[n - 89] ^ w[n - 38]`, the GFSR (Lewis and
//! Payne 1973) of the primitive trinomial x^89 + x^38 + 1.
//!
//! Output `i` of SplitMix64 is `mix(seed + (i + 1) * 0x9e3779b97f4a7c15)`, modulo 2^64, where `mix(z)` is
//!
//! ```text
//! z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
//! z = (z ^ (z >> 27)) * 0x94d049bb133111eb
//! z ^ (z >> 31)
//! ```
//!
//! So most words need no multiplication, which vectors of 64-bit words lack, any segment can be made by itself, and no
//! two segments are alike. It is for finding bytes that were lost, moved, swapped or left over from before; it is not a
//! source of secrets.

use super::SEGMENT_WORDS;
use super::recurrence::continue_words;

const LONG: usize = 89;
const SHORT: usize = 38;
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Makes the words of a segment of the buffer.
pub(super) fn segment(seed: u64, segment: u64, words: &mut [u64; SEGMENT_WORDS]) {
    // A segment has far more bytes than words that seed it: no overflow.
    let first = segment * LONG as u64;
    let mut at = 0;
    // As in `recurrence`: every segment begins with this.
    while at < LONG {
        words[at] = splitmix64(seed, first + at as u64).to_le();
        at += 1;
    }
    continue_words::<LONG, SHORT>(&mut words[..2 * LONG]);
    continue_words::<{ 2 * LONG }, { 2 * SHORT }>(words);
}

/// Output number `index`, counted from 0, of SplitMix64 that begins with `seed`.
#[inline(always)]
fn splitmix64(seed: u64, index: u64) -> u64 {
    let z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(GAMMA));
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(seed: u64, at: u64) -> Vec<u64> {
        let mut words = [0; SEGMENT_WORDS];
        segment(seed, at, &mut words);
        words.map(u64::from_le).to_vec()
    }

    #[test]
    fn the_seeds_are_splitmix64() {
        // The first five outputs for 1234567, as published with the reference implementation.
        let published =
            [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        assert_eq!(words(1234567, 0)[..5], published);
        // And the first for 0.
        assert_eq!(words(0, 0)[0], 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn the_rest_is_the_recurrence() {
        let words = words(42, 9);
        assert!((LONG..SEGMENT_WORDS).all(|n| words[n] == words[n - 89] ^ words[n - 38]));
    }

    #[test]
    fn a_segment_continues_the_seeds_of_the_one_before() {
        assert_eq!(words(3, 1)[0], splitmix64(3, 89));
        assert_eq!(words(3, 2)[88], splitmix64(3, 266));
        assert_ne!(words(3, 1), words(3, 0));
        assert_ne!(words(4, 1), words(3, 1));
    }

    #[test]
    fn these_words_never_change() {
        // Made by a program in another language from the description above.
        let words = words(1, 3);
        assert_eq!([words[0], words[89], words[500], words[1023]], GOLDEN);
    }
    const GOLDEN: [u64; 4] =
        [0x31df_e2fd_6fb4_a72a, 0x17b9_9707_e19a_02c9, 0x59ea_e791_5eda_53eb, 0x6627_5062_4e7b_d6cc];
}
