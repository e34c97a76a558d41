//! What a verb's page in the manual holds besides its options: the columns and prose of its own.

use crate::ui::Column;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Manual {
    pub verb: &'static str,
    /// The columns of its table, if it prints one.
    pub columns: fn() -> Vec<ColumnHelp>,
    /// Further sections, in the Markdown that `generate` reads.
    pub prose: fn() -> String,
}

/// A column, without the type of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ColumnHelp {
    /// Its name for `-o`.
    pub name: &'static str,
    pub key: &'static str,
    pub help: &'static str,
}

impl Manual {
    /// The columns of a table, for [`Manual::columns`].
    #[must_use]
    pub(crate) fn describe<R>(columns: &[Column<R>]) -> Vec<ColumnHelp> {
        columns.iter().map(|column| ColumnHelp { name: column.name, key: column.key, help: column.help }).collect()
    }
}
