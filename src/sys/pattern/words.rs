//! Words seen as the bytes they are made of.

/// The bytes of `words` in memory order.
pub(crate) fn as_bytes(words: &[u64]) -> &[u8] {
    // SAFETY: the pointer and the size in bytes are those of one live slice, borrowed as long as the
    // result; u8 needs no alignment, and every byte of a u64 is initialised.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

/// The bytes of `words` in memory order, to be written.
pub(crate) fn as_bytes_mut(words: &mut [u64]) -> &mut [u8] {
    // SAFETY: as in `as_bytes`; the borrow is exclusive, and any eight bytes are a valid u64.
    unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), size_of_val(words)) }
}
