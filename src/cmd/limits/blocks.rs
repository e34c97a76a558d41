//! Free blocks by order, before and after something.

use crate::host::parse::buddyinfo::Zone;
use crate::ui::grid::Grid;

/// A table of the zones of `before`, a line each for then and now; empty where nothing is known.
pub(crate) fn render(before: &[Zone], after: &[Zone]) -> String {
    let Some(orders) = before.iter().chain(after).map(|zone| zone.free.len()).max() else { return String::new() };
    let mut lines = vec![heading(orders)];
    for zone in before {
        lines.push(line(zone, "before"));
        lines.extend(after.iter().filter(|other| is_same(zone, other)).map(|zone| line(zone, "after")));
    }
    let right: Vec<bool> = (0..orders + 3).map(|column| !matches!(column, 1 | 2)).collect();
    // One space apart: a line must fit eleven orders or more.
    let table: String = Grid::new(lines, &right, 1).into_lines().collect();
    format!("\nfree blocks of 2^n pages\n{table}")
}

fn is_same(zone: &Zone, other: &Zone) -> bool {
    (zone.node, &zone.name) == (other.node, &other.name)
}

fn heading(orders: usize) -> Vec<String> {
    ["NODE", "ZONE", ""].into_iter().map(str::to_owned).chain((0..orders).map(|order| order.to_string())).collect()
}

fn line(zone: &Zone, when: &str) -> Vec<String> {
    let mut line = vec![zone.node.to_string(), zone.name.clone(), when.to_owned()];
    line.extend(zone.free.iter().map(ToString::to_string));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_zone_has_two_lines() {
        let zone = |name: &str, free: &[u64]| Zone { node: 0, name: name.to_owned(), free: free.to_vec() };
        let before = [zone("DMA", &[3, 12]), zone("Normal", &[1, 0])];
        let after = [zone("DMA", &[5, 11]), zone("Normal", &[1, 0])];
        assert_eq!(
            render(&before, &after),
            "\nfree blocks of 2^n pages\nNODE ZONE          0  1\n   0 DMA    before 3 12\n   0 DMA    after  5 11\n   0 Normal before 1  0\n   0 Normal after  1  0\n"
        );
        assert_eq!(render(&[], &[]), "");
    }
}
