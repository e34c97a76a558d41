//! Words that are the xor of two earlier ones: what `prbs31` and `random` are made by.
//!
//! The words may be in any byte order, as long as it is one: xor does not care.
//!
//! What holds for some distances holds for twice as large ones: in the field of two elements a polynomial's
//! square has the squares of its terms. Even distances are the faster ones, because then vectors that are read
//! are those that were written.

use crate::sys::pattern::vector::{EIGHT, xor_eight};

/// Continues `words`, of which the first `LONG` are given, by `w[n] = w[n - LONG] ^ w[n - SHORT]`.
///
/// Indexed by hand: at opt-level "s" the methods of slices are calls.
pub(super) fn continue_words<const LONG: usize, const SHORT: usize>(words: &mut [u64]) {
    // Eight words do not depend on one another.
    const { assert!(EIGHT <= SHORT && SHORT < LONG) };
    let mut at = 0;
    while at + LONG + EIGHT <= words.len() {
        xor_eight(words, at + LONG, at, at + (LONG - SHORT));
        at += EIGHT;
    }
    while at + LONG < words.len() {
        words[at + LONG] = words[at] ^ words[at + (LONG - SHORT)];
        at += 1;
    }
}
