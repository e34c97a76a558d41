//! `/proc/buddyinfo` (`frag_show_print` in `mm/vmstat.c`, proc_buddyinfo(5)): free blocks by order.

/// The free blocks of one zone of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Zone {
    pub node: u32,
    /// The kernel's name of the zone: `DMA32`, `Normal`.
    pub name: String,
    /// How many blocks of 2^n pages are free, by n.
    pub free: Vec<u64>,
}

/// Parses `/proc/buddyinfo`: `Node 0, zone    DMA32      3      2      1`.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Zone> {
    String::from_utf8_lossy(bytes).lines().filter_map(zone).collect()
}

fn zone(line: &str) -> Option<Zone> {
    let (node, rest) = line.strip_prefix("Node")?.split_once(',')?;
    let mut words = rest.split_ascii_whitespace();
    if words.next() != Some("zone") {
        return None;
    }
    let name = words.next()?.to_owned();
    let free: Option<Vec<u64>> = words.map(|word| word.parse().ok()).collect();
    Some(Zone { node: node.trim().parse().ok()?, name, free: free? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blocks_are_counted_by_node_and_zone() {
        let text = b"Node 0, zone      DMA      1      1      0      0 \nNode 1, zone   Normal    216     55\n";
        let zone = |node, name: &str, free: &[u64]| Zone { node, name: name.to_owned(), free: free.to_vec() };
        assert_eq!(parse(text), [zone(0, "DMA", &[1, 1, 0, 0]), zone(1, "Normal", &[216, 55])]);
    }

    #[test]
    fn a_line_that_is_not_understood_is_left_out() {
        for line in ["", "Node 0", "Node x, zone DMA 1", "Node 0, zone", "Node 0, area DMA 1", "Node 0, zone DMA 1 y"] {
            assert_eq!(parse(line.as_bytes()), [], "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn printed_lines_are_read_back(
            node in 0_u32..1024, name in "[A-Za-z0-9]{1,8}", free in proptest::collection::vec(any::<u64>(), 0..12)
        ) {
            let mut line = format!("Node {node}, zone {name:>8} ");
            for count in &free {
                line.push_str(&format!("{count:6} "));
            }
            prop_assert_eq!(parse(line.as_bytes()), [Zone { node, name, free }]);
        }
    }
}
