//! Rows as text: a table, or raw fields for scripts.

use super::Cell;
use super::column::{Heading, Rows};
use super::grid::Grid;
use std::iter;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Leave the line of column names out.
    pub no_headings: bool,
    /// One space between fields, and none inside one.
    pub raw: bool,
    /// Sizes as numbers of bytes.
    pub exact: bool,
    /// Shorten texts and fold the last column so lines fit into this many columns.
    pub width: Option<usize>,
    /// Fold lines without shortening any text.
    pub whole: bool,
    /// A line for each property of a row, and for each further element of a list, instead of a line for the row.
    pub vertical: bool,
    /// In the vertical layout, leave out properties of which nothing is known.
    pub only_known: bool,
}

/// Spaces between two columns.
pub(super) const GAP: u16 = 2;
/// Lines that are laid out together. Further ones may need wider columns, and take no more memory.
const TOGETHER: usize = 10_000;

/// The lines of these rows; none give nothing, not even headings.
pub(crate) fn lines(rows: Rows<'_>, layout: Layout) -> Box<dyn Iterator<Item = String> + '_> {
    let Rows { headings, cells, .. } = rows;
    if cells.len() == 0 {
        return Box::new(iter::empty());
    }
    if layout.vertical {
        return vertical(headings, cells, layout);
    }
    let names = headings.iter().map(|heading| heading.name.to_owned()).collect();
    let lines = (!layout.no_headings).then_some(names).into_iter();
    let lines = lines.chain(cells.map(move |cells| fields(&cells, layout)));
    if layout.raw {
        return Box::new(lines.map(joined));
    }
    let right: Vec<bool> = headings.iter().map(|heading| heading.right).collect();
    aligned(lines, right, layout)
}

/// The lines in columns, those of numbers flush right.
fn aligned<'a>(
    mut lines: impl Iterator<Item = Vec<String>> + 'a,
    right: Vec<bool>,
    layout: Layout,
) -> Box<dyn Iterator<Item = String> + 'a> {
    let mut widths = vec![0; right.len()];
    let grids = iter::from_fn(move || {
        let part: Vec<Vec<String>> = lines.by_ref().take(TOGETHER).collect();
        (!part.is_empty()).then(|| {
            let mut grid = Grid::new(part, &right, GAP);
            grid.widen(&mut widths);
            match layout.width {
                Some(width) if layout.whole => grid.fold(width),
                Some(width) => grid.fit(&right, &widths, width),
                None => {}
            }
            grid.into_lines()
        })
    });
    Box::new(grids.flatten())
}

/// Returns what the cells of a row show.
pub(super) fn fields(cells: &[Cell], Layout { raw, exact, .. }: Layout) -> Vec<String> {
    cells.iter().map(|cell| if raw { cell.show_raw(exact) } else { cell.show(exact) }).collect()
}

/// A line of raw fields.
pub(super) fn joined(fields: Vec<String>) -> String {
    fields.join(" ") + "\n"
}

fn vertical<'a>(
    headings: Vec<Heading>,
    rows: impl Iterator<Item = Vec<Cell>> + 'a,
    layout: Layout,
) -> Box<dyn Iterator<Item = String> + 'a> {
    let Layout { no_headings, exact, only_known, .. } = layout;
    let properties = rows.flat_map(move |cells| iter::zip(headings.clone(), cells));
    let known = properties.filter(move |(_, cell)| !(only_known && cell.is_missing()));
    let lines = known.flat_map(|(heading, cell)| {
        let cells = match cell {
            Cell::List(cells) if !cells.is_empty() => cells,
            Cell::Counted(cells) if !cells.is_empty() => {
                cells.into_iter().map(|one| Cell::Counted(vec![one])).collect()
            }
            cell => vec![cell],
        };
        iter::zip(iter::once(heading.name).chain(iter::repeat("")), cells)
    });
    let line = move |(name, cell): (&str, Cell)| {
        if no_headings { vec![cell.show(exact)] } else { vec![name.to_owned(), cell.show(exact)] }
    };
    aligned(lines.map(line), vec![false; if no_headings { 1 } else { 2 }], Layout { whole: true, ..layout })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Column;
    use crate::ui::column::{Selection, column};

    const COLUMNS: &[Column<u64>] = &[
        column("SIZE", "size", "").number(|size| Cell::Bytes(*size)),
        column("NAME", "name", "").text(|_| Cell::Missing),
        column("HOLDERS", "holders", "")
            .text(|_| Cell::List(vec![Cell::Text("1:init".to_owned()), Cell::Text("9:sh".to_owned())])),
    ];

    fn shown(rows: &[u64], layout: Layout) -> String {
        lines(Selection::all(COLUMNS).of(rows), layout).collect()
    }

    #[test]
    fn a_row_is_a_line_and_no_rows_are_none() {
        let table = "SIZE  NAME  HOLDERS\n4KiB  -     1:init 9:sh\n  1B  -     1:init 9:sh\n";
        assert_eq!(shown(&[4096, 1], Layout::default()), table);
        let raw = Layout { raw: true, no_headings: true, exact: true, ..Layout::default() };
        assert_eq!(shown(&[4096], raw), "4096 - 1:init\\x209:sh\n");
        assert_eq!(shown(&[], Layout::default()), "");
    }

    #[test]
    fn what_is_laid_out_later_has_the_columns_of_what_is_above() {
        let mut rows = vec![1 << 40];
        rows.resize(TOGETHER + 1, 1);
        let table = shown(&rows, Layout::default());
        assert_eq!(table.lines().last(), Some("  1B  -     1:init 9:sh"));
        let narrow = shown(&rows, Layout { width: Some(80), ..Layout::default() });
        assert!(table == narrow && table.lines().count() == TOGETHER + 2);
        let wider = shown(&rows, Layout { exact: true, ..Layout::default() });
        assert_eq!(wider.lines().last(), Some("            1  -     1:init 9:sh"));
        let vertical = shown(&rows, Layout { vertical: true, ..Layout::default() });
        assert_eq!(vertical.lines().last(), Some("         9:sh"));
    }

    #[test]
    fn in_the_vertical_layout_a_list_has_a_line_for_each_member() {
        let layout = Layout { vertical: true, ..Layout::default() };
        assert_eq!(shown(&[4096], layout), "SIZE     4KiB\nNAME     -\nHOLDERS  1:init\n         9:sh\n");
        let layout = Layout { no_headings: true, exact: true, only_known: true, ..layout };
        assert_eq!(shown(&[4096], layout), "4096\n1:init\n9:sh\n");
    }
}
