//! Words that are the xor of two earlier ones: what `prbs31` and `random` are made by.
//!
//! The words may be in any byte order, as long as it is one: xor does not care.

/// Continues `words`, of which the first `LONG` are given, by `w[n] = w[n - LONG] ^ w[n - SHORT]`.
///
/// `SHORT` words at a time do not depend on one another; in a loop of constant length the compiler
/// makes vectors of them.
pub(super) fn continue_words<const LONG: usize, const SHORT: usize>(words: &mut [u64]) {
    const { assert!(0 < SHORT && SHORT < LONG) };
    let mut given = LONG;
    while given < words.len() {
        let (old, new) = words.split_at_mut(given);
        let long = &old[given - LONG..];
        let short = &old[given - SHORT..];
        if let (Some(new), Some(long), Some(short)) =
            (new.first_chunk_mut::<SHORT>(), long.first_chunk::<SHORT>(), short.first_chunk::<SHORT>())
        {
            for i in 0..SHORT {
                new[i] = long[i] ^ short[i];
            }
        } else {
            for (new, (long, short)) in new.iter_mut().zip(long.iter().zip(short)) {
                *new = long ^ short;
            }
        }
        given += SHORT;
    }
}
