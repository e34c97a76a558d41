//! Loops over memory by the vectors that every processor of the target has.
//!
//! The crate is compiled for size, and then the compiler makes no vectors of loops and unrolls none. Both is done by
//! hand here.

#[cfg(target_arch = "aarch64")]
#[path = "vector/aarch64.rs"]
mod native;
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64", all(target_arch = "x86", target_feature = "sse2"))))]
#[path = "vector/plain.rs"]
mod native;
#[cfg(any(target_arch = "x86_64", all(target_arch = "x86", target_feature = "sse2")))]
#[path = "vector/x86.rs"]
mod native;

use native::{Pair, or, prefetch, xor};
use std::mem::transmute;

/// Words that are taken at a time.
pub(crate) const EIGHT: usize = 8;
type Eight = [Pair; EIGHT / 2];
// SAFETY: two words have the size of a `Pair`, of which any bits are valid.
const ZERO: Pair = unsafe { transmute([0_u64; 2]) };

/// Bytes between what is compared and what is asked for meanwhile. Processors look ahead by themselves, but not beyond
/// a page, and not while the next bytes to compare with are made: this doubles what is compared in a second.
const AHEAD: usize = 4096;

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

/// Copies from `from` to `into`, and answers whether that is what `expected` holds. Each byte is read once, so that
/// the answer and the copy are about the same bytes, whatever others write meanwhile.
///
/// # Safety
/// As many bytes as `into` has can be read from `from` on, and no reference to them exists.
///
/// # Panics
/// Where `into` and `expected` do not have the same length.
pub(super) unsafe fn copy_compared(from: *const u8, into: &mut [u8], expected: &[u8]) -> bool {
    assert_eq!(into.len(), expected.len(), "as many bytes as are expected");
    let mut at = 0;
    let (mut a, mut b) = (ZERO, ZERO);
    if from.cast::<Pair>().is_aligned() {
        while into.len() - at >= size_of::<Eight>() {
            prefetch(from.wrapping_add(at + AHEAD));
            // SAFETY: from `at` on, all three have the bytes of an `Eight`, and `from` is aligned for a `Pair`, as
            // is then each of the four places that are read. A volatile read is made once.
            unsafe {
                let from = from.add(at).cast::<Pair>();
                let got: Eight = [
                    from.read_volatile(),
                    from.add(1).read_volatile(),
                    from.add(2).read_volatile(),
                    from.add(3).read_volatile(),
                ];
                let wanted = expected.as_ptr().add(at).cast::<Eight>().read_unaligned();
                into.as_mut_ptr().add(at).cast::<Eight>().write_unaligned(got);
                a = or(a, or(xor(got[0], wanted[0]), xor(got[1], wanted[1])));
                b = or(b, or(xor(got[2], wanted[2]), xor(got[3], wanted[3])));
            }
            at += size_of::<Eight>();
        }
    }
    let rest = &mut into[at..];
    // SAFETY: what the caller promises, of the bytes that are left.
    unsafe { std::ptr::copy_nonoverlapping(from.add(at), rest.as_mut_ptr(), rest.len()) };
    // SAFETY: a `Pair` has the size of two words, of which any bits are valid.
    let difference: [u64; 2] = unsafe { transmute(or(a, b)) };
    difference == [0; 2] && *rest == expected[at..]
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
