//! `/proc/PID/uid_map` and `gid_map` (user_namespaces(7)).

/// Which numbers of users or groups a user namespace knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdMap(Vec<(u64, u64)>);

impl IdMap {
    /// Parses a map: lines of the first number inside, the first outside, and how many.
    #[must_use]
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let range = |line: &str| {
            let mut numbers = line.split_ascii_whitespace().map(str::parse::<u32>);
            let (first, _, count) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
            Some((u64::from(first), u64::from(first) + u64::from(count)))
        };
        Self(text.lines().filter_map(range).collect())
    }

    /// Whether it has every number, as the first namespace's has.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        self.0.iter().any(|(first, end)| *first == 0 && *end >= u64::from(u32::MAX))
    }

    /// Whether `id`, a number inside the namespace, is in it.
    #[must_use]
    pub(crate) fn contains(&self, id: u32) -> bool {
        self.0.iter().any(|(first, end)| (*first..*end).contains(&u64::from(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_inside() {
        let first = IdMap::parse(b"         0          0 4294967295\n");
        assert!(first.is_whole() && first.contains(0) && first.contains(65_534));
        let rootless = IdMap::parse(b"         0       1000          1\n         1     100000      65536\n");
        assert!(!rootless.is_whole() && rootless.contains(0) && rootless.contains(65_536));
        assert!(!rootless.contains(65_537));
        assert_eq!(IdMap::parse(b"x\n1 2\n-1 0 1\n"), IdMap::default());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let map = IdMap::parse(&bytes);
            let _ = (map.is_whole(), map.contains(0));
        }
    }
}
