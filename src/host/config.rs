//! How the kernel was configured, where it or its package says so.

use super::Root;
use crate::sys::Errno;
use std::io::Read;
use std::path::{Path, PathBuf};

/// More than any kernel configuration. What unpacks to more is refused.
const LIMIT: u64 = 4 * 1024 * 1024;

/// A kernel configuration and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub path: PathBuf,
    text: String,
}

/// The release of the running kernel: `6.12.9-amd64`.
pub(crate) fn release(root: &Root) -> Option<String> {
    // Without /proc the kernel itself can be asked.
    let ask = || root.is_machine().then(|| crate::sys::system::kernel().0.into_bytes());
    let bytes = root.contents(Path::new("/proc/sys/kernel/osrelease")).or_else(ask)?;
    let release = String::from_utf8_lossy(&bytes).trim().to_owned();
    // It becomes part of paths.
    (!release.is_empty() && !release.contains('/')).then_some(release)
}

impl Config {
    /// The first of `/proc/config.gz`, `/boot/config-RELEASE` and `/lib/modules/RELEASE/config` that can be read.
    pub(crate) fn of(root: &Root) -> Option<Self> {
        let packed = PathBuf::from("/proc/config.gz");
        if let Some(text) =
            root.known(&packed, root.read(&packed).and_then(|bytes| unpack(&bytes).ok_or(Errno::EINVAL)))
        {
            return Some(Self { path: packed, text });
        }
        let release = release(root)?;
        [format!("/boot/config-{release}"), format!("/lib/modules/{release}/config")].into_iter().find_map(|path| {
            let bytes = root.contents(Path::new(&path))?;
            Some(Self::plain(path.into(), &bytes))
        })
    }

    pub(crate) fn plain(path: PathBuf, bytes: &[u8]) -> Self {
        Self { path, text: String::from_utf8_lossy(bytes).into_owned() }
    }

    /// The value of `CONFIG_NAME`: `y`, `m`, another text, or `None` where it is not set.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.text.lines().find_map(|line| line.strip_prefix("CONFIG_")?.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The text of a gzip file; `None` where it is damaged or too long.
pub(crate) fn unpack(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).take(LIMIT + 1).read_to_string(&mut text).ok()?;
    (text.len() as u64 <= LIMIT).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_name_counts() {
        let text = "# CONFIG_UDMABUF is not set\nCONFIG_DMABUF_HEAPS_SYSTEM=m\nCONFIG_DMABUF_HEAPS=y\n".to_owned();
        let config = Config { path: PathBuf::new(), text };
        assert_eq!(config.value("DMABUF_HEAPS"), Some("y"));
        assert_eq!(config.value("DMABUF_HEAPS_SYSTEM"), Some("m"));
        assert_eq!((config.value("UDMABUF"), config.value("DMABUF")), (None, None));
    }

    #[test]
    fn config_that_is_not_packed_is_not_read() {
        assert_eq!(unpack(b"CONFIG_X=y\n"), None);
        assert_eq!(unpack(b"\x1f\x8b\x08\x00"), None);
    }

    #[test]
    fn config_that_unpacks_beyond_the_limit_is_not_read() {
        use std::io::Write;
        let packed = |length: u64| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            let text = [b"CONFIG_X=y\n".as_slice(), &vec![b'#'; length as usize - 11]].concat();
            encoder.write_all(&text).unwrap();
            encoder.finish().unwrap()
        };
        assert!(unpack(&packed(LIMIT)).is_some());
        assert_eq!(unpack(&packed(LIMIT + 1)), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let _ = (unpack(&bytes), Config { path: PathBuf::new(), text }.value("CMA"));
        }
    }
}
