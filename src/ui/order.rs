//! The order of rows, as ps(1) takes it: a column, `-` in front for the largest first.

use super::Column;
use super::column::find;

/// The column that rows are sorted by.
#[derive(Debug)]
pub(crate) struct SortOrder<R: 'static> {
    column: &'static Column<R>,
    is_reversed: bool,
}

impl<R> SortOrder<R> {
    /// Reads `COL`, `+COL` or `-COL`.
    pub(crate) fn parse(text: &str, columns: &'static [Column<R>]) -> Result<Self, String> {
        let (name, is_reversed) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text.strip_prefix('+').unwrap_or(text), false),
        };
        Ok(Self { column: find(name, columns)?, is_reversed })
    }

    pub(crate) fn column(&self) -> &'static str {
        self.column.heading.name
    }

    /// Sorts; rows that are equal stay as they were.
    pub(crate) fn sort(&self, rows: &mut Vec<R>) {
        let mut keyed: Vec<_> = rows.drain(..).map(|row| ((self.column.cell)(&row), row)).collect();
        keyed.sort_by(|(one, _), (other, _)| {
            let order = one.compare(other);
            if self.is_reversed { order.reverse() } else { order }
        });
        rows.extend(keyed.into_iter().map(|(_, row)| row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{Cell, column};

    const COLUMNS: &[Column<Option<u64>>] = &[column("SIZE", "size", "").number(|row| Cell::bytes(*row))];

    #[test]
    fn unknown_cells_sort_first() {
        let mut rows = vec![Some(10), None, Some(9)];
        SortOrder::parse("size", COLUMNS).expect("a column").sort(&mut rows);
        assert_eq!(rows, [None, Some(9), Some(10)]);
        SortOrder::parse("-SIZE", COLUMNS).expect("a column").sort(&mut rows);
        assert_eq!(rows, [Some(10), Some(9), None]);
        assert!(SortOrder::parse("-x", COLUMNS).unwrap_err().contains("(columns: SIZE"));
    }
}
