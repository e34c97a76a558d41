//! The order of rows, as ps(1) takes it: a column, `-` in front for the largest first.

use super::Column;

/// By which column rows are sorted.
#[derive(Debug)]
pub struct Order<R: 'static> {
    column: &'static Column<R>,
    is_reversed: bool,
}

impl<R> Order<R> {
    /// Reads `COL`, `+COL` or `-COL`.
    ///
    /// # Errors
    /// Names the columns that there are.
    pub fn parse(text: &str, columns: &'static [Column<R>]) -> Result<Self, String> {
        let (name, is_reversed) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text.strip_prefix('+').unwrap_or(text), false),
        };
        let column = columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let known: Vec<&str> = columns.iter().map(|column| column.name).collect();
            format!("unknown column '{name}'; there are {}", known.join(" "))
        })?;
        Ok(Self { column, is_reversed })
    }

    /// The name of the column.
    #[must_use]
    pub fn column(&self) -> &'static str {
        self.column.name
    }

    /// Sorts; rows that are equal stay as they were.
    pub fn sort(&self, rows: &mut [R]) {
        rows.sort_by(|one, other| {
            let order = (self.column.cell)(one).compare(&(self.column.cell)(other));
            if self.is_reversed { order.reverse() } else { order }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Cell;

    const COLUMNS: &[Column<Option<u64>>] =
        &[Column { name: "SIZE", key: "size", help: "", right: true, cell: |row| Cell::bytes(*row) }];

    #[test]
    fn what_is_not_known_is_smallest() {
        let mut rows = [Some(10), None, Some(9)];
        Order::parse("size", COLUMNS).expect("a column").sort(&mut rows);
        assert_eq!(rows, [None, Some(9), Some(10)]);
        Order::parse("-SIZE", COLUMNS).expect("a column").sort(&mut rows);
        assert_eq!(rows, [Some(10), Some(9), None]);
        assert!(Order::parse("-x", COLUMNS).unwrap_err().contains("there are SIZE"));
    }
}
