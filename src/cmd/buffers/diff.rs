//! What came, went and grew since the start.

use std::collections::BTreeMap;

/// How a row has changed since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowChange {
    Came,
    /// It is no longer there; the row shows it as it was at the start.
    Went,
    Grew,
}

impl RowChange {
    /// The word that is printed.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::Went => "went",
            Self::Grew => "grew",
        }
    }
}

/// A row: what it shows, and what has become of it since the start.
#[derive(Clone, Debug)]
pub(crate) struct Row<T> {
    pub value: T,
    /// With `--diff` what has become of it.
    pub change: Option<RowChange>,
}

/// A row that can be compared with its state at the start.
pub(crate) trait Measured {
    /// Returns the key that identifies it.
    fn key(&self) -> String;
    fn measure(&self) -> u64;
}

/// The rows as they were at the start.
#[derive(Debug)]
pub(super) struct Start<T> {
    values: Vec<T>,
    /// Their places by their keys.
    places: BTreeMap<String, usize>,
}

impl<T: Measured + Clone> Start<T> {
    pub(super) fn new(values: &[T]) -> Self {
        let mut places = BTreeMap::new();
        places.extend(values.iter().map(Measured::key).zip(0..));
        Self { values: values.to_vec(), places }
    }

    /// Marks the rows of now, and puts those that went behind them.
    pub(super) fn compare(&self, values: Vec<T>) -> Vec<Row<T>> {
        let mut gone = self.places.clone();
        let mut rows: Vec<Row<T>> = Vec::with_capacity(values.len());
        for value in values {
            let change = match gone.remove(&value.key()).map(|place| &self.values[place]) {
                None => Some(RowChange::Came),
                Some(before) if before.measure() < value.measure() => Some(RowChange::Grew),
                Some(_) => None,
            };
            rows.push(Row { value, change });
        }
        let gone = gone.into_values().map(|place| self.values[place].clone());
        rows.extend(gone.map(|value| Row { value, change: Some(RowChange::Went) }));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Measured for (u32, u64) {
        fn key(&self) -> String {
            self.0.to_string()
        }

        fn measure(&self) -> u64 {
            self.1
        }
    }

    #[test]
    fn each_row_is_compared_with_the_start_and_not_with_the_last_time() {
        let start = Start::new(&[(1, 10), (2, 10), (3, 10)]);
        let changes = |values: &[(u32, u64)]| -> Vec<_> {
            start.compare(values.to_vec()).into_iter().map(|row| (row.value.0, row.change)).collect()
        };
        use RowChange::{Came, Grew, Went};
        assert_eq!(
            changes(&[(1, 10), (2, 11), (4, 1)]),
            [(1, None), (2, Some(Grew)), (4, Some(Came)), (3, Some(Went))]
        );
        assert_eq!(changes(&[(1, 9), (2, 10), (3, 10)]), [(1, None), (2, None), (3, None)]);
    }
}
