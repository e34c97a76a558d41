//! `/proc/devices`: which driver has which major number (proc_devices(5)).

/// The major number of the character driver `name`.
pub(crate) fn character_major(bytes: &[u8], name: &str) -> Option<u32> {
    String::from_utf8_lossy(bytes)
        .lines()
        .skip_while(|line| *line != "Character devices:")
        .take_while(|line| *line != "Block devices:")
        .find_map(|line| {
            let (major, driver) = line.trim_start().split_once(' ')?;
            (driver == name).then(|| major.parse().ok())?
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_character_devices_of_that_exact_name_count() {
        let text = b"Character devices:\n  1 mem\n252 dma_heap\n253 dma_heap2\n\nBlock devices:\n254 dma_heap\n";
        assert_eq!(character_major(text, "dma_heap"), Some(252));
        assert_eq!(character_major(text, "mem"), Some(1));
        assert_eq!(character_major(text, "heap"), None);
        assert_eq!(character_major(b"Block devices:\n254 dma_heap\n", "dma_heap"), None);
        assert_eq!(character_major(b"", "dma_heap"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = character_major(&bytes, "dma_heap");
        }
    }
}
