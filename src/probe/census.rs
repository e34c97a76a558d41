//! How many dma-bufs the kernel has, where debugfs tells.

use crate::machine::Root;
use std::path::Path;
use std::time::Duration;

const BUFINFO: &str = "/sys/kernel/debug/dma_buf/bufinfo";

/// The number of dma-bufs on the machine; `None` where the kernel does not tell this user.
pub(super) fn count(root: &Root) -> Option<u64> {
    parse(&root.read(Path::new(BUFINFO)).ok()?)
}

/// Whether more remain than there were `before`, also after a moment: what a process that has ended
/// held may take that long to go.
pub(super) fn has_grown(root: &Root, before: Option<u64>) -> bool {
    const ROUNDS: u32 = 20;
    const PAUSE: Duration = Duration::from_millis(10);
    let grown = || matches!((before, count(root)), (Some(before), Some(after)) if after > before);
    (0..ROUNDS).all(|round| {
        if round > 0 {
            std::thread::sleep(PAUSE);
        }
        grown()
    })
}

/// `Total 3 objects, 12288 bytes`, the last line (`dma_buf_debug_show`).
fn parse(bytes: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(bytes);
    let last = text.lines().rev().find(|line| !line.is_empty())?;
    last.strip_prefix("Total ")?.split_once(" objects")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_the_number() {
        let text = b"\nDma-buf Objects:\nsize flags\n00004096\tTotal 9 objects\n\nTotal 3 objects, 12288 bytes\n";
        assert_eq!(parse(text), Some(3));
        assert_eq!(parse(b"Total 9 objects, 1 bytes\nname\n"), None);
        assert_eq!(parse(b""), None);
    }
}
