//! The targets of the links in `/proc/PID/fd`, and the paths in `/proc/PID/maps`, of dma-bufs.
//!
//! `dmabuffs_dname` writes `/dmabuf:` and the name. A file of another file system may have that path
//! too, so it is a reason to look closer and no proof.

/// How the path of a dma-buf begins.
const PREFIX: &[u8] = b"/dmabuf:";

/// The name in the path of a dma-buf, which may be empty; `None` for the path of something else.
pub(crate) fn buffer_name(path: &[u8]) -> Option<&[u8]> {
    path.strip_prefix(PREFIX)
}

/// Whether the path is that of a dma-buf.
pub(crate) fn is_buffer(path: &[u8]) -> bool {
    buffer_name(path).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_prefix_is_a_dma_buf() {
        assert_eq!(buffer_name(b"/dmabuf:"), Some(&b""[..]));
        assert_eq!(buffer_name(b"/dmabuf:camera 0\n"), Some(&b"camera 0\n"[..]));
        for other in [&b"/dmabuf"[..], b"dmabuf:x", b"/dev/dmabuf:x", b"anon_inode:[eventfd]", b"pipe:[1]", b""] {
            assert_eq!(buffer_name(other), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = buffer_name(&bytes);
        }
    }
}
