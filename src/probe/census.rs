//! How many dma-bufs the kernel has, where debugfs tells.

use crate::machine::Root;
use crate::procfs::bufinfo;
use std::path::Path;
use std::time::Duration;

const BUFINFO: &str = "/sys/kernel/debug/dma_buf/bufinfo";

/// The number of dma-bufs on the machine; `None` where the kernel does not tell this user.
pub(super) fn count(root: &Root) -> Option<u64> {
    parse(&root.read(Path::new(BUFINFO)).ok()?)
}

fn parse(bytes: &[u8]) -> Option<u64> {
    let info = bufinfo::parse(bytes);
    u64::try_from(info.records.len()).ok().filter(|_| info.is_complete)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_all_of_the_file_tells_no_number() {
        let record = "00004096\t02000002\t00080007\t00000001\tsystem\t00000007\tTotal 9 objects, 1 bytes\n";
        let text = format!("\nDma-buf Objects:\nsize\tflags\n{record}{record}\nTotal 2 objects, 8192 bytes\n");
        assert_eq!(parse(text.as_bytes()), Some(2));
        assert_eq!(parse(&text.as_bytes()[..text.len() / 2]), None);
        assert_eq!(parse(b""), None);
    }
}
