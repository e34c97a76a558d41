//! One thing, a line for each of its properties: for what is too wide for a row of a table.

use super::Cell;
use super::column::Rows;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub no_headings: bool,
    /// Sizes as numbers of bytes.
    pub exact: bool,
    /// Leave out properties of which nothing is known.
    pub only_known: bool,
}

/// Renders the columns of one row (of others too, below it) as lines; each member of a list has a line of its own.
#[must_use]
pub(crate) fn render(row: &dyn Rows, layout: Layout) -> String {
    let cells = (0..row.count()).flat_map(|index| row.headings().into_iter().zip(row.cells(index)));
    let lines: Vec<(&str, Vec<String>)> = cells
        .map(|(heading, cell)| (heading.name, cell))
        .filter(|(_, cell)| !(layout.only_known && is_nothing(cell)))
        .map(|(name, cell)| (name, values(&cell, layout.exact)))
        .collect();
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, values) in lines {
        for (index, value) in values.iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            if !layout.no_headings {
                text.push_str(&format!("{name:<width$}  "));
            }
            text.push_str(value);
            text.push('\n');
        }
    }
    text
}

fn values(cell: &Cell, exact: bool) -> Vec<String> {
    match cell {
        Cell::List(cells) if !cells.is_empty() => cells.iter().map(|cell| cell.show(exact)).collect(),
        cell => vec![cell.show(exact)],
    }
}

fn is_nothing(cell: &Cell) -> bool {
    match cell {
        Cell::Missing => true,
        Cell::List(cells) => cells.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Column;
    use crate::ui::column::Selection;

    const COLUMNS: &[Column<u64>] = &[
        Column { name: "SIZE", key: "size", help: "", right: true, cell: |size| Cell::Bytes(*size) },
        Column { name: "NAME", key: "name", help: "", right: false, cell: |_| Cell::Missing },
        Column {
            name: "HOLDERS",
            key: "holders",
            help: "",
            right: false,
            cell: |_| Cell::List(vec![Cell::Text("1:init".to_owned()), Cell::Text("9:sh".to_owned())]),
        },
    ];

    #[test]
    fn a_list_has_a_line_for_each_member() {
        let all = Selection::all(COLUMNS);
        assert_eq!(
            render(&all.of(&[4096]), Layout::default()),
            "SIZE     4KiB\nNAME     -\nHOLDERS  1:init\n         9:sh\n"
        );
        let layout = Layout { no_headings: true, exact: true, only_known: true };
        assert_eq!(render(&all.of(&[4096]), layout), "4096\n1:init\n9:sh\n");
    }
}
