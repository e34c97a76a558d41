//! What a verb's page in the manual holds besides its options: the columns and prose of its own.

use crate::report::Column;

/// The page of one verb.
#[derive(Clone, Copy, Debug)]
pub struct Manual {
    /// The verb.
    pub verb: &'static str,
    /// The columns of its table, if it prints one.
    pub columns: fn() -> Vec<ColumnHelp>,
    /// Further sections, by title.
    pub sections: &'static [(&'static str, &'static [Block])],
}

/// A column, without the type of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnHelp {
    /// Its name for `-o`.
    pub name: &'static str,
    /// Its key in JSON.
    pub key: &'static str,
    /// What it holds.
    pub help: &'static str,
}

/// A piece of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Text(&'static str),
    /// A term and what it means.
    Item(&'static str, &'static str),
    /// Lines as they are typed or printed.
    Lines(&'static str),
}

impl Manual {
    /// The columns of a table, for [`Manual::columns`].
    #[must_use]
    pub fn describe<R>(columns: &[Column<R>]) -> Vec<ColumnHelp> {
        columns.iter().map(|column| ColumnHelp { name: column.name, key: column.key, help: column.help }).collect()
    }
}
