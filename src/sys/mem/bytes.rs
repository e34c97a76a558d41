//! Searching.

/// Where `byte` is first found in `bytes`: memchr(3), which looks at many bytes at once.
#[must_use]
pub(crate) fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    // SAFETY: memchr reads at most `bytes.len()` bytes of `bytes`, which is borrowed for the call.
    let found = unsafe { libc::memchr(bytes.as_ptr().cast(), byte.into(), bytes.len()) };
    (!found.is_null()).then(|| found.addr() - bytes.as_ptr().addr())
}

/// Whether `bytes` holds `needle`: memmem(3), which passes over most bytes. Everything holds an empty one.
#[must_use]
pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    // SAFETY: memmem reads at most `len()` bytes of each, which are borrowed for the call.
    let found = unsafe { libc::memmem(bytes.as_ptr().cast(), bytes.len(), needle.as_ptr().cast(), needle.len()) };
    !found.is_null()
}

#[cfg(test)]
mod tests {
    use super::{contains, find};

    #[test]
    fn a_text_is_found_wherever_it_stands() {
        for (bytes, expected) in [
            (&b"x /dmabuf:"[..], true),
            (b"/dmabuf:x", true),
            (b"/dmabuf", false),
            (b"/dmabuf /dmabuf:", true),
            (b"", false),
        ] {
            assert_eq!(contains(bytes, b"/dmabuf:"), expected, "{}", String::from_utf8_lossy(bytes));
        }
        assert!(contains(b"x", b""));
    }

    #[test]
    fn the_first_one_is_found_or_none() {
        assert_eq!(find(b"a/b/c", b'/'), Some(1));
        assert_eq!((find(b"abc", b'/'), find(b"", 0), find(b"a\0", 0)), (None, None, Some(1)));
    }
}
