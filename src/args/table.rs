//! How to print rows: util-linux's options.

use crate::error::Error;
use crate::ui::column::{Heading, Rows, Selection};
use crate::ui::table::{self, Layout};
use crate::ui::{Column, column, headings, json, output};
use clap::Args;

/// Options of verbs that print a table.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Table {
    /// Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)
    ///
    /// All columns are in it unless --output chooses some. Sizes are numbers of bytes, request words are
    /// hexadecimal strings.
    ///
    /// Example: --json | jq .rows
    #[arg(short = 'J', long, conflicts_with_all = ["raw", "noheadings", "bytes"])]
    pub json: bool,

    /// Columns to print, comma-separated; +COL adds to the default ones
    ///
    /// Example: -o NAME,MODE, -o +ALIAS
    #[arg(short, long, value_name = "COLS", conflicts_with = "output_all")]
    pub output: Option<String>,

    /// Print all columns
    ///
    /// Example: --output-all
    #[arg(long)]
    pub output_all: bool,

    /// Leave the line of column names out
    ///
    /// Example: -n -o NAME
    #[arg(short, long)]
    pub noheadings: bool,

    /// Separate fields by one space, with spaces in a field as \x20
    ///
    /// Example: -rn | while read -r name rest
    #[arg(short, long)]
    pub raw: bool,

    /// Print sizes as numbers of bytes
    ///
    /// Example: -b -o SIZE
    #[arg(short, long)]
    pub bytes: bool,

    /// List the columns and end
    ///
    /// Example: -H, -H --json
    #[arg(short = 'H', long)]
    pub list_columns: bool,

    /// Fit the table into N columns by shortening texts; the last column may run over
    ///
    /// The default is COLUMNS, else the width of the terminal, 80 where it says none; without a
    /// terminal nothing is shortened.
    ///
    /// Example: --width 132
    #[arg(long, value_name = "N", value_parser = width)]
    pub width: Option<usize>,
}

/// `--width`: what no terminal has is as good as no limit.
pub(super) fn width(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(width) => Ok(width),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(usize::MAX),
        Err(_) => Err("not a number of characters, such as 80".to_owned()),
    }
}

impl Table {
    /// The columns to print.
    ///
    /// # Errors
    /// An unknown column, with the list of those that exist.
    pub(crate) fn select<R>(&self, columns: &'static [Column<R>], default: &str) -> Result<Selection<R>, String> {
        match &self.output {
            Some(list) => Selection::parse(list, columns, default),
            None if self.output_all || self.json => Ok(Selection::all(columns)),
            None => Selection::parse(default, columns, default),
        }
    }

    /// Whether any of these options was given.
    #[must_use]
    pub(crate) fn is_chosen(&self) -> bool {
        let chosen = self.json || self.output_all || self.noheadings || self.raw || self.bytes;
        chosen || self.output.is_some() || self.width.is_some()
    }

    /// Prints rows in the format that was asked for.
    ///
    /// # Errors
    /// When stdout cannot take them.
    pub(crate) fn print<R>(&self, selection: &Selection<R>, rows: &[R], simulated: bool) -> Result<(), Error> {
        self.tell_if(simulated);
        self.print_to(&mut output::data, selection, rows, simulated)
    }

    /// Says above a table that its rows are `simulated`, if they are; JSON says it itself.
    pub(crate) fn tell_if(&self, simulated: bool) {
        if simulated && !self.json {
            output::talk("simulated: no kernel heap answered, but dmaheap sim");
        }
    }

    /// Prints rows by `write`, which takes the bytes for stdout; nothing else is said.
    ///
    /// # Errors
    /// Those of `write`.
    pub(crate) fn print_to<R>(
        &self,
        write: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        selection: &Selection<R>,
        rows: &[R],
        simulated: bool,
    ) -> Result<(), Error> {
        self.print_rows(write, &selection.of(rows), simulated)
    }

    fn print_rows(
        &self,
        write: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        rows: &dyn Rows,
        simulated: bool,
    ) -> Result<(), Error> {
        match self.json {
            true => output::in_parts(json::lines(rows, simulated), write),
            false => output::in_parts(table::lines(rows, self.layout()), write),
        }
    }

    /// Prints the columns themselves (`--list-columns`).
    ///
    /// # Errors
    /// When stdout cannot take them.
    pub(crate) fn print_columns<R>(&self, columns: &'static [Column<R>]) -> Result<(), Error> {
        print_columns(columns, self.json, self.layout())
    }

    /// How a table is laid out.
    #[must_use]
    pub(crate) fn layout(&self) -> Layout {
        Layout {
            no_headings: self.noheadings,
            raw: self.raw,
            exact: self.bytes,
            width: self.width.or_else(output::width),
            ..Layout::default()
        }
    }
}

/// Prints the columns themselves.
pub(super) fn print_columns<R>(columns: &'static [Column<R>], json: bool, layout: Layout) -> Result<(), Error> {
    let selection = Selection::all(HEADINGS);
    let columns = headings(columns);
    let rows = selection.of(&columns);
    match json {
        true => output::in_parts(json::lines(&rows, false), &mut output::data),
        false => output::in_parts(table::lines(&rows, layout), &mut output::data),
    }
}

const HEADINGS: &[Column<Heading>] = &[
    column("COLUMN", "column", "name for -o").text(|row| row.name.into()),
    column("KEY", "key", "key in JSON").text(|row| row.key.into()),
    column("HOLDS", "holds", "what it holds").text(|row| row.help.into()),
];
