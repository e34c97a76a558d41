//! `/proc/devices` with the heaps' driver in it.

use crate::host::parse::devices::character_major;
use crate::sys::Errno;
use crate::sys::fd::file::{self, Purpose};
use std::path::Path;

const CHARACTER: &str = "Character devices:\n";
/// Majors that the kernel gives out, the first choice first (`find_dynamic_major`).
const DYNAMIC: [std::ops::RangeInclusive<u32>; 2] = [234..=254, 384..=511];

/// This machine's own list.
pub(crate) fn read() -> Result<Vec<u8>, Errno> {
    file::open(Path::new("/proc/devices"), Purpose::Read).and_then(|fd| file::read_all(fd, 1 << 20))
}

/// The major number of the heaps: the one that they have on this machine, else the one that the kernel
/// would give to the next driver that asks for any.
pub(crate) fn heap_major(list: &[u8]) -> u32 {
    character_major(list, "dma_heap").unwrap_or_else(|| free_major(list))
}

fn free_major(list: &[u8]) -> u32 {
    let list = String::from_utf8_lossy(list);
    let taken: Vec<u32> = list
        .lines()
        .take_while(|line| *line != "Block devices:")
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect();
    DYNAMIC.into_iter().flat_map(std::iter::Iterator::rev).find(|major| !taken.contains(major)).unwrap_or(511)
}

/// The list with a line for `dma_heap` among the character devices.
pub(crate) fn with_heaps(list: &[u8], major: u32) -> Vec<u8> {
    if character_major(list, "dma_heap") == Some(major) {
        return list.to_vec();
    }
    let text = String::from_utf8_lossy(list);
    let line = format!("{major:3} dma_heap\n");
    match text.split_once("\n\n") {
        Some((characters, blocks)) if characters.starts_with(CHARACTER.trim_end()) => {
            format!("{characters}\n{line}\n{blocks}").into_bytes()
        }
        _ => format!("{CHARACTER}{line}\n{text}").into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[u8] = b"Character devices:\n  1 mem\n254 rtc\n\nBlock devices:\n253 disk\n";

    #[test]
    fn the_next_free_major_is_taken() {
        assert_eq!(heap_major(LIST), 253);
        assert_eq!(heap_major(b""), 254);
        assert_eq!(heap_major(b"Character devices:\n240 dma_heap\n"), 240);
    }

    #[test]
    fn the_line_stands_among_the_character_devices() {
        let list = with_heaps(LIST, 252);
        assert_eq!(character_major(&list, "dma_heap"), Some(252));
        assert_eq!(with_heaps(&list, 252), list);
        assert!(list.ends_with(b"252 dma_heap\n\nBlock devices:\n253 disk\n"));
        assert_eq!(character_major(&with_heaps(b"", 252), "dma_heap"), Some(252));
    }
}
