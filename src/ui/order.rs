//! The order of rows, as ps(1) takes it: a column, `-` in front for the largest first.

use super::column::{headings, place};
use super::{Cell, Column};

/// By which column rows are sorted.
#[derive(Debug)]
pub(crate) struct Order<R: 'static> {
    column: &'static Column<R>,
    is_reversed: bool,
}

impl<R> Order<R> {
    /// Reads `COL`, `+COL` or `-COL`.
    ///
    /// # Errors
    /// Names the columns that there are.
    pub(crate) fn parse(text: &str, columns: &'static [Column<R>]) -> Result<Self, String> {
        let (name, is_reversed) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text.strip_prefix('+').unwrap_or(text), false),
        };
        Ok(Self { column: &columns[place(name, &headings(columns))?], is_reversed })
    }

    #[must_use]
    pub(crate) fn column(&self) -> &'static str {
        self.column.heading.name
    }

    /// Sorts; rows that are equal stay as they were.
    pub(crate) fn sort(&self, rows: &mut Vec<R>) {
        let places = places(&rows.iter().map(self.column.cell).collect::<Vec<_>>(), self.is_reversed);
        let mut before: Vec<Option<R>> = rows.drain(..).map(Some).collect();
        rows.extend(places.into_iter().filter_map(|place| before[place].take()));
    }
}

/// Where the rows of these cells are, in their order. Sorting itself is the same for all kinds of rows: its code
/// is large.
fn places(cells: &[Cell], is_reversed: bool) -> Vec<usize> {
    let mut places: Vec<usize> = (0..cells.len()).collect();
    places.sort_unstable_by(|one, other| {
        let order = cells[*one].compare(&cells[*other]);
        if is_reversed { order.reverse() } else { order }.then(one.cmp(other))
    });
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::column::column;

    const COLUMNS: &[Column<Option<u64>>] = &[column("SIZE", "size", "").number(|row| Cell::bytes(*row))];

    #[test]
    fn what_is_not_known_is_smallest() {
        let mut rows = vec![Some(10), None, Some(9)];
        Order::parse("size", COLUMNS).expect("a column").sort(&mut rows);
        assert_eq!(rows, [None, Some(9), Some(10)]);
        Order::parse("-SIZE", COLUMNS).expect("a column").sort(&mut rows);
        assert_eq!(rows, [Some(10), Some(9), None]);
        assert!(Order::parse("-x", COLUMNS).unwrap_err().contains("there are SIZE"));
    }
}
