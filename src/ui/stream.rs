//! Rows that come one after the other: a table that grows by a line at a time.

use super::column::Selection;
use super::grid::Grid;
use super::table::{GAP, Layout, fields, joined};

/// What a number is given at least, so that most lines stand below one another.
const NARROWEST: u16 = 6;

/// A table that grows. A column that was too narrow stays wider from then on.
#[derive(Debug)]
pub(crate) struct Stream<R: 'static> {
    selection: Selection<R>,
    layout: Layout,
    widths: Vec<u16>,
}

impl<R> Stream<R> {
    #[must_use]
    pub(crate) fn new(selection: Selection<R>, layout: Layout) -> Self {
        let width = |name: &str, right| (name.len() as u16).max(if right { NARROWEST } else { 0 });
        let widths = selection.headings().iter().map(|heading| width(heading.name, heading.right)).collect();
        Self { selection, layout, widths }
    }

    /// The line of names; nothing if it is left out.
    pub(crate) fn heading(&mut self) -> String {
        if self.layout.no_headings {
            return String::new();
        }
        let names = self.selection.headings().iter().map(|heading| heading.name.to_owned()).collect();
        self.aligned(names)
    }

    pub(crate) fn line(&mut self, row: &R) -> String {
        self.aligned(fields(&self.selection.cells(row), self.layout))
    }

    fn aligned(&mut self, fields: Vec<String>) -> String {
        if self.layout.raw {
            return joined(fields);
        }
        let right: Vec<bool> = self.selection.headings().iter().map(|heading| heading.right).collect();
        let mut grid = Grid::new([fields], &right, GAP);
        grid.widen(&mut self.widths);
        grid.into_lines().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::column::column;
    use crate::ui::{Cell, Column};

    const COLUMNS: &[Column<u64>] = &[
        column("N", "n", "").number(|row| Cell::Number(*row)),
        column("TEXT", "text", "").text(|row| Cell::Text(format!("a {row}"))),
    ];

    #[test]
    fn a_wide_field_widens_what_follows() {
        let mut stream = Stream::new(Selection::all(COLUMNS), Layout::default());
        assert_eq!(stream.heading(), "     N  TEXT\n");
        assert_eq!(stream.line(&1), "     1  a 1\n");
        assert_eq!(stream.line(&12_345_678), "12345678  a 12345678\n");
        assert_eq!(stream.line(&2), "       2  a 2\n");
    }

    #[test]
    fn raw_lines_are_not_aligned() {
        let layout = Layout { raw: true, no_headings: true, ..Layout::default() };
        let mut stream = Stream::new(Selection::all(COLUMNS), layout);
        assert_eq!((stream.heading(), stream.line(&7)), (String::new(), "7 a\\x207\n".to_owned()));
    }
}
