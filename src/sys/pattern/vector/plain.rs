//! Two words, where no vectors are known.

pub(super) type Pair = [u64; 2];

#[inline(always)]
pub(super) unsafe fn xor(one: Pair, other: Pair) -> Pair {
    [one[0] ^ other[0], one[1] ^ other[1]]
}
