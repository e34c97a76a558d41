//! One table of columns feeds the table, JSON, `-o`, `--list-columns` and the man page.

use super::Cell;

/// What a column is called and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    /// What stands at its head and what `-o` takes, in either case.
    pub name: &'static str,
    pub key: &'static str,
    /// What it holds, with the unit that JSON has it in.
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

/// What the columns are called and hold.
#[must_use]
pub(crate) fn headings<R>(columns: &[Column<R>]) -> Vec<Heading> {
    columns.iter().map(|column| column.heading).collect()
}

/// Rows of any kind, with the columns that are chosen of them. What prints them is in the binary once, and not
/// for each kind of row.
pub(crate) trait Rows {
    fn headings(&self) -> Vec<Heading>;
    fn count(&self) -> usize;
    /// The values in row number `index`, from 0, in the order of the headings.
    fn cells(&self, index: usize) -> Vec<Cell>;
}

#[derive(Debug)]
pub(crate) struct Selection<R: 'static>(pub Vec<&'static Column<R>>);

impl<R> Clone for Selection<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R> Selection<R> {
    #[must_use]
    pub(crate) fn all(columns: &'static [Column<R>]) -> Self {
        Self(columns.iter().collect())
    }

    /// The columns that `list` names, comma-separated; `+` in front adds them to `default`.
    ///
    /// # Errors
    /// Names the columns that there are.
    pub(crate) fn parse(list: &str, columns: &'static [Column<R>], default: &str) -> Result<Self, String> {
        let places = places(list, &headings(columns), default)?;
        Ok(Self(places.into_iter().map(|place| &columns[place]).collect()))
    }

    /// These columns of `rows`.
    #[must_use]
    pub(crate) fn of<'a>(&'a self, rows: &'a [R]) -> impl Rows + 'a {
        Chosen { selection: self, rows }
    }

    /// Whether the column `name` is among them: what nobody asked for need not be found out.
    #[must_use]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|column| column.heading.name == name)
    }
}

struct Chosen<'a, R: 'static> {
    selection: &'a Selection<R>,
    rows: &'a [R],
}

impl<R> Rows for Chosen<'_, R> {
    fn headings(&self) -> Vec<Heading> {
        self.selection.0.iter().map(|column| column.heading).collect()
    }

    fn count(&self) -> usize {
        self.rows.len()
    }

    fn cells(&self, index: usize) -> Vec<Cell> {
        self.selection.0.iter().map(|column| (column.cell)(&self.rows[index])).collect()
    }
}

/// The place of the column `name` among others.
pub(super) fn place(name: &str, headings: &[Heading]) -> Result<usize, String> {
    let place = headings.iter().position(|heading| heading.name.eq_ignore_ascii_case(name.trim()));
    let names = || headings.iter().map(|heading| heading.name).collect::<Vec<_>>().join(" ");
    place.ok_or_else(|| format!("unknown column '{name}'; there are {}", names()))
}

/// The places of the columns in `list`, as [`Selection::parse`] takes it.
fn places(list: &str, headings: &[Heading], default: &str) -> Result<Vec<usize>, String> {
    let (mut chosen, list) = match list.strip_prefix('+') {
        Some(more) => (places(default, headings, "")?, more),
        None => (Vec::new(), list),
    };
    for name in list.split(',') {
        chosen.push(place(name, headings)?);
    }
    Ok(chosen)
}
