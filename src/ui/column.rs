//! One table of columns feeds the table, JSON, `-o`, `--list-columns` and the man page.

use super::Cell;

/// The name of a column and its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    /// Stands at its head; `-o` takes it in either case.
    pub name: &'static str,
    pub key: &'static str,
    /// Describes its contents, with the unit that JSON has them in.
    pub help: &'static str,
    /// Whether it is flush right, as numbers are.
    pub right: bool,
}

/// A column of the rows `R`, written as `column(NAME, KEY, HELP).text(|row| CELL)`, or `number` if it is flush right.
#[derive(Debug)]
pub(crate) struct Column<R> {
    pub heading: Heading,
    pub cell: fn(&R) -> Cell,
}

pub(crate) const fn column(name: &'static str, key: &'static str, help: &'static str) -> Heading {
    Heading { name, key, help, right: false }
}

impl Heading {
    pub(crate) const fn text<R>(self, cell: fn(&R) -> Cell) -> Column<R> {
        Column { heading: self, cell }
    }

    pub(crate) const fn number<R>(self, cell: fn(&R) -> Cell) -> Column<R> {
        Column { heading: Self { right: true, ..self }, cell }
    }
}

/// Returns the headings of `columns`.
pub(crate) fn headings<R>(columns: &[Column<R>]) -> Vec<Heading> {
    columns.iter().map(|column| column.heading).collect()
}

/// Rows of any kind, as the columns that were chosen show them.
pub(crate) struct Rows<'a> {
    pub headings: Vec<Heading>,
    pub cells: Box<dyn ExactSizeIterator<Item = Vec<Cell>> + 'a>,
    /// The number of things beside them that could not be read, for JSON; `None` where nothing was searched for them.
    pub unread: Option<Cell>,
}

#[derive(Debug)]
pub(crate) struct Selection<R: 'static>(pub Vec<&'static Column<R>>);

impl<R> Selection<R> {
    pub(crate) fn all(columns: &'static [Column<R>]) -> Self {
        Self(columns.iter().collect())
    }

    /// The columns that `list` names, comma-separated; `+` in front adds them to `default`.
    pub(crate) fn parse(list: &str, columns: &'static [Column<R>], default: &str) -> Result<Self, String> {
        let (first, list) = list.strip_prefix('+').map_or(("", list), |more| (default, more));
        let names = first.split(',').filter(|name| !name.is_empty()).chain(list.split(','));
        names.map(|name| find(name, columns)).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn headings(&self) -> Vec<Heading> {
        self.0.iter().map(|column| column.heading).collect()
    }

    pub(crate) fn cells(&self, row: &R) -> Vec<Cell> {
        self.0.iter().map(|column| (column.cell)(row)).collect()
    }

    /// These columns of `rows`.
    pub(crate) fn of<'a>(&'a self, rows: &'a [R]) -> Rows<'a> {
        Rows { headings: self.headings(), cells: Box::new(rows.iter().map(|row| self.cells(row))), unread: None }
    }

    /// Whether the column `name` is among them: what nobody asked for need not be found out.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|column| column.heading.name == name)
    }
}

/// The column `name` among `columns`.
pub(super) fn find<R>(name: &str, columns: &'static [Column<R>]) -> Result<&'static Column<R>, String> {
    let found = columns.iter().find(|column| column.heading.name.eq_ignore_ascii_case(name.trim()));
    found.ok_or_else(|| {
        let names: Vec<&str> = columns.iter().map(|column| column.heading.name).collect();
        format!("unknown column '{name}' (columns: {})", names.join(" "))
    })
}
