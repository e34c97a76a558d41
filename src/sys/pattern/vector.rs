//! Loops over memory by the vectors that every processor of the target has.
//!
//! At opt-level "s" the compiler makes no vectors of loops and unrolls none, and at 3 the static binary has more than its
//! 4 MiB. So what `address`, `prbs31` and `random` are made by is written with vectors here: with plain loops they are
//! written at 0.4 of the speed of memcpy(3), with these at 0.7 on a busy machine (`cargo bench --bench bytes`, mark 0.8).

#[cfg(target_arch = "aarch64")]
#[path = "vector/aarch64.rs"]
mod native;
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64", all(target_arch = "x86", target_feature = "sse2"))))]
#[path = "vector/plain.rs"]
mod native;
#[cfg(any(target_arch = "x86_64", all(target_arch = "x86", target_feature = "sse2")))]
#[path = "vector/x86.rs"]
mod native;

use native::{Pair, xor};
use std::mem::transmute;

/// Words that are taken at a time.
pub(crate) const EIGHT: usize = 8;
type Eight = [Pair; EIGHT / 2];

/// Sets the eight words from `new` on to the xor of those from `one` on and those from `other` on, as they were
/// before.
///
/// # Panics
/// Where there are no eight words.
#[inline(always)]
pub(crate) fn xor_eight(words: &mut [u64], new: usize, one: usize, other: usize) {
    assert!(has_eight(words, new) && has_eight(words, one) && has_eight(words, other), "no eight words there");
    let words = words.as_mut_ptr();
    // SAFETY: as was just checked, from each of the three places on there are eight words in the slice, which is
    // borrowed exclusively for the call. An `Eight` has their size, any bits are a valid one and valid words, and
    // it is read and written unaligned. The instruction of `xor` is one of the target's.
    unsafe {
        let a = words.add(one).cast::<Eight>().read_unaligned();
        let b = words.add(other).cast::<Eight>().read_unaligned();
        let both: Eight = [xor(a[0], b[0]), xor(a[1], b[1]), xor(a[2], b[2]), xor(a[3], b[3])];
        words.add(new).cast::<Eight>().write_unaligned(both);
    }
}

/// Replaces each word by its xor with `value`.
pub(crate) fn xor_all(words: &mut [u64], value: u64) {
    // SAFETY: two words have the size of a `Pair`, of which any bits are valid.
    let pair: Pair = unsafe { transmute([value; 2]) };
    let mut at = 0;
    while has_eight(words, at) {
        // SAFETY: as in `xor_eight`, with one place.
        unsafe {
            let place = words.as_mut_ptr().add(at).cast::<Eight>();
            let a = place.read_unaligned();
            place.write_unaligned([xor(a[0], pair), xor(a[1], pair), xor(a[2], pair), xor(a[3], pair)]);
        }
        at += EIGHT;
    }
    while at < words.len() {
        words[at] ^= value;
        at += 1;
    }
}

#[inline(always)]
fn has_eight(words: &[u64], at: usize) -> bool {
    words.len().checked_sub(EIGHT).is_some_and(|last| at <= last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Vec<u64> {
        (0..27).map(|index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect()
    }

    #[test]
    fn eight_words_are_those_that_were_there_before() {
        let before = words();
        for (new, one, other) in [(19, 0, 11), (3, 0, 5), (0, 1, 2), (7, 7, 8)] {
            let mut after = words();
            xor_eight(&mut after, new, one, other);
            for (at, word) in after.iter().enumerate() {
                let is_new = (new..new + EIGHT).contains(&at);
                let expected = if is_new { before[at - new + one] ^ before[at - new + other] } else { before[at] };
                assert_eq!(*word, expected, "{new} {one} {other}: {at}");
            }
        }
    }

    #[test]
    fn the_value_goes_to_every_word() {
        let mut after = words();
        xor_all(&mut after, 0x0123_4567_89ab_cdef);
        assert_eq!(after, words().into_iter().map(|word| word ^ 0x0123_4567_89ab_cdef).collect::<Vec<_>>());
    }

    #[test]
    #[should_panic = "no eight words there"]
    fn words_beyond_the_end_are_none() {
        xor_eight(&mut words(), 20, 0, 1);
    }
}
