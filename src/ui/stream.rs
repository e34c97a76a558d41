//! Rows that come one after the other: a table that grows by a line at a time.

use super::Cell;
use super::column::Heading;
use super::grid::Grid;
use super::table::{GAP, Layout, fields, joined};

/// Least width of a number, so most lines stand below one another.
const NARROWEST: u16 = 6;

/// A table that grows. A column that was too narrow stays wider from then on.
#[derive(Debug)]
pub(crate) struct Stream {
    headings: Vec<Heading>,
    layout: Layout,
    widths: Vec<u16>,
}

impl Stream {
    pub(crate) fn new(headings: Vec<Heading>, layout: Layout) -> Self {
        let width = |Heading { name, right, .. }: &Heading| (name.len() as u16).max(if *right { NARROWEST } else { 0 });
        let widths = headings.iter().map(width).collect();
        Self { headings, layout, widths }
    }

    /// The line of names; nothing if it is left out.
    pub(crate) fn heading(&mut self) -> String {
        if self.layout.no_headings {
            return String::new();
        }
        self.align(self.headings.iter().map(|heading| heading.name.to_owned()).collect())
    }

    pub(crate) fn line(&mut self, cells: &[Cell]) -> String {
        self.align(fields(cells, self.layout))
    }

    fn align(&mut self, fields: Vec<String>) -> String {
        if self.layout.raw {
            return joined(fields);
        }
        let right: Vec<bool> = self.headings.iter().map(|heading| heading.right).collect();
        let mut grid = Grid::new([fields], &right, GAP);
        grid.widen(&mut self.widths);
        if let Some(width) = self.layout.width {
            grid.fold(width);
        }
        grid.into_lines().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Column;
    use crate::ui::column::{Selection, column, headings};

    const COLUMNS: &[Column<u64>] = &[
        column("N", "n", "").number(|row| Cell::Number(*row)),
        column("TEXT", "text", "").text(|row| Cell::Text(format!("a {row}"))),
    ];

    fn line(stream: &mut Stream, row: u64) -> String {
        stream.line(&Selection::all(COLUMNS).cells(&row))
    }

    #[test]
    fn a_wide_field_widens_what_follows() {
        let mut stream = Stream::new(headings(COLUMNS), Layout::default());
        assert_eq!(stream.heading(), "     N  TEXT\n");
        assert_eq!(line(&mut stream, 1), "     1  a 1\n");
        assert_eq!(line(&mut stream, 12_345_678), "12345678  a 12345678\n");
        assert_eq!(line(&mut stream, 2), "       2  a 2\n");
    }

    #[test]
    fn raw_lines_are_not_aligned() {
        let layout = Layout { raw: true, no_headings: true, ..Layout::default() };
        let mut stream = Stream::new(headings(COLUMNS), layout);
        assert_eq!((stream.heading(), line(&mut stream, 7)), (String::new(), "7 a\\x207\n".to_owned()));
    }
}
