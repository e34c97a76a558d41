//! One table of columns feeds the table, JSON, `-o`, `--list-columns` and the man page.

use super::Cell;

/// A column of the rows `R`.
#[derive(Debug)]
pub struct Column<R> {
    /// What stands at its head and what `-o` takes, in either case.
    pub name: &'static str,
    /// Its key in JSON.
    pub key: &'static str,
    /// What it holds, with the unit that JSON has it in.
    pub help: &'static str,
    /// Whether it is flush right, as numbers are.
    pub right: bool,
    /// The value in a row.
    pub cell: fn(&R) -> Cell,
}

/// Which columns to print.
#[derive(Debug)]
pub struct Selection<R: 'static>(pub Vec<&'static Column<R>>);

impl<R> Clone for Selection<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R> Selection<R> {
    /// All columns.
    #[must_use]
    pub fn all(columns: &'static [Column<R>]) -> Self {
        Self(columns.iter().collect())
    }

    /// The columns that `list` names, comma-separated; `+` in front adds them to `default`.
    ///
    /// # Errors
    /// Names the columns that there are.
    pub fn parse(list: &str, columns: &'static [Column<R>], default: &str) -> Result<Self, String> {
        let (mut chosen, list) = match list.strip_prefix('+') {
            Some(more) => (Self::parse(default, columns, "")?.0, more),
            None => (Vec::new(), list),
        };
        for name in list.split(',') {
            let column = columns.iter().find(|column| column.name.eq_ignore_ascii_case(name.trim()));
            chosen.push(column.ok_or_else(|| {
                let known: Vec<&str> = columns.iter().map(|column| column.name).collect();
                format!("unknown column '{name}'; there are {}", known.join(" "))
            })?);
        }
        Ok(Self(chosen))
    }

    /// Whether the column `name` is among them: what nobody asked for need not be found out.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|column| column.name == name)
    }
}
