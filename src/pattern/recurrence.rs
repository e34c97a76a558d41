//! Words that are the xor of two earlier ones: what `prbs31` and `random` are made by.
//!
//! The words may be in any byte order, as long as it is one: xor does not care.

/// Words at a time, written out below as a vector.
const QUAD: usize = 4;

/// Continues `words`, of which the first `LONG` are given, by `w[n] = w[n - LONG] ^ w[n - SHORT]`.
///
/// `SHORT` words at a time do not depend on one another.
pub(super) fn continue_words<const LONG: usize, const SHORT: usize>(words: &mut [u64]) {
    const { assert!(0 < SHORT && SHORT < LONG) };
    let mut given = LONG;
    while given < words.len() {
        let (old, new) = words.split_at_mut(given);
        let count = SHORT.min(new.len());
        let new = &mut new[..count];
        let long = &old[given - LONG..][..count];
        let short = &old[given - SHORT..][..count];
        let quads = new.chunks_exact_mut(QUAD).zip(long.chunks_exact(QUAD)).zip(short.chunks_exact(QUAD));
        for ((new, long), short) in quads {
            new[0] = long[0] ^ short[0];
            new[1] = long[1] ^ short[1];
            new[2] = long[2] ^ short[2];
            new[3] = long[3] ^ short[3];
        }
        for index in count - count % QUAD..count {
            new[index] = long[index] ^ short[index];
        }
        given += count;
    }
}
