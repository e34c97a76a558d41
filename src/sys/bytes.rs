//! Searching.

/// Where `byte` is first found in `bytes`: memchr(3), which looks at many bytes at once.
#[must_use]
pub fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    // SAFETY: memchr reads at most `bytes.len()` bytes of `bytes`, which is borrowed for the call.
    let found = unsafe { libc::memchr(bytes.as_ptr().cast(), byte.into(), bytes.len()) };
    (!found.is_null()).then(|| found.addr() - bytes.as_ptr().addr())
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_first_one_is_found_or_none() {
        assert_eq!(find(b"a/b/c", b'/'), Some(1));
        assert_eq!((find(b"abc", b'/'), find(b"", 0), find(b"a\0", 0)), (None, None, Some(1)));
    }
}
