//! `random`: the generalised feedback shift register R250, seeded anew in each segment by SplitMix64.
//!
//! The buffer is cut into segments of 4096 64-bit words (32 KiB). In segment `k` the first 250 words
//! are the outputs number `250 * k` to `250 * k + 249` of SplitMix64 (Steele, Lea, Flood 2014) with
//! the seed as its first state; every later word is `w[n] = w[n - 250] ^ w[n - 103]` (Kirkpatrick
//! and Stoll 1981).
//!
//! Output `i` of SplitMix64 is `mix(seed + (i + 1) * 0x9e3779b97f4a7c15)`, modulo 2^64, where `mix(z)` is
//!
//! ```text
//! z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
//! z = (z ^ (z >> 27)) * 0x94d049bb133111eb
//! z ^ (z >> 31)
//! ```
//!
//! So it needs no multiplication for most words, vectors of any width make it, any segment can be
//! made by itself, and no two segments are alike. It is for finding bytes that were lost, moved,
//! swapped or left over from before; it is no source of secrets.

use super::SEGMENT_WORDS;
use super::recurrence::continue_words;

const LONG: usize = 250;
const SHORT: usize = 103;
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Makes the words of a segment of the buffer.
pub(super) fn segment(seed: u64, segment: u64, words: &mut [u64; SEGMENT_WORDS]) {
    let first = segment.wrapping_mul(LONG as u64);
    for (word, index) in words[..LONG].iter_mut().zip(first..) {
        *word = splitmix64(seed, index).to_le();
    }
    continue_words::<LONG, SHORT>(words);
}

/// Output number `index`, counted from 0, of SplitMix64 that begins with `seed`.
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
        assert!((LONG..SEGMENT_WORDS).all(|n| words[n] == words[n - 250] ^ words[n - 103]));
    }

    #[test]
    fn a_segment_continues_the_seeds_of_the_one_before() {
        assert_eq!(words(3, 1)[0], splitmix64(3, 250));
        assert_eq!(words(3, 2)[249], splitmix64(3, 749));
        assert_ne!(words(3, 1), words(3, 0));
        assert_ne!(words(4, 1), words(3, 1));
    }

    #[test]
    fn these_words_never_change() {
        // Made by a program in another language from the description above.
        let words = words(1, 3);
        assert_eq!([words[0], words[250], words[1000], words[4095]], GOLDEN);
    }
    const GOLDEN: [u64; 4] =
        [0xb8d7_2a40_4c60_7f39, 0x8a87_c21c_8398_64e7, 0x14da_87fd_f0af_c069, 0x9cae_6c7f_769d_98ad];
}
