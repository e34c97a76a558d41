//! `/proc/meminfo` (`fs/proc/meminfo.c`, proc_meminfo(5)).

/// The fields of `/proc/meminfo` that are used, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meminfo {
    /// `MemTotal`.
    pub total: Option<u64>,
    /// `MemFree`.
    pub free: Option<u64>,
    /// `MemAvailable`: counts free CMA pages too.
    pub available: Option<u64>,
    /// `CmaTotal`: the sum over all areas; absent without `CONFIG_CMA`.
    pub cma_total: Option<u64>,
    /// `CmaFree`: the sum over all areas; absent without `CONFIG_CMA`.
    pub cma_free: Option<u64>,
}

/// Parses `/proc/meminfo`.
pub(crate) fn parse(bytes: &[u8]) -> Meminfo {
    let mut meminfo = Meminfo::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let field = match &line[..colon] {
            b"MemTotal" => &mut meminfo.total,
            b"MemFree" => &mut meminfo.free,
            b"MemAvailable" => &mut meminfo.available,
            b"CmaTotal" => &mut meminfo.cma_total,
            b"CmaFree" => &mut meminfo.cma_free,
            _ => continue,
        };
        *field = kibibytes(&line[colon + 1..]);
    }
    meminfo
}

fn kibibytes(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    text.strip_suffix("kB")?.trim_end().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_bytes() {
        let text = b"MemTotal:        1008884 kB\nMemFree:          100 kB\nMemAvailable:    998812 kB\n\
                     Swap\nCmaTotal:         524288 kB\nCmaFree:          520000 kB\n";
        assert_eq!(
            parse(text),
            Meminfo {
                total: Some(1_008_884 * 1024),
                free: Some(100 * 1024),
                available: Some(998_812 * 1024),
                cma_total: Some(524_288 * 1024),
                cma_free: Some(520_000 * 1024),
            }
        );
    }

    #[test]
    fn nonsense_is_left_out() {
        assert_eq!(
            parse(b"MemTotal: many kB\nMemFree: 99999999999999999999 kB\nMemAvailable: 1\n\xff:\n:"),
            Meminfo::default()
        );
        assert_eq!(parse(b""), Meminfo::default());
        assert_eq!(parse(b"MemTotal: 18446744073709551615 kB"), Meminfo::default());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
